//! Batch norm (Ioffe and Szegedy 2015, "Batch Normalization", arXiv:1502.03167) and instance norm (Ulyanov et al. 2016,
//! "Instance Normalization: The Missing Ingredient for Fast Stylization", arXiv:1607.08022), fused with the leaky ReLU
//! that follows.
//!
//! Composed of Burn's operations, a batch norm reads and writes its images more than a dozen times, and on the CPU that
//! memory traffic is the cost, not the arithmetic. Here the forward pass is one pass over memory for the statistics and
//! one for the result; so is the backward pass:
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

/// The statistics of a batch, per channel.
#[derive(Debug, Clone)]
pub struct BatchStatistics {
    /// The mean `[c]`, without gradient.
    pub mean: Tensor<1>,
    /// The biased variance `[c]`, without gradient.
    pub variance: Tensor<1>,
}

/// Batch norm with the batch's own statistics, followed by leaky ReLU: `leaky(gamma · (x − mean) / √(var + epsilon) + beta)`.
///
/// `x` is `[n, c, h, w]`, `gamma` and `beta` are `[c]`; `slope` is that of the leaky ReLU, 1 for none. Returns the result
/// `[n, c, h, w]` and the statistics. The gradient flows through the statistics inside the result; the returned ones are
/// constants.
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

/// Batch norm with given statistics, followed by leaky ReLU; the statistics are constants.
///
/// `x` is `[n, c, h, w]`, `gamma` and `beta` are `[c]`; `slope` is that of the leaky ReLU, 1 for none.
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

/// The derivative of [`batch_norm`], without its leaky ReLU, along `tangent [n, c, h, w]`.
///
/// The statistics are those that [`batch_norm`] returned for `x`. The result is differentiable in `x`, `tangent` and
/// `gamma`.
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

/// Normalizes, scales, shifts and rectifies. `of_batch` says whether the statistics are those of `x`, so that the gradient
/// flows through them.
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
