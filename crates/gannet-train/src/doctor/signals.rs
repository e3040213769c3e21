//! What the doctor measures: cheap, and the same for every loss.

use burn::tensor::Tensor;
use gannet_metrics::Features;
use gannet_metrics::nearest::{nearest, radii};

use crate::cells::{CELLS, cells};

/// Neighbours that a real image's surroundings reach to.
const NEIGHBOURS: usize = 5;
/// So many times as far away is another place.
const FAR: f64 = 3.0;

/// How a run stands at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Signals {
    /// How often a real image of those trained on is scored above a generated one: ½ is a draw, 1 a discriminator that is
    /// always right.
    pub real_over_fake: f64,
    /// The same of real images that were never trained on, where there are some.
    pub held_out_over_fake: Option<f64>,
    /// How often a real image of those trained on is scored above one that was not: ½ where none is known by heart.
    pub real_over_held_out: Option<f64>,
    /// The mean distance between two generated images, in those between two real ones.
    pub diversity: f64,
    /// The share of real images with a generated one nearer than their fifth neighbour.
    pub coverage: f64,
    /// The share of real images with none within three times that distance, or three times its mean: of modes that are far apart,
    /// the share of the lost.
    pub deserted: f64,
    /// How far generated images are from those of the averaged generator, which is behind, of the same latents, in distances
    /// between two real ones; none without an average.
    pub movement: Option<f64>,
}

impl Signals {
    /// As they are logged.
    pub fn scalars(&self) -> Vec<(String, f64)> {
        let all = [
            ("real_over_fake", Some(self.real_over_fake)),
            ("held_out_over_fake", self.held_out_over_fake),
            ("real_over_held_out", self.real_over_held_out),
            ("diversity", Some(self.diversity)),
            ("coverage", Some(self.coverage)),
            ("deserted", Some(self.deserted)),
            ("movement", self.movement),
        ];
        all.into_iter().filter_map(|(name, value)| Some((format!("doctor/{name}"), value?))).collect()
    }
}

/// Scores `[n]` of each kind, and what the images show, [`seen`] of each.
#[derive(Debug, Clone)]
pub struct Look {
    /// Of real images trained on.
    pub real: Vec<f32>,
    /// Of real images that were not.
    pub held_out: Option<Vec<f32>>,
    /// Of generated images.
    pub fake: Vec<f32>,
    /// Real images trained on.
    pub real_seen: Seen,
    /// Generated images.
    pub fake_seen: Seen,
    /// The averaged generator's, of the same latents.
    pub averaged_seen: Option<Seen>,
}

/// Images as rows of a few values.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    values: Vec<f32>,
    width: usize,
}

/// `images [n, c, h, w]` averaged to at most 8 × 8 cells.
pub fn seen(images: Tensor<4>) -> Seen {
    let [_, c, h, w] = images.dims();
    let values: Vec<f32> = images.into_data().iter::<f32>().collect();
    Seen { values: cells(&values, [h, w]), width: c * h.min(CELLS) * w.min(CELLS) }
}

impl Seen {
    fn rows(&self) -> impl Iterator<Item = &[f32]> + Clone {
        self.values.chunks_exact(self.width)
    }

    /// The mean distance between two of them.
    fn spread(&self) -> f64 {
        let rows: Vec<&[f32]> = self.rows().collect();
        let pairs = (0..rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        let (sum, count) = pairs.fold((0.0, 0), |(sum, count), (i, j)| (sum + distance(rows[i], rows[j]), count + 1));
        sum / f64::from(count.max(1))
    }

    /// The mean distance of each to its namesake in `other`.
    fn way_to(&self, other: &Self) -> f64 {
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

/// The share of pairs whose first is above its second, draws counting half.
pub fn above(first: &[f32], second: &[f32]) -> f64 {
    let points = first.iter().flat_map(|a| {
        second.iter().map(move |b| match a.total_cmp(b) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
    });
    points.sum::<f64>() / (first.len() * second.len()).max(1) as f64
}

impl Look {
    /// The signals; none where images are not finite, or too few.
    pub fn signals(&self) -> Option<Signals> {
        let real_spread = self.real_seen.spread().max(1e-9);
        let [coverage, deserted] = self.reached()?;
        Some(Signals {
            real_over_fake: above(&self.real, &self.fake),
            held_out_over_fake: self.held_out.as_ref().map(|held_out| above(held_out, &self.fake)),
            real_over_held_out: self.held_out.as_ref().map(|held_out| above(&self.real, held_out)),
            diversity: self.fake_seen.spread() / real_spread,
            coverage,
            deserted,
            movement: self.averaged_seen.as_ref().map(|averaged| self.fake_seen.way_to(averaged) / real_spread),
        })
    }

    /// The shares of real images with a generated one near, and with none but far away.
    fn reached(&self) -> Option<[f64; 2]> {
        let (real, fake) = (self.real_seen.features(), self.fake_seen.features());
        let reach = radii(&real, NEIGHBOURS).ok()?;
        let nearest = nearest(&real, &fake).ok()?;
        // Where images are copies of one another the fifth is at no distance at all: others' distances count, too.
        let usual = reach.iter().sum::<f64>() / reach.len() as f64;
        let pairs = || nearest.iter().map(|near| near.distance).zip(reach.iter().copied());
        let covered = pairs().filter(|(nearest, reach)| nearest < reach).count();
        let deserted = pairs().filter(|(nearest, reach)| *nearest > FAR * reach.max(usual)).count();
        Some([covered, deserted].map(|count| count as f64 / reach.len() as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(real: Vec<f32>, fake: Vec<f32>) -> Look {
        let seen = |values: &[f32]| Seen { values: values.to_vec(), width: 1 };
        let (real_seen, fake_seen) = (seen(&real), seen(&fake));
        Look { real, held_out: None, fake, real_seen, fake_seen, averaged_seen: None }
    }

    #[test]
    fn scores_are_compared_pair_by_pair() {
        assert_eq!(above(&[1.0, 3.0], &[2.0, 3.0]), (0.0 + 0.0 + 1.0 + 0.5) / 4.0);
    }

    #[test]
    fn a_lost_mode_is_a_place_left_out_and_images_missed_here_and_there_are_not() {
        // Four modes of ten.
        let real: Vec<f32> = (0..40).map(|at| (at / 10 * 1000 + at % 10) as f32).collect();
        let three = look(real.clone(), real[..30].to_vec()).signals().unwrap();
        assert_eq!((three.coverage, three.deserted), (0.75, 0.25));
        let one_of_each = real.iter().copied().step_by(10).collect();
        let few = look(real, one_of_each).signals().unwrap();
        assert!(few.coverage < 1.0 && few.deserted == 0.0, "{few:?}");
    }

    #[test]
    fn images_that_are_all_alike_are_not_diverse_and_cover_little() {
        let real: Vec<f32> = (0..40).map(|at| at as f32).collect();
        let same = look(real.clone(), real.clone()).signals().unwrap();
        assert_eq!((same.diversity, same.coverage, same.movement), (1.0, 1.0, None));
        let averaged_seen = Some(Seen { values: vec![4.0; 40], width: 1 });
        let found = Look { averaged_seen, ..look(real.clone(), vec![3.0; 40]) }.signals().unwrap();
        assert!(found.diversity == 0.0 && found.coverage < 0.3 && found.movement.unwrap() > 0.0, "{found:?}");
        let broken = look(real, vec![f32::NAN; 40]).signals();
        assert!(broken.is_none(), "{broken:?}");
    }
}
