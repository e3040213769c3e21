//! CPU kernels of batch norm on slices `[rows, c]`: images stored with their channels last.

use crate::channelwise::{block, leaky_slope, sums, zip, zip_over};
use crate::float::Float;
use crate::kernel::memory::Buffer;

/// Mean and biased variance per channel, `[2, c]`.
pub fn moments<T: Float>(c: usize, x: &[T]) -> Vec<T> {
    let rows = x.len() / c;
    // The sums are taken of distances from the first block's mean: the difference of Σ x² and mean² would cancel when
    // the mean is large compared to the deviation.
    let first = &x[..x.len().min(block(c))];
    let [near, _] = sums(first, first, [], c, |x, _, []| [x, T::ZERO]);
    let near: Vec<T> = near.iter().map(|sum| T::from_f64(sum / (first.len() / c) as f64)).collect();
    let [sum, squares] = sums(x, x, [&near], c, |x, _, [near]| {
        let distance = x - near;
        [distance, distance * distance]
    });
    let mean = sum.iter().zip(&near).map(|(sum, near)| T::from_f64(near.to_f64() + sum / rows as f64));
    let variance = sum.iter().zip(&squares).map(|(sum, squares)| {
        let mean = sum / rows as f64;
        T::from_f64((squares / rows as f64 - mean * mean).max(0.0))
    });
    mean.chain(variance).collect()
}

/// `Σ x` per channel, `[c]`.
pub fn channel_sum<T: Float>(c: usize, x: &[T]) -> Vec<T> {
    let [sum, _] = sums(x, x, [], c, |x, _, []| [x, T::ZERO]);
    sum.into_iter().map(T::from_f64).collect()
}

/// `Σ a · b` per channel, `[c]`.
pub fn channel_dot<T: Float>(c: usize, a: &[T], b: &[T]) -> Vec<T> {
    let [sum, _] = sums(a, b, [], c, |a, b, []| [a * b, T::ZERO]);
    sum.into_iter().map(T::from_f64).collect()
}

/// `α · a + β · b + η · (x − mean) + δ`, with `α, β, η, δ` as the rows of `factors [4, c]`.
pub fn mix<T: Float>([a, b, x]: [&[T]; 3], mean: &[T], factors: &[T]) -> Buffer<T> {
    let c = mean.len();
    let mut rows = factors.chunks_exact(c);
    let [alpha, beta, eta, delta] = std::array::from_fn(|_| rows.next().expect("four rows"));
    let mut sum = zip(a, b, [alpha, beta, delta], c, |a, b, [alpha, beta, delta]| alpha * a + beta * b + delta);
    zip_over(x, &mut sum, [mean, eta], c, |x, sum, [mean, eta]| sum + (x - mean) * eta);
    sum
}

/// The parameters of `leaky(gamma · (x − mean) · rstd + beta)`, `[c]` each.
pub struct Norm<'a, T> {
    pub mean: &'a [T],
    pub rstd: &'a [T],
    pub gamma: &'a [T],
    pub beta: &'a [T],
    pub slope: T,
}

impl<T: Float> Norm<'_, T> {
    /// `rstd · gamma`.
    fn scale(&self) -> Vec<T> {
        self.rstd.iter().zip(self.gamma).map(|(rstd, gamma)| *rstd * *gamma).collect()
    }

    /// The result for `x [rows, c]`.
    pub fn forward(&self, x: &[T]) -> Buffer<T> {
        let (scale, slope) = (self.scale(), self.slope);
        zip(x, x, [self.mean, &scale, self.beta], scale.len(), |x, _, [mean, scale, beta]| {
            let y = (x - mean) * scale + beta;
            y * leaky_slope(y, slope)
        })
    }

    /// `Σ g` and `Σ g · x̂` per channel, `[2, c]`, where g is the gradient before the rectifier.
    pub fn sums(&self, x: &[T], dy: &[T]) -> Vec<T> {
        let (scale, slope) = (self.scale(), self.slope);
        let [sum, dot] = sums(x, dy, [self.mean, &scale, self.beta], scale.len(), |x, dy, [mean, scale, beta]| {
            let centered = x - mean;
            let g = dy * leaky_slope(centered * scale + beta, slope);
            [g, g * centered]
        });
        let dot = dot.iter().zip(self.rstd).map(|(dot, rstd)| T::from_f64(dot * rstd.to_f64()));
        sum.into_iter().map(T::from_f64).chain(dot).collect()
    }

    /// Overwrites `dy` with the gradient in `x`: `gamma · rstd · (g − share · (Σ g + x̂ · Σ g · x̂))`.
    pub fn adjoint(&self, x: &[T], dy: &mut [T], sums: &[T], share: f64) {
        let (scale, slope) = (self.scale(), self.slope);
        let (sum, dot) = sums.split_at(scale.len());
        let share = T::from_f64(share);
        let shift: Vec<T> = scale.iter().zip(sum).map(|(scale, sum)| *scale * *sum * share).collect();
        let pull = scale.iter().zip(self.rstd).zip(dot).map(|((scale, rstd), dot)| *scale * *rstd * *dot * share);
        let pull: Vec<T> = pull.collect();
        let parameters = [self.mean, &scale, self.beta, &shift, &pull];
        zip_over(x, dy, parameters, scale.len(), |x, dy, [mean, scale, beta, shift, pull]| {
            let centered = x - mean;
            let g = dy * leaky_slope(centered * scale + beta, slope);
            scale * g - shift - centered * pull
        });
    }
}
