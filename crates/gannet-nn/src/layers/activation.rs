//! Activations.

pub use gannet_ops::dual::leaky_relu;

use gannet_ops::dual::Dual;

/// The slope of a LeakyReLU that is a ReLU.
pub const RELU: f64 = 0.0;

/// `x` where positive, 0 elsewhere.
pub fn relu<const D: usize>(x: Dual<D>) -> Dual<D> {
    leaky_relu(x, RELU)
}
