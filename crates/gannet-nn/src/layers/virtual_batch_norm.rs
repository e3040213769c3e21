//! Improved Techniques for Training GANs, Salimans et al. 2016, arXiv:1606.03498, section 3.5: each image is normalized by
//! the statistics of itself and of a reference batch that is chosen once, so that the result does not depend on the other
//! images of its batch.
//!
//! The reference batch passes through the network before the images, in one tensor: `x [r + n, c, h, w]`. Reference images
//! are normalized by their own statistics.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, standardize};
use gannet_ops::random::Stream;

use crate::init::Init;

const EPSILON: f64 = 1e-5;

/// Normalization by a reference batch.
#[derive(Module, Debug)]
pub struct VirtualBatchNorm {
    /// `[c]`, scale.
    pub gamma: Param<Tensor<1>>,
    /// `[c]`, shift.
    pub beta: Param<Tensor<1>>,
}

impl VirtualBatchNorm {
    /// A layer whose scale starts at 1 and whose shift starts at 0.
    pub fn new(channels: usize, device: &Device) -> Self {
        let constant = |value| Init::Constant(value).param([channels], &mut Stream::new(0, "constant", 0), device);
        Self { gamma: constant(1.0), beta: constant(0.0) }
    }

    /// `x [references + n, c, h, w]` → the shape of x.
    pub fn forward(&self, x: Dual<4>, references: usize) -> Dual<4> {
        let [all, c, ..] = x.dims();
        let reference = x.clone().narrow(0, 0, references);
        let images = x.narrow(0, references, all - references);
        // The image has the weight of one image of the reference batch.
        let share = 1.0 / (references as f64 + 1.0);
        let mixed = |reference: Dual<4>, image: Dual<4>| {
            image.mean(&[2, 3]) * share + reference.mean(&[0, 2, 3]) * (1.0 - share)
        };
        let mean = mixed(reference.clone(), images.clone());
        let variance = mixed(reference.clone().square(), images.clone().square()) - mean.clone().square();
        let images = (images - mean) * variance.rsqrt(EPSILON);
        let hat = standardize(reference, &[0, 2, 3], EPSILON).cat(images, 0);
        let [gamma, beta] = [&self.gamma, &self.beta].map(|param| param.val().reshape([1, c, 1, 1]));
        hat * Dual::constant(gamma) + Dual::constant(beta)
    }
}
