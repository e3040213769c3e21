//! The noise of cameras: Gaussian, or Poisson, whose variance is proportional to the brightness.

use gannet_ops::random::Stream;

use super::planes::{SquarePlanes, rounded};

/// The distributions of noise in one round of the degradation.
pub(super) struct NoiseRange {
    /// the standard deviation of Gaussian noise, in steps of 8 bits
    pub(super) gaussian: [f32; 2],
    /// the factor of Poisson noise
    pub(super) poisson: [f32; 2],
}

/// The probability that noise is Gaussian (else Poisson), and that it is equal in all channels.
const GAUSSIAN: f32 = 0.5;
const GRAY: f32 = 0.4;
/// The shares of red, green and blue in a gray value (ITU-R BT.601, as torchvision rounds them).
const LUMA: [f32; 3] = [0.2989, 0.587, 0.114];

/// Adds noise to an image, drawn from `range` times `strength`; the result is in `[0, 1]`.
pub(super) fn noisy(image: SquarePlanes, range: &NoiseRange, strength: f32, stream: &mut Stream) -> SquarePlanes {
    let gaussian = stream.uniform() < GAUSSIAN;
    let [least, most] = if gaussian { range.gaussian } else { range.poisson };
    let scale = stream.range(least, most) * strength;
    let gray = stream.uniform() < GRAY;
    if gaussian { with_gaussian(image, scale / 255.0, gray, stream) } else { with_poisson(image, scale, gray, stream) }
        .clamped()
}

fn with_gaussian(mut image: SquarePlanes, deviation: f32, gray: bool, stream: &mut Stream) -> SquarePlanes {
    let area = image.area();
    let shared = if gray { stream.normals(area) } else { Vec::new() };
    for (at, value) in image.values.iter_mut().enumerate() {
        let normal = if gray { shared[at % area] } else { stream.normal() };
        *value += deviation * normal;
    }
    image
}

/// Adds `scale` times the difference between Poisson counts and their means.
fn with_poisson(mut image: SquarePlanes, scale: f32, gray: bool, stream: &mut Stream) -> SquarePlanes {
    let area = image.area();
    let clean: Vec<f32> =
        if gray { gray_plane(&image) } else { image.values.iter().map(|value| rounded(*value)).collect() };
    let counts = counts(&clean);
    let noise: Vec<f32> = clean.iter().map(|value| stream.poisson(value * counts) / counts - value).collect();
    // Gray noise is one plane for all channels.
    let planes = image.values.chunks_exact_mut(area).zip(noise.chunks_exact(area).cycle());
    planes.for_each(|(plane, noise)| plane.iter_mut().zip(noise).for_each(|(value, noise)| *value += scale * noise));
    image
}

/// The image in gray, rounded to 8 bits.
fn gray_plane(image: &SquarePlanes) -> Vec<f32> {
    let plane = match image.rgb() {
        Some([r, g, b]) => (0..image.area())
            .map(|at| LUMA[0] * rounded(r[at]) + LUMA[1] * rounded(g[at]) + LUMA[2] * rounded(b[at]))
            .collect(),
        None => image.values[..image.area()].to_vec(),
    };
    plane.into_iter().map(rounded).collect()
}

/// The count of a pixel of value 1: the number of different values in the image, rounded up to a power of 2. A picture of
/// few values is one of little light.
fn counts(values: &[f32]) -> f32 {
    let mut seen = [false; 256];
    values.iter().for_each(|value| seen[(value * 255.0).round() as usize] = true);
    seen.iter().filter(|seen| **seen).count().next_power_of_two() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(channels: usize, value: f32) -> SquarePlanes {
        SquarePlanes { values: vec![value; channels * 64 * 64], side: 64 }
    }

    fn variance(values: &[f32], mean: f32) -> f32 {
        values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / values.len() as f32
    }

    #[test]
    fn gaussian_noise_has_its_deviation_and_gray_noise_is_equal_in_all_channels() {
        for gray in [false, true] {
            let image = with_gaussian(even(3, 0.5), 0.1, gray, &mut Stream::new(0, "test", 0));
            assert!((variance(&image.values, 0.5) - 0.01).abs() < 5e-4);
            assert_eq!(image.values[..4096] == image.values[4096..8192], gray);
        }
    }

    /// A picture of 256 values: the variance of a value v is scale² v / 256.
    #[test]
    fn poisson_noise_has_a_variance_that_is_proportional_to_the_brightness() {
        for (gray, value, scale) in [(false, 51.0 / 255.0, 1.0), (true, 204.0 / 255.0, 2.5), (false, 1.0, 0.5)] {
            let mut image = even(3, value);
            image.values.chunks_exact_mut(4096).for_each(|plane| (0..256).for_each(|at| plane[at] = at as f32 / 255.0));
            let noisy = with_poisson(image, scale, gray, &mut Stream::new(1, "test", 0));
            let expected = scale * scale * value / 256.0;
            let found = variance(&noisy.values[256..4096], value);
            assert!((found / expected - 1.0).abs() < 0.1, "{value}: {found} for {expected}");
            let noise = |plane: usize| noisy.values[plane * 4096 + 2000] - value;
            assert_eq!(noise(0) == noise(1) && noise(1) == noise(2), gray);
        }
        assert_eq!(counts(&even(3, 0.5).values), 1.0);
    }
}
