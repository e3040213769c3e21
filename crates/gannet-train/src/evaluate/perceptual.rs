//! Variety and smoothness by the perceptual distance.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Pixels;
use gannet_metrics::{PathLength, path_length};
use gannet_nn::extractors::lpips::Lpips;
use gannet_ops::random::Streams;
use gannet_ops::resample::{Filter, Taps, resize, resize_plane};

use super::pictures::Pictures;
use super::{EvaluateError, Progress};

/// Pairs whose distance is averaged for diversity, at most.
const PAIRS: usize = 1000;
/// Paths between latents, at most.
pub const PATHS: usize = 2000;
/// Smaller images are enlarged to this side, in pixels: the trunk halves them five times.
const SMALLEST: usize = 64;
/// Length of a path's piece, as a part of the whole.
const EPSILON: f64 = 1e-4;
/// Pairs at a time.
const BATCH: usize = 16;

/// Mean distance of neighbouring images, two by two, and how many pairs there were.
pub fn diversity(
    images: &Pictures,
    count: usize,
    lpips: &Lpips,
    device: &Device,
    progress: &Progress,
) -> Result<(f64, usize), EvaluateError> {
    let pairs = (count / 2).min(PAIRS);
    if pairs == 0 {
        return Err(EvaluateError::Setting(format!("diversity needs 2 images, and {} has {count}", images.name)));
    }
    let mut sum = 0.0;
    for pair in 0..pairs {
        let both = images.read(2 * pair, 2).into_iter().collect::<Result<Vec<_>, _>>()?;
        let sizes = [&both[0], &both[1]].map(|image| (image.height, image.width));
        if sizes[0] != sizes[1] {
            return Err(gannet_metrics::MetricError::Sizes(sizes[0], sizes[1]).into());
        }
        let [x, y] = [&both[0], &both[1]].map(|image| enlarged(super::paired::tensor(image, device)));
        sum += f64::from(lpips.distance(x, y).into_scalar::<f32>());
        progress("pairs", pair + 1, pairs);
    }
    Ok((sum / pairs as f64, pairs))
}

/// A generator as a map of latents.
pub struct Path<'a> {
    /// `latents [n, z]` → images `[n, c, h, w]` in `[-1, 1]`.
    pub generate: &'a dyn Fn(Tensor<2>) -> Tensor<4>,
    /// Length of a latent.
    pub latent: usize,
    /// Where latents lie.
    pub device: &'a Device,
}

impl Path<'_> {
    /// The mean squared speed of images along arcs between latents, at points drawn evenly.
    ///
    /// # Errors
    /// Distances are not finite.
    pub fn length(
        &self,
        count: usize,
        seed: u64,
        lpips: &Lpips,
        progress: &Progress,
    ) -> Result<PathLength, EvaluateError> {
        let mut distances = Vec::with_capacity(count);
        while distances.len() < count {
            let (first, n) = (distances.len(), BATCH.min(count - distances.len()));
            let (mut from, mut to) = (Vec::new(), Vec::new());
            for number in first..first + n {
                let mut stream = Streams::new(seed).at("path", number as u64);
                let (a, b, t) = (stream.normals(self.latent), stream.normals(self.latent), f64::from(stream.uniform()));
                from.extend(on_arc(&a, &b, t));
                to.extend(on_arc(&a, &b, t + EPSILON));
            }
            let images = |latents: Vec<f32>| {
                let latents = TensorData::new(latents, [n, self.latent]);
                let images = (self.generate)(Tensor::from_data(latents, self.device)) * 127.5 + 127.5;
                enlarged(if images.dims()[1] == 1 { images.repeat_dim(1, 3) } else { images })
            };
            let found = lpips.distance(images(from), images(to)).into_data();
            distances.extend(found.iter::<f32>().map(|distance| f64::from(distance) / (EPSILON * EPSILON)));
            progress("paths", distances.len(), count);
        }
        Ok(path_length(&distances)?)
    }
}

/// The point at `t` of the great circle from `a` to `b`, both brought to length 1 (as StyleGAN does it between latents).
fn on_arc(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    let unit = |x: &[f32]| -> Vec<f64> {
        let length = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        x.iter().map(|x| f64::from(*x) / length).collect()
    };
    let (a, b) = (unit(a), unit(b));
    let angle = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>().clamp(-1.0, 1.0).acos();
    let (from, to) = (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin());
    // The length that a latent of N(0, 1) has, nearly.
    let length = (a.len() as f64).sqrt();
    a.iter().zip(&b).map(|(a, b)| ((a * from + b * to) * length) as f32).collect()
}

/// Images at least [`SMALLEST`] pixels wide and high.
fn enlarged(images: Tensor<4>) -> Tensor<4> {
    let [_, _, h, w] = images.dims();
    if h.min(w) >= SMALLEST { images } else { resize(images, [h.max(SMALLEST), w.max(SMALLEST)]) }
}

/// One image as planes `[3, side, side]` in `[-1, 1]`, for a picture.
pub fn tile(images: &Pictures, index: usize, side: usize) -> Result<Vec<f32>, EvaluateError> {
    let image: Pixels = images.read(index, 1).pop().expect("one was asked for")?.convert(3);
    let taps = [image.height, image.width].map(|from| Taps::new(Filter::Triangle, from, side));
    let plane = |channel| -> Vec<f32> { image.data.iter().skip(channel).step_by(3).map(|v| f32::from(*v)).collect() };
    let planes = (0..3).flat_map(|channel| resize_plane(&plane(channel), image.width, &taps[0], &taps[1]));
    Ok(planes.map(|value| value / 127.5 - 1.0).collect())
}
