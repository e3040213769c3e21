//! What every penalty on a gradient implements.

use burn::tensor::Tensor;

use super::points::Points;

/// A function of the norm of each sample's gradient.
pub trait GradientPenalty: Sync {
    /// Where the gradient is taken.
    fn points(&self) -> Points;

    /// The gradient norm at which the penalty is zero.
    fn target_norm(&self) -> f64;

    /// From the squared norms of the gradients v, `[n]`: the weighted penalties `[n]`, and the factors c `[n]` with
    /// `∂penalty/∂v = c · v`.
    fn penalize(&self, squared_norms: Tensor<1>, weight: f64) -> (Tensor<1>, Tensor<1>);
}
