//! Normalisation by a batch's statistics of each channel, in few passes over the memory.
//!
//! Written as ordinary operations a batch norm reads and writes its images more than a dozen times; on the CPU memory,
//! not arithmetic, is what that costs. Here it is one pass for each statistic and one for the result, and as few on
//! the way back:
//!
//! ```text
//! x̂ = (x − mean) · rstd            y = gamma · x̂ + beta
//! ∂beta = Σ ∂y      ∂gamma = Σ ∂y · x̂
//! ∂x = gamma · rstd · (∂y − (∂beta + x̂ · ∂gamma) / count)
//! ```

mod backend;
mod kernel;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::NormBackend;

/// What a batch says of each channel.
#[derive(Debug, Clone)]
pub struct BatchStatistics {
    /// `[c]`, the mean, without gradient.
    pub mean: Tensor<1>,
    /// `[c]`, the biased variance, without gradient.
    pub variance: Tensor<1>,
}

/// Normalises each channel of `x [n, c, h, w]` by the batch's statistics, then scales by `gamma [c]` and shifts by
/// `beta [c]`. The gradient goes through the statistics, which are also handed out.
pub fn batch_norm(x: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64) -> (Tensor<4>, BatchStatistics) {
    let [n, _, h, w] = x.dims();
    let count = (n * h * w) as f64;
    let inner = x.clone().inner().into_dispatch();
    let mean: Tensor<1> = Tensor::from_dispatch(<Dispatch as NormBackend>::channel_sum(inner.clone())) / count;
    let squares = <Dispatch as NormBackend>::channel_squares(inner, mean.clone().into_dispatch());
    let variance: Tensor<1> = Tensor::from_dispatch(squares) / count;
    let rstd = (variance.clone() + epsilon).sqrt().recip();
    let lift = |statistic: Tensor<1>| if x.is_autodiff() { Tensor::from_inner(statistic) } else { statistic };
    let y = <Dispatch as NormBackend>::normalise(
        x.clone().into_dispatch(),
        lift(mean.clone()).into_dispatch(),
        lift(rstd).into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
    );
    (Tensor::from_dispatch(y), BatchStatistics { mean: lift(mean.clone()), variance: lift(variance) })
}

#[cfg(test)]
mod tests;
