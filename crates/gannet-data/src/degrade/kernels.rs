//! The kernels of blurs: bells of several profiles, round or elliptic, and the circular sinc.
//!
//! The bells are functions of `q = xᵀ Σ⁻¹ x`, with the covariance Σ of an ellipse: `exp(−q/2)` is Gaussian, `exp(−qᵝ/2)`
//! the generalized Gaussian and `1 / (1 + qᵝ)` the plateau of Liu et al. 2020, "Estimating Generalized Gaussian Blur
//! Kernels for Out-of-Focus Image Deblurring" (IEEE TCSVT). All weights are divided by their sum.

use std::f64::consts::PI;

use gannet_ops::convolve::convolve_plane;

use super::bessel::j1;
use super::planes::SquarePlanes;

/// A kernel with an odd number of rows and columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kernel {
    /// Row-major.
    pub(super) weights: Vec<f32>,
    pub(super) columns: usize,
}

/// How a bell falls off with `q`, the squared distance in standard deviations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Profile {
    /// `exp(−q/2)`
    Gaussian,
    /// `exp(−qᵝ/2)`, with this β
    Generalized(f64),
    /// `1 / (1 + qᵝ)`, with this β
    Plateau(f64),
}

/// The lines of equal height of a bell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ellipse {
    /// Standard deviations along its two axes, in pixels.
    pub(super) deviations: [f64; 2],
    /// The angle from the x axis to its first axis, in radians.
    pub(super) angle: f64,
}

impl Kernel {
    /// A bell of `size × size` pixels.
    pub(super) fn bell(size: usize, ellipse: Ellipse, profile: Profile) -> Self {
        let (sin, cos) = ellipse.angle.sin_cos();
        let [along, across] = ellipse.deviations;
        Self::square(size, |y, x| {
            let q = ((cos * x + sin * y) / along).powi(2) + ((cos * y - sin * x) / across).powi(2);
            match profile {
                Profile::Gaussian => (-0.5 * q).exp(),
                Profile::Generalized(beta) => (-0.5 * q.powf(beta)).exp(),
                Profile::Plateau(beta) => 1.0 / (1.0 + q.powf(beta)),
            }
        })
    }

    /// The circular low-pass filter of `size × size` pixels, with the cutoff frequency `cutoff` in radians per pixel.
    pub(super) fn sinc(size: usize, cutoff: f64) -> Self {
        // The value depends on the distance alone, and few distances occur.
        let half = size / 2;
        let value = |squared: usize| {
            let distance = (squared as f64).sqrt();
            if squared == 0 {
                cutoff * cutoff / (4.0 * PI)
            } else {
                cutoff * j1(cutoff * distance) / (2.0 * PI * distance)
            }
        };
        let corner: Vec<f64> = (0..=half * (half + 2))
            .map(|at| (at / (half + 1), at % (half + 1)))
            .map(|(y, x)| if y <= x { value(y * y + x * x) } else { 0.0 })
            .collect();
        Self::square(size, |y, x| {
            let [y, x] = [y, x].map(|at| at.abs() as usize);
            corner[y.min(x) * (half + 1) + y.max(x)]
        })
    }

    /// A round Gaussian as the two lines that it is the product of; they are applied one after the other.
    pub(super) fn gaussian(size: usize, deviation: f64) -> [Self; 2] {
        let half = (size / 2) as f64;
        let weights = normalized((0..size).map(|at| (-0.5 * ((at as f64 - half) / deviation).powi(2)).exp()).collect());
        [Self { weights: weights.clone(), columns: size }, Self { weights, columns: 1 }]
    }

    /// The kernel with these values at `(y, x)`, which are 0 in its middle.
    fn square(size: usize, value: impl Fn(f64, f64) -> f64) -> Self {
        let half = (size / 2) as f64;
        let places = (0..size * size).map(|at| [at / size, at % size].map(|at| at as f64 - half));
        Self { weights: normalized(places.map(|[y, x]| value(y, x)).collect()), columns: size }
    }

    /// The image filtered by this kernel.
    pub(super) fn apply(&self, image: &SquarePlanes) -> SquarePlanes {
        let filtered = image.planes().flat_map(|plane| convolve_plane(plane, image.side, &self.weights, self.columns));
        SquarePlanes { values: filtered.collect(), side: image.side }
    }
}

/// The weights divided by their sum.
fn normalized(weights: Vec<f64>) -> Vec<f32> {
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / sum) as f32).collect()
}
