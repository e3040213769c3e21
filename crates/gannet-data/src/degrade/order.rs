//! The order of the steps, with the distributions of `options/train_realesrgan_x4plus.yml` of the paper's code.

use gannet_ops::random::Stream;

use super::blur::{blurred, ringing};
use super::jpeg::compressed;
use super::noise::{NoiseRange, noisy};
use super::planes::SquarePlanes;
use super::resize::{Factors, resized};

/// The distributions from which one round of the degradation draws.
struct Round {
    /// the probability of a blur, and its largest standard deviation in pixels
    blurred: f32,
    widest: f32,
    factors: Factors,
    noise: NoiseRange,
}

const FIRST: Round = Round {
    blurred: 1.0,
    widest: 3.0,
    factors: Factors { up: 0.2, down: 0.7, range: [0.15, 1.5] },
    noise: NoiseRange { gaussian: [1.0, 30.0], poisson: [0.05, 3.0] },
};
const SECOND: Round = Round {
    blurred: 0.8,
    widest: 1.5,
    factors: Factors { up: 0.3, down: 0.4, range: [0.3, 1.2] },
    noise: NoiseRange { gaussian: [1.0, 25.0], poisson: [0.05, 2.5] },
};

/// The range of JPEG quality, in percent.
const QUALITY: [f32; 2] = [30.0, 95.0];
/// The probability of the sinc at the end, and of the last JPEG compression behind it.
const SINC: f32 = 0.8;
const JPEG_LAST: f32 = 0.5;
/// The smallest side of an image between the steps, in pixels.
const MIN_SIDE: usize = 4;

/// Degrades an image and brings it to `side × side` pixels, of 8 bits per value; everything is drawn from `stream`.
///
/// At a `strength` of 1 the distributions are the published ones. Below, the probability of each step but the resizing is multiplied by
/// `strength`, the ranges of deviations, factors, noise and JPEG shrink towards no change by the same share, and as many resizes
/// are antialiased; a sinc filter that is not left out is as strong as at 1. At 0 only a bicubic reduction is left.
///
/// # Panics
/// Unless there are one or three planes.
pub fn degrade(image: SquarePlanes, side: usize, strength: f32, stream: &mut Stream) -> SquarePlanes {
    let original = image.side;
    let image = round(image, original, &FIRST, strength, stream);
    let image = saved(image, strength, stream);
    let mut image = round(image, side, &SECOND, strength, stream);
    let jpeg_last = stream.uniform() < JPEG_LAST;
    if !jpeg_last {
        image = saved(image, strength, stream);
    }
    image = resized(image, side, strength, stream);
    if stream.uniform() < SINC * strength {
        image = ringing(image, stream);
    }
    if jpeg_last {
        image = saved(image, strength, stream);
    }
    image.rounded()
}

/// Blur, resizing to `side` times a random factor, and noise.
fn round(mut image: SquarePlanes, side: usize, round: &Round, strength: f32, stream: &mut Stream) -> SquarePlanes {
    if stream.uniform() < round.blurred * strength {
        image = blurred(image, round.widest, strength, stream);
    }
    let side = (side as f32 * round.factors.draw(strength, stream)) as usize;
    image = resized(image, side.max(MIN_SIDE), strength, stream);
    if stream.uniform() < strength { noisy(image, &round.noise, strength, stream) } else { image }
}

/// Compressed as a JPEG file.
fn saved(image: SquarePlanes, strength: f32, stream: &mut Stream) -> SquarePlanes {
    let quality = stream.range(QUALITY[0], QUALITY[1]);
    let quality = 100.0 - (100.0 - quality) * strength;
    if stream.uniform() < strength { compressed(&image.clamped(), quality) } else { image }
}
