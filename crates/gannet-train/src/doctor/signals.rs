//! The measurements of the doctor. They are cheap, and their thresholds do not depend on the loss.

use burn::tensor::Tensor;
use gannet_metrics::Features;
use gannet_metrics::nearest::{nearest, radii};

use crate::thumbnails::{SIDE, cell_means};

/// The neighbor that defines the neighborhood of a real image.
const NEIGHBORS: usize = 5;
/// A real image without a generated one within so many neighborhood radii is missed.
const FAR: f64 = 3.0;

/// The measurements of a run at one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Signals {
    /// Share of pairs in which the discriminator scores a real training image above a generated one: ½ is a draw, 1 means that
    /// it is always right.
    pub real_over_fake: f64,
    /// Share of pairs in which it scores a held-out real image above a generated one, where images are held out.
    pub held_out_over_fake: Option<f64>,
    /// Share of pairs in which it scores a training image above a held-out one: ½ where it has memorized none.
    pub real_over_held_out: Option<f64>,
    /// Mean distance between two generated images, relative to that between two real ones.
    pub diversity: f64,
    /// Share of real images with a generated one nearer than their fifth nearest real neighbor.
    pub coverage: f64,
    /// Share of real images whose nearest generated image is more than three times as far as their fifth nearest real neighbor,
    /// and than the mean of those distances: where modes are far apart, the share of lost modes.
    pub missed: f64,
    /// Mean distance between images of the generator and of its moving average for the same latents, relative to the distance
    /// between two real images; none without an average.
    pub movement: Option<f64>,
}

impl Signals {
    /// The measurements as `doctor/NAME`.
    pub fn scalars(&self) -> Vec<(String, f64)> {
        let all = [
            ("real_over_fake", Some(self.real_over_fake)),
            ("held_out_over_fake", self.held_out_over_fake),
            ("real_over_held_out", self.real_over_held_out),
            ("diversity", Some(self.diversity)),
            ("coverage", Some(self.coverage)),
            ("missed", Some(self.missed)),
            ("movement", self.movement),
        ];
        all.into_iter().filter_map(|(name, value)| Some((format!("doctor/{name}"), value?))).collect()
    }
}

/// The discriminator's scores `[n]` and the thumbnails of each kind of images.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Scores of training images.
    pub real: Vec<f32>,
    /// Scores of held-out images.
    pub held_out: Option<Vec<f32>>,
    /// Scores of generated images.
    pub fake: Vec<f32>,
    /// Training images.
    pub real_thumbnails: Thumbnails,
    /// Generated images.
    pub fake_thumbnails: Thumbnails,
    /// Images of the averaged generator for the same latents.
    pub averaged_thumbnails: Option<Thumbnails>,
}

/// Images as rows of a few values.
#[derive(Debug, Clone, PartialEq)]
pub struct Thumbnails {
    values: Vec<f32>,
    width: usize,
}

/// `images [n, c, h, w]` averaged to at most 8 × 8 cells.
pub fn thumbnails(images: Tensor<4>) -> Thumbnails {
    let [_, c, h, w] = images.dims();
    let values: Vec<f32> = images.into_data().iter::<f32>().collect();
    Thumbnails { values: cell_means(&values, [h, w]), width: c * h.min(SIDE) * w.min(SIDE) }
}

impl Thumbnails {
    fn rows(&self) -> impl Iterator<Item = &[f32]> + Clone {
        self.values.chunks_exact(self.width)
    }

    /// The mean distance between two of them.
    fn mean_distance(&self) -> f64 {
        let rows: Vec<&[f32]> = self.rows().collect();
        let pairs = (0..rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        let (sum, count) = pairs.fold((0.0, 0), |(sum, count), (i, j)| (sum + distance(rows[i], rows[j]), count + 1));
        sum / f64::from(count.max(1))
    }

    /// The mean distance of each to the one at its place in `other`.
    fn distance_to(&self, other: &Self) -> f64 {
        let (sum, count) =
            self.rows().zip(other.rows()).fold((0.0, 0), |(sum, n), (a, b)| (sum + distance(a, b), n + 1));
        sum / f64::from(count.max(1))
    }

    fn features(&self) -> Features {
        Features::new(self.width, self.values.clone())
    }
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}

/// The share of pairs whose first value is above its second. Draws count half.
pub fn win_rate(first: &[f32], second: &[f32]) -> f64 {
    let points = first.iter().flat_map(|a| {
        second.iter().map(move |b| match a.total_cmp(b) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
    });
    points.sum::<f64>() / (first.len() * second.len()).max(1) as f64
}

impl Observation {
    /// The measurements; none where images are not finite or too few.
    pub fn signals(&self) -> Option<Signals> {
        let real_distance = self.real_thumbnails.mean_distance().max(1e-9);
        let [coverage, missed] = self.covered_and_missed()?;
        Some(Signals {
            real_over_fake: win_rate(&self.real, &self.fake),
            held_out_over_fake: self.held_out.as_ref().map(|held_out| win_rate(held_out, &self.fake)),
            real_over_held_out: self.held_out.as_ref().map(|held_out| win_rate(&self.real, held_out)),
            diversity: self.fake_thumbnails.mean_distance() / real_distance,
            coverage,
            missed,
            movement: self
                .averaged_thumbnails
                .as_ref()
                .map(|averaged| self.fake_thumbnails.distance_to(averaged) / real_distance),
        })
    }

    /// The shares of real images with a generated one nearby, and with none but far away.
    fn covered_and_missed(&self) -> Option<[f64; 2]> {
        let (real, fake) = (self.real_thumbnails.features(), self.fake_thumbnails.features());
        let radii = radii(&real, NEIGHBORS).ok()?;
        let nearest = nearest(&real, &fake).ok()?;
        // Where images are copies of one another the radius is 0, so the mean radius counts too.
        let mean = radii.iter().sum::<f64>() / radii.len() as f64;
        let pairs = || nearest.iter().map(|near| near.distance).zip(radii.iter().copied());
        let covered = pairs().filter(|(nearest, radius)| nearest < radius).count();
        let missed = pairs().filter(|(nearest, radius)| *nearest > FAR * radius.max(mean)).count();
        Some([covered, missed].map(|count| count as f64 / radii.len() as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation(real: Vec<f32>, fake: Vec<f32>) -> Observation {
        let thumbnails = |values: &[f32]| Thumbnails { values: values.to_vec(), width: 1 };
        let (real_thumbnails, fake_thumbnails) = (thumbnails(&real), thumbnails(&fake));
        Observation { real, held_out: None, fake, real_thumbnails, fake_thumbnails, averaged_thumbnails: None }
    }

    #[test]
    fn scores_are_compared_pair_by_pair() {
        assert_eq!(win_rate(&[1.0, 3.0], &[2.0, 3.0]), (0.0 + 0.0 + 1.0 + 0.5) / 4.0);
    }

    #[test]
    fn a_lost_mode_is_a_place_left_out_and_images_missed_here_and_there_are_not() {
        // Four modes of ten.
        let real: Vec<f32> = (0..40).map(|at| (at / 10 * 1000 + at % 10) as f32).collect();
        let three = observation(real.clone(), real[..30].to_vec()).signals().unwrap();
        assert_eq!((three.coverage, three.missed), (0.75, 0.25));
        let one_of_each = real.iter().copied().step_by(10).collect();
        let few = observation(real, one_of_each).signals().unwrap();
        assert!(few.coverage < 1.0 && few.missed == 0.0, "{few:?}");
    }

    #[test]
    fn images_that_are_all_alike_are_not_diverse_and_cover_little() {
        let real: Vec<f32> = (0..40).map(|at| at as f32).collect();
        let same = observation(real.clone(), real.clone()).signals().unwrap();
        assert_eq!((same.diversity, same.coverage, same.movement), (1.0, 1.0, None));
        let averaged_thumbnails = Some(Thumbnails { values: vec![4.0; 40], width: 1 });
        let found = Observation { averaged_thumbnails, ..observation(real.clone(), vec![3.0; 40]) }.signals().unwrap();
        assert!(found.diversity == 0.0 && found.coverage < 0.3 && found.movement.unwrap() > 0.0, "{found:?}");
        let broken = observation(real, vec![f32::NAN; 40]).signals();
        assert!(broken.is_none(), "{broken:?}");
    }
}
