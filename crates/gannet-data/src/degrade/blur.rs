//! Which blur an image gets: the probabilities of the kinds of kernels and the ranges of their parameters.

use std::f32::consts::PI;

use gannet_ops::random::Stream;

use super::kernels::{Ellipse, Kernel, Profile};
use super::planes::SquarePlanes;

/// The smallest and the largest size of a kernel, in pixels; all odd numbers between are as probable.
const SIZES: [usize; 2] = [7, 21];
/// The probability of a sinc in place of a bell.
const SINC: f32 = 0.1;
/// The lowest cutoff of a sinc as a blur, in radians per pixel, for kernels below [`LARGE`] and for others.
const CUTOFFS: [f32; 2] = [PI / 3.0, PI / 5.0];
const LARGE: usize = 13;
/// The lowest cutoff of the sinc at the end.
const FINAL_CUTOFF: f32 = PI / 3.0;
/// The smallest standard deviation, in pixels.
const MIN_DEVIATION: f32 = 0.2;
/// The ranges of β.
const GENERALIZED: [f32; 2] = [0.5, 4.0];
const PLATEAU: [f32; 2] = [1.0, 2.0];

/// The kinds of bells.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bell {
    Gaussian,
    Generalized,
    Plateau,
}

/// Each kind of bell, whether it is round, and its probability.
const BELLS: [(Bell, bool, f32); 6] = [
    (Bell::Gaussian, true, 0.45),
    (Bell::Gaussian, false, 0.25),
    (Bell::Generalized, true, 0.12),
    (Bell::Generalized, false, 0.03),
    (Bell::Plateau, true, 0.12),
    (Bell::Plateau, false, 0.03),
];

/// Blurs an image by a random kernel: a sinc with a probability of 0.1 times `strength`, else a bell with standard
/// deviations of 0.2 to `widest` pixels, a range that shrinks with `strength`.
pub(super) fn blurred(image: SquarePlanes, widest: f32, strength: f32, stream: &mut Stream) -> SquarePlanes {
    let size = random_size(stream);
    if stream.uniform() < SINC * strength {
        let lowest = CUTOFFS[usize::from(size >= LARGE)];
        return Kernel::sinc(size, f64::from(stream.range(lowest, PI))).apply(&image);
    }
    let (bell, round) = random_bell(stream);
    let widest = MIN_DEVIATION + (widest - MIN_DEVIATION) * strength;
    let mut deviation = || f64::from(stream.range(MIN_DEVIATION, widest));
    let along = deviation();
    if round && bell == Bell::Gaussian {
        let [columns, rows] = Kernel::gaussian(size, along);
        return rows.apply(&columns.apply(&image));
    }
    let across = if round { along } else { deviation() };
    let angle = if round { 0.0 } else { f64::from(stream.range(-PI, PI)) };
    let profile = match bell {
        Bell::Gaussian => Profile::Gaussian,
        Bell::Generalized => Profile::Generalized(random_beta(GENERALIZED, stream)),
        Bell::Plateau => Profile::Plateau(random_beta(PLATEAU, stream)),
    };
    Kernel::bell(size, Ellipse { deviations: [along, across], angle }, profile).apply(&image)
}

/// Filters an image by a random sinc, which adds ringing as sharpening and compression do.
pub(super) fn ringing(image: SquarePlanes, stream: &mut Stream) -> SquarePlanes {
    let size = random_size(stream);
    Kernel::sinc(size, f64::from(stream.range(FINAL_CUTOFF, PI))).apply(&image)
}

fn random_size(stream: &mut Stream) -> usize {
    let [least, most] = SIZES;
    least + 2 * stream.below((most - least) / 2 + 1)
}

fn random_bell(stream: &mut Stream) -> (Bell, bool) {
    let mut left = stream.uniform();
    for (bell, round, probability) in BELLS {
        left -= probability;
        if left < 0.0 {
            return (bell, round);
        }
    }
    (Bell::Gaussian, true)
}

/// Below 1 in half of the cases, above 1 in the others.
fn random_beta([least, most]: [f32; 2], stream: &mut Stream) -> f64 {
    f64::from(if stream.uniform() < 0.5 { stream.range(least, 1.0) } else { stream.range(1.0, most) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of 0/1 draws is within four standard errors of its probability.
    fn is_probable(count: usize, of: usize, probability: f64) -> bool {
        let error = (probability * (1.0 - probability) / of as f64).sqrt();
        (count as f64 / of as f64 - probability).abs() < 4.0 * error
    }

    #[test]
    fn bells_and_sizes_have_their_published_probabilities() {
        let mut stream = Stream::new(0, "test", 0);
        let drawn: Vec<_> = (0..20_000).map(|_| random_bell(&mut stream)).collect();
        for (bell, round, probability) in BELLS {
            let count = drawn.iter().filter(|drawn| **drawn == (bell, round)).count();
            assert!(is_probable(count, drawn.len(), f64::from(probability)), "{bell:?}, {round}: {count}");
        }
        let sizes: Vec<_> = (0..20_000).map(|_| random_size(&mut stream)).collect();
        for size in (7..=21).step_by(2) {
            let count = sizes.iter().filter(|drawn| **drawn == size).count();
            assert!(is_probable(count, sizes.len(), 1.0 / 8.0), "{size}: {count}");
        }
    }

    #[test]
    fn beta_is_on_either_side_of_one() {
        let mut stream = Stream::new(0, "test", 0);
        let drawn: Vec<f64> = (0..10_000).map(|_| random_beta(GENERALIZED, &mut stream)).collect();
        assert!(drawn.iter().all(|beta| (0.5..=4.0).contains(beta)));
        assert!(is_probable(drawn.iter().filter(|beta| **beta < 1.0).count(), drawn.len(), 0.5));
    }
}
