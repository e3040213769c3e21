//! Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, Wang et al. 2021, arXiv:2107.10833,
//! section 3: images as cameras, programs and the net leave them. Twice over an image is blurred, resized, made noisy and
//! saved as a JPEG file; how much of each is drawn.

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
        /// Blurred, resized, with noise and JPEG artifacts, twice and at random (Wang et al. 2021, arXiv:2107.10833): Real-ESRGAN.
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

/// What one time draws from.
struct Round {
    /// how often there is a blur at all
    blurred: f32,
    /// the largest deviation of the blur, in pixels
    blur: f32,
    /// how much smaller and larger the image may become
    resize: [f32; 2],
    /// the largest deviation of Gaussian noise
    noise: f32,
    /// the strongest noise of counted photons
    photons: f32,
}

const FIRST: Round = Round { blurred: 1.0, blur: 3.0, resize: [0.15, 1.5], noise: 30.0 / 255.0, photons: 3.0 };
const SECOND: Round = Round { blurred: 0.8, blur: 1.5, resize: [0.3, 1.2], noise: 25.0 / 255.0, photons: 2.5 };

const LEAST_BLUR: f32 = 0.2;
const LEAST_NOISE: f32 = 1.0 / 255.0;
const LEAST_PHOTONS: f32 = 0.05;
/// How often noise is Gaussian, and how often it is the same in all channels.
const GAUSSIAN: f32 = 0.5;
const GREY: f32 = 0.4;
/// Of JPEG files, in percent.
const QUALITY: [f32; 2] = [30.0, 95.0];
/// How often an image becomes smaller and how often larger.
const SMALLER: f32 = 0.5;
const LARGER: f32 = 0.25;
/// Sides below which nothing is left to see.
const SMALLEST: usize = 4;
/// A Gaussian is cut off at so many deviations.
const REACH: f32 = 3.0;

/// The square at `side` pixels as it may have been found.
pub fn degrade(square: SquarePlanes, side: usize, stream: &mut Stream) -> SquarePlanes {
    let whole = square.side;
    let once = round(square, whole, &FIRST, stream);
    let twice = round(once, side, &SECOND, stream);
    resized(twice, side, filter(stream))
}

/// One time; sizes are drawn around `side`.
fn round(square: SquarePlanes, side: usize, round: &Round, stream: &mut Stream) -> SquarePlanes {
    let square = if stream.uniform() < round.blurred { blurred(square, round.blur, stream) } else { square };
    let side = ((side as f32 * factor(round.resize, stream)) as usize).max(SMALLEST);
    let square = resized(square, side, filter(stream));
    let square = noisy(square, round, stream);
    jpeg(square, stream.range(QUALITY[0], QUALITY[1]) as u8)
}

fn factor([least, most]: [f32; 2], stream: &mut Stream) -> f32 {
    let way = stream.uniform();
    match way {
        _ if way < SMALLER => stream.range(least, 1.0),
        _ if way < SMALLER + LARGER => stream.range(1.0, most),
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

/// By a Gaussian, narrower along one axis half of the time.
fn blurred(square: SquarePlanes, most: f32, stream: &mut Stream) -> SquarePlanes {
    let along = stream.range(LEAST_BLUR, most);
    let across = if stream.uniform() < 0.5 { along } else { stream.range(LEAST_BLUR, most) };
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

/// A Gaussian of a deviation in pixels, of sum 1.
fn gaussian(deviation: f32) -> Vec<f32> {
    let reach = (REACH * deviation).ceil() as i32;
    let weights: Vec<f32> = (-reach..=reach).map(|at| (-0.5 * (at as f32 / deviation).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// With Gaussian noise, or with that of photons, whose variance is the brightness.
fn noisy(mut square: SquarePlanes, round: &Round, stream: &mut Stream) -> SquarePlanes {
    let gaussian = stream.uniform() < GAUSSIAN;
    let grey = stream.uniform() < GREY;
    let strength =
        if gaussian { stream.range(LEAST_NOISE, round.noise) } else { stream.range(LEAST_PHOTONS, round.photons) };
    let pixels = square.side * square.side;
    let shared: Vec<f32> = if grey { stream.normals(pixels) } else { Vec::new() };
    for plane in square.values.chunks_exact_mut(pixels) {
        for (at, value) in plane.iter_mut().enumerate() {
            let noise = if grey { shared[at] } else { stream.normal() };
            let deviation = if gaussian { strength } else { strength * (value.max(0.0) / 255.0).sqrt() };
            *value = (*value + deviation * noise).clamp(0.0, 1.0);
        }
    }
    square
}

/// As a JPEG file of this quality has it.
fn jpeg(square: SquarePlanes, quality: u8) -> SquarePlanes {
    let side = square.side;
    let pixels = side * side;
    let channels = square.values.len() / pixels;
    let byte = |at: usize, c: usize| (square.values[c * pixels + at] * 255.0).round() as u8;
    let data = (0..pixels).flat_map(|at| (0..channels).map(move |c| (at, c))).map(|(at, c)| byte(at, c)).collect();
    let picture = Pixels { width: side, height: side, channels, data };
    let saved = picture.into_image().and_then(|image| reopened(&image, quality));
    // A file that cannot be made is one that was not made.
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
    fn an_image_is_worn_by_its_stream_alone() {
        for channels in [1, 3] {
            let worn = |seed| degrade(square(channels, 32), 8, &mut Stream::new(seed, "degrade", 0));
            let once = worn(0);
            assert_eq!((once.values.len(), once.side), (channels * 64, 8));
            assert_eq!(once.values, worn(0).values);
            assert_ne!(once.values, worn(1).values);
        }
    }

    #[test]
    fn what_is_worn_is_still_the_image() {
        let mut total = 0.0;
        for seed in 0..40 {
            let half = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
            let even = SquarePlanes { values: [vec![0.2; 32 * 16], vec![0.8; 32 * 16]].concat(), side: 32 };
            let worn = degrade(even, 8, &mut Stream::new(seed, "degrade", 0));
            assert!(worn.values.iter().all(|value| (-0.3..=1.3).contains(value)), "{seed}");
            total += half(&worn.values[48..]) - half(&worn.values[..16]);
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
