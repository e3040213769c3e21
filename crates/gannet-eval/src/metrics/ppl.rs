//! A Style-Based Generator Architecture for Generative Adversarial Networks, Karras et al. 2018, arXiv:1812.04948:
//! perceptual path length, the mean squared speed of images along arcs between latents, at points drawn evenly.

use burn::tensor::{Tensor, TensorData};
use gannet_metrics::path_length;
use gannet_ops::random::Streams;

use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;
use crate::perceptual::{enlarge_for_lpips, enlargement};
use crate::request::LatentPaths;

/// The largest number of paths.
const PATHS: usize = 2000;
/// The length of the step along a path, as a share of the path.
const EPSILON: f64 = 1e-4;
/// Paths at a time.
const BATCH: usize = 16;

/// Perceptual path length.
pub struct PathLength;

impl Metric for PathLength {
    fn summary(&self) -> &'static str {
        "perceptual path length between latents (Karras et al. 2018): smoothness"
    }

    fn compares(&self) -> Compares {
        Compares::Generator
    }

    fn needs(&self) -> Needs {
        Needs { perceptual: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (paths, perceptual) = (context.subject.latent_paths()?, context.subject.perceptual()?);
        let count = context.statistics.count.min(PATHS);
        let (mut distances, mut enlarged) = (Vec::with_capacity(count), None);
        while distances.len() < count {
            let (first, n) = (distances.len(), BATCH.min(count - distances.len()));
            let [from, to] = steps(paths.latent_size, context.subject.request.seed, first, n);
            let [(x, line), (y, _)] = [from, to].map(|latents| images(paths, latents, n));
            enlarged = line;
            let found = perceptual.distance(x, y).into_data();
            distances.extend(found.iter::<f32>().map(|distance| f64::from(distance) / (EPSILON * EPSILON)));
            (context.progress)("paths", distances.len(), count);
        }
        let found = path_length(&distances)?;
        if let Some(enlarged) = enlarged {
            context.warn(&enlarged);
        }
        context.note_setting(&format!("{count} paths between latents, slerp, epsilon 1e-4, 1st to 99th percentile"));
        Ok(vec![
            Measurement::one("ppl", found.mean, self.summary()),
            Measurement::one("ppl_std", found.std, "standard deviation between paths"),
        ])
    }
}

/// The latents `[n, z]` at the beginning and at the end of a step along each of the paths number `first` to `first +
/// n`.
fn steps(latent_size: usize, seed: u64, first: usize, n: usize) -> [Vec<f32>; 2] {
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for number in first..first + n {
        let mut stream = Streams::new(seed).at("path", number as u64);
        let (a, b, t) = (stream.normals(latent_size), stream.normals(latent_size), f64::from(stream.uniform()));
        from.extend(on_arc(&a, &b, t));
        to.extend(on_arc(&a, &b, t + EPSILON));
    }
    [from, to]
}

/// The images of `latents [n, z]`, in RGB and `[0, 255]`, and the line that says that they are enlarged.
fn images(paths: &LatentPaths, latents: Vec<f32>, n: usize) -> (Tensor<4>, Option<String>) {
    let latents = Tensor::from_data(TensorData::new(latents, [n, paths.latent_size]), paths.device);
    let images = (paths.generate)(latents) * 127.5 + 127.5;
    let [_, channels, height, width] = images.dims();
    let images = if channels == 1 { images.repeat_dim(1, 3) } else { images };
    (enlarge_for_lpips(images), enlargement((height, width)))
}

/// The point at `t` of the great circle from `a` to `b`, both scaled to length 1 (as StyleGAN does it between latents).
fn on_arc(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    let unit = |x: &[f32]| -> Vec<f64> {
        let length = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        x.iter().map(|x| f64::from(*x) / length).collect()
    };
    let (a, b) = (unit(a), unit(b));
    let angle = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>().clamp(-1.0, 1.0).acos();
    let (from, to) = (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin());
    // Nearly the length of a latent of N(0, 1).
    let length = (a.len() as f64).sqrt();
    a.iter().zip(&b).map(|(a, b)| ((a * from + b * to) * length) as f32).collect()
}
