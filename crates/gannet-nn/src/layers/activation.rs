//! Activations.

pub use gannet_ops::dual::leaky_relu;

use gannet_ops::dual::Dual;

/// The slope that makes a LeakyReLU a ReLU.
pub const RELU: f64 = 0.0;

/// `x` where positive, 0 elsewhere.
pub fn relu<const D: usize>(x: Dual<D>) -> Dual<D> {
    leaky_relu(x, RELU)
}
