//! Dual numbers: a tensor together with its tangent, the derivative along one direction; and the operations of a
//! network's layers on them.
//!
//! Burn differentiates once. A gradient penalty needs the gradient, in the parameters, of a function of the gradient in
//! the image. It is computed exactly by carrying a tangent through the forward pass and differentiating that tangent:
//! Pearlmutter 1994, "Fast Exact Multiplication by the Hessian", Neural Computation 6(1).

mod arithmetic;
mod layers;
mod number;

pub use arithmetic::Shared;
pub use layers::{
    batch_norm, bias_leaky_relu, conv_transpose2d, conv_transpose2d_with_output_padding, conv2d, downsample2x,
    fixed_norm, instance_norm, leaky_relu, reflect, standardize, tanh, upsample2x,
};
pub use number::Dual;

#[cfg(test)]
mod tests;
