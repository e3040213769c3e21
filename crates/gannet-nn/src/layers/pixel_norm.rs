//! Progressive Growing of GANs, Karras et al. 2017, arXiv:1710.10196, section 4.2: the feature vector of each pixel is
//! scaled to a mean square of 1.

use gannet_ops::dual::Dual;

const EPSILON: f64 = 1e-8;

/// `x / √(mean x² + 1e-8)`, with the mean over the channels of `x [n, c, h, w]`.
pub fn pixel_norm(x: Dual<4>) -> Dual<4> {
    x.clone() * x.square().mean(&[1]).rsqrt(EPSILON)
}
