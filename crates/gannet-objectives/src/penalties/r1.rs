//! Which Training Methods for GANs do actually Converge?, Mescheder, Geiger and Nowozin 2018, arXiv:1801.04406, equations
//! 9 and 10.
//!
//! ```text
//! R1 = γ/2 · E ‖∇D(x)‖²  at real images          R2 = γ/2 · E ‖∇D(G(z))‖²  at generated ones
//! ```
//!
//! Where the generator has found the data, the discriminator should stand still; then it lets the generator do so too.

use burn::tensor::Tensor;

/// `γ/2 · ‖v‖²`, whose c is γ.
pub(super) fn priced(squares: Tensor<1>, gamma: f64) -> (Tensor<1>, Tensor<1>) {
    (squares.clone() * (gamma / 2.0), squares.full_like(gamma))
}
