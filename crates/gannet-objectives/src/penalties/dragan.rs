//! On Convergence and Stability of GANs, Kodali et al. 2017, arXiv:1705.07215, section 2.4: DRAGAN.
//!
//! ```text
//! λ · E (‖∇D(x + δ)‖ − 1)²        δ from N(0, c)
//! ```
//!
//! A sharp discriminator around the data is what lets the generator fall into one mode. The noise here has half the
//! standard deviation of the batch's pixels.

use burn::tensor::Tensor;
use gannet_ops::random::Stream;

/// The noise's standard deviation, of that of the pixels.
const SPREAD: f64 = 0.5;

/// The real images with noise.
pub(super) fn around(real: &Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let shape = real.dims();
    let noise = super::numbers(stream.normals(shape.iter().product()), shape, real);
    let centred = real.clone() - real.clone().mean().reshape([1, 1, 1, 1]);
    let spread = (centred.clone() * centred).mean().sqrt().reshape([1, 1, 1, 1]);
    real.clone() + noise * spread * SPREAD
}
