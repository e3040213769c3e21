//! Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, Wang et al. 2021,
//! arXiv:2107.10833, section 3: the high-order degradation that real images have gone through. An image is blurred,
//! resized, given noise and saved as a JPEG file, twice in a row; the strength of each step is drawn at random.

use std::io::Cursor;

use gannet_ops::random::Stream;
use gannet_ops::resample::{Filter, Taps, mirrored, resize_plane};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat};

use crate::Pixels;

gannet_choice::choice! {
    /// How training images are degraded to the small images that an upscaler is given.
    DegradationKind {
        /// Downscaled by bicubic interpolation as MATLAB's `imresize`, the field's benchmark.
        Bicubic = "bicubic",
        /// Blurred, resized, with noise and JPEG artifacts, twice and at random (Wang et al. 2021, arXiv:2107.10833):
        /// Real-ESRGAN.
        Real = "real",
    }
}

/// Planes `[channels][side][side]` of values in `[0, 1]`.
pub struct SquarePlanes {
    /// the planes, one behind the other
    pub values: Vec<f32>,
    /// pixels in a row and in a column
    pub side: usize,
}

/// The distributions from which one round of the degradation draws.
struct Round {
    /// the probability of a blur
    blurred: f32,
    /// the largest standard deviation of the blur, in pixels
    blur: f32,
    /// the smallest and the largest factor of resizing
    resize: [f32; 2],
    /// the largest standard deviation of Gaussian noise
    noise: f32,
    /// the largest strength of Poisson noise
    poisson: f32,
}

const FIRST: Round = Round { blurred: 1.0, blur: 3.0, resize: [0.15, 1.5], noise: 30.0 / 255.0, poisson: 3.0 };
const SECOND: Round = Round { blurred: 0.8, blur: 1.5, resize: [0.3, 1.2], noise: 25.0 / 255.0, poisson: 2.5 };

const MIN_BLUR: f32 = 0.2;
const MIN_NOISE: f32 = 1.0 / 255.0;
const MIN_POISSON: f32 = 0.05;
/// The probability that noise is Gaussian (else Poisson), and that it is equal in all channels.
const GAUSSIAN: f32 = 0.5;
const GRAY: f32 = 0.4;
/// The range of JPEG quality, in percent.
const QUALITY: [f32; 2] = [30.0, 95.0];
/// The probabilities of downscaling and of upscaling.
const DOWN: f32 = 0.5;
const UP: f32 = 0.25;
/// The smallest side of an image between the steps, in pixels.
const MIN_SIDE: usize = 4;
/// The half width of a Gaussian kernel, in standard deviations.
const REACH: f32 = 3.0;

/// Degrades an image and brings it to `side × side` pixels; all strengths are drawn from `stream`.
pub fn degrade(square: SquarePlanes, side: usize, stream: &mut Stream) -> SquarePlanes {
    let before = square.side;
    let once = round(square, before, &FIRST, stream);
    let twice = round(once, side, &SECOND, stream);
    resized(twice, side, filter(stream))
}

/// One round of the degradation; resizes to `side` times a random factor.
fn round(square: SquarePlanes, side: usize, round: &Round, stream: &mut Stream) -> SquarePlanes {
    let square = if stream.uniform() < round.blurred { blurred(square, round.blur, stream) } else { square };
    let side = ((side as f32 * factor(round.resize, stream)) as usize).max(MIN_SIDE);
    let square = resized(square, side, filter(stream));
    let square = noisy(square, round, stream);
    jpeg(square, stream.range(QUALITY[0], QUALITY[1]) as u8)
}

fn factor([least, most]: [f32; 2], stream: &mut Stream) -> f32 {
    let kind = stream.uniform();
    match kind {
        _ if kind < DOWN => stream.range(least, 1.0),
        _ if kind < DOWN + UP => stream.range(1.0, most),
        _ => 1.0,
    }
}

fn filter(stream: &mut Stream) -> Filter {
    [Filter::Triangle, Filter::Bilinear, Filter::Bicubic][stream.below(3)]
}

fn resized(square: SquarePlanes, side: usize, filter: Filter) -> SquarePlanes {
    let taps = Taps::new(filter, square.side, side);
    let planes = square.values.chunks_exact(square.side * square.side);
    SquarePlanes { values: planes.flat_map(|plane| resize_plane(plane, square.side, &taps, &taps)).collect(), side }
}

/// Blurs by a Gaussian, in half of the cases with different widths along the two axes.
fn blurred(square: SquarePlanes, most: f32, stream: &mut Stream) -> SquarePlanes {
    let along = stream.range(MIN_BLUR, most);
    let across = if stream.uniform() < 0.5 { along } else { stream.range(MIN_BLUR, most) };
    let kernels = [along, across].map(gaussian);
    let side = square.side;
    let line = |from: &dyn Fn(usize) -> f32, at: usize, kernel: &[f32]| -> f32 {
        let reach = (kernel.len() / 2) as isize;
        let places = (-reach..=reach).map(|step| mirrored(at as isize + step, side));
        places.zip(kernel).map(|(place, weight)| weight * from(place)).sum()
    };
    let plane = |plane: &[f32]| -> Vec<f32> {
        let places = || (0..side).flat_map(|y| (0..side).map(move |x| (y, x)));
        let wide: Vec<f32> = places().map(|(y, x)| line(&|at| plane[y * side + at], x, &kernels[0])).collect();
        places().map(|(y, x)| line(&|at| wide[at * side + x], y, &kernels[1])).collect()
    };
    SquarePlanes { values: square.values.chunks_exact(side * side).flat_map(plane).collect(), side }
}

/// A Gaussian kernel with a standard deviation in pixels and the sum 1.
fn gaussian(deviation: f32) -> Vec<f32> {
    let reach = (REACH * deviation).ceil() as i32;
    let weights: Vec<f32> = (-reach..=reach).map(|at| (-0.5 * (at as f32 / deviation).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Adds Gaussian noise, or Poisson noise, whose variance is proportional to the brightness.
fn noisy(mut square: SquarePlanes, round: &Round, stream: &mut Stream) -> SquarePlanes {
    let gaussian = stream.uniform() < GAUSSIAN;
    let gray = stream.uniform() < GRAY;
    let strength =
        if gaussian { stream.range(MIN_NOISE, round.noise) } else { stream.range(MIN_POISSON, round.poisson) };
    let pixels = square.side * square.side;
    let shared: Vec<f32> = if gray { stream.normals(pixels) } else { Vec::new() };
    for plane in square.values.chunks_exact_mut(pixels) {
        for (at, value) in plane.iter_mut().enumerate() {
            let noise = if gray { shared[at] } else { stream.normal() };
            let deviation = if gaussian { strength } else { strength * (value.max(0.0) / 255.0).sqrt() };
            *value = (*value + deviation * noise).clamp(0.0, 1.0);
        }
    }
    square
}

/// Compresses as a JPEG file of this quality.
fn jpeg(square: SquarePlanes, quality: u8) -> SquarePlanes {
    let side = square.side;
    let area = side * side;
    let channels = square.values.len() / area;
    let byte = |at: usize, c: usize| (square.values[c * area + at] * 255.0).round() as u8;
    let data = (0..area).flat_map(|at| (0..channels).map(move |c| (at, c))).map(|(at, c)| byte(at, c)).collect();
    let pixels = Pixels { width: side, height: side, channels, data };
    let saved = pixels.into_image().and_then(|image| reopened(&image, quality));
    // An image that cannot be encoded stays as it is.
    let Some(saved) = saved else { return square };
    let saved = Pixels::from_image(&saved).convert(channels);
    let plane = |c: usize| saved.data.iter().skip(c).step_by(channels).map(|value| f32::from(*value) / 255.0);
    SquarePlanes { values: (0..channels).flat_map(plane).collect(), side }
}

fn reopened(image: &DynamicImage, quality: u8) -> Option<DynamicImage> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(Cursor::new(&mut bytes), quality).encode_image(image).ok()?;
    image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(channels: usize, side: usize) -> SquarePlanes {
        let value = |at: usize| if (at / 4 + at / side / 4).is_multiple_of(2) { 0.9 } else { 0.1 };
        SquarePlanes { values: (0..channels * side * side).map(value).collect(), side }
    }

    #[test]
    fn a_degraded_image_is_a_function_of_its_stream() {
        for channels in [1, 3] {
            let degraded = |seed| degrade(square(channels, 32), 8, &mut Stream::new(seed, "degrade", 0));
            let once = degraded(0);
            assert_eq!((once.values.len(), once.side), (channels * 64, 8));
            assert_eq!(once.values, degraded(0).values);
            assert_ne!(once.values, degraded(1).values);
        }
    }

    #[test]
    fn a_degraded_image_still_shows_its_content() {
        let mut total = 0.0;
        for seed in 0..40 {
            let half = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
            let even = SquarePlanes { values: [vec![0.2; 32 * 16], vec![0.8; 32 * 16]].concat(), side: 32 };
            let degraded = degrade(even, 8, &mut Stream::new(seed, "degrade", 0));
            assert!(degraded.values.iter().all(|value| (-0.3..=1.3).contains(value)), "{seed}");
            total += half(&degraded.values[48..]) - half(&degraded.values[..16]);
        }
        assert!((total / 40.0 - 0.6).abs() < 0.1, "bright below and dark above: {}", total / 40.0);
    }

    #[test]
    fn a_blur_keeps_the_sum() {
        let before = square(1, 16);
        let sum: f32 = before.values.iter().sum();
        let after = blurred(before, 3.0, &mut Stream::new(3, "degrade", 0));
        assert!((after.values.iter().sum::<f32>() - sum).abs() < 1e-3 * sum);
        assert!((gaussian(1.7).iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
