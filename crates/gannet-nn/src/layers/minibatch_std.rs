//! Progressive Growing of GANs, Karras et al. 2017, arXiv:1710.10196, section 3: the discriminator sees how much the
//! images of a batch differ, so that it detects a generator with few modes.

use burn::tensor::Tensor;
use gannet_ops::dual::Dual;

const EPSILON: f64 = 1e-8;

/// `x [n, c, h, w]` with one more channel: the standard deviation over the batch, averaged over channels and pixels.
pub fn minibatch_std(x: Dual<4>) -> Dual<4> {
    let [n, _, h, w] = x.dims();
    let centered = x.clone() - x.clone().mean(&[0]);
    let deviation = centered.square().mean(&[0]).sqrt(EPSILON).mean(&[1, 2, 3]);
    x.cat(deviation.linear(|x: Tensor<4>| x.expand([n, 1, h, w])), 1)
}
