//! Normalization by a batch's statistics of each channel, in few passes over the memory.
//!
//! Written as ordinary operations a batch norm reads and writes its images more than a dozen times; on the CPU memory,
//! not arithmetic, is what that costs. Here the rectifier that follows is part of it, and it is one pass for the
//! statistics and one for the result, and as many on the way back:
//!
//! ```text
//! x̂ = (x − mean) · rstd            y = leaky(gamma · x̂ + beta)
//! g = ∂y · leaky'(gamma · x̂ + beta)
//! ∂beta = Σ g      ∂gamma = Σ g · x̂
//! ∂x = gamma · rstd · (g − (∂beta + x̂ · ∂gamma) / count)
//! ```

pub(crate) mod backend;
mod instance;
mod kernel;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::NormBackend;
pub use instance::instance_norm;

/// What a batch says of each channel.
#[derive(Debug, Clone)]
pub struct BatchStatistics {
    /// `[c]`, the mean, without gradient.
    pub mean: Tensor<1>,
    /// `[c]`, the biased variance, without gradient.
    pub variance: Tensor<1>,
}

/// Normalizes each channel of `x [n, c, h, w]` by the batch's statistics, scales by `gamma [c]`, shifts by `beta [c]`,
/// and multiplies what is negative by `slope` (1 leaves it as it is). The gradient goes through the statistics, which
/// are also handed out.
pub fn batch_norm(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    slope: f64,
) -> (Tensor<4>, BatchStatistics) {
    let [_, c, _, _] = x.dims();
    let moments: Tensor<2> =
        Tensor::from_dispatch(<Dispatch as NormBackend>::moments(x.clone().inner().into_dispatch()));
    let [mean, variance] = [0, 1].map(|row| {
        let row = moments.clone().narrow(0, row, 1).reshape([c]);
        if x.is_autodiff() { Tensor::from_inner(row) } else { row }
    });
    let statistics = BatchStatistics { mean, variance };
    (normalize(x, statistics.clone(), gamma, beta, [epsilon, slope], true), statistics)
}

/// The same with given statistics, which count as constants.
pub fn fixed_norm(
    x: Tensor<4>,
    statistics: BatchStatistics,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    slope: f64,
) -> Tensor<4> {
    normalize(x, statistics, gamma, beta, [epsilon, slope], false)
}

/// The tangent of [`batch_norm`] without its rectifier, along `tangent [n, c, h, w]`; `statistics` are those that it
/// measured.
pub fn batch_norm_tangent(
    x: Tensor<4>,
    tangent: Tensor<4>,
    BatchStatistics { mean, variance }: BatchStatistics,
    gamma: Tensor<1>,
    epsilon: f64,
) -> Tensor<4> {
    let rstd = (variance + epsilon).sqrt().recip();
    let [mean, rstd, gamma] = [mean, rstd, gamma].map(Tensor::into_dispatch);
    let [x, tangent] = [x, tangent].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as NormBackend>::normalize_tangent(x, tangent, mean, rstd, gamma))
}

fn normalize(
    x: Tensor<4>,
    BatchStatistics { mean, variance }: BatchStatistics,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    [epsilon, slope]: [f64; 2],
    of_batch: bool,
) -> Tensor<4> {
    let rstd = (variance + epsilon).sqrt().recip();
    let [mean, rstd, gamma, beta] = [mean, rstd, gamma, beta].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as NormBackend>::normalize(
        x.into_dispatch(),
        mean,
        rstd,
        gamma,
        beta,
        slope,
        of_batch,
    ))
}

#[cfg(test)]
mod tests;
