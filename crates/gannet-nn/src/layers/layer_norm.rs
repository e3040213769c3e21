//! Layer Normalization, Ba et al. 2016, arXiv:1607.06450, of the channels of each pixel, as vision transformers have it.
//!
//! ```text
//! y = gamma · (x − mean) / √(var + epsilon) + beta
//! ```
//!
//! with mean and biased variance over the channels. [`GroupNorm`](super::GroupNorm) with one group is the norm of a whole image.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, standardize};
use gannet_ops::random::Stream;

use crate::init::Init;

/// Normalization over the channels of each pixel.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[c]`, scale.
    pub gamma: Param<Tensor<1>>,
    /// `[c]`, shift.
    pub beta: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl LayerNorm {
    /// A layer whose scale starts at 1 and whose shift starts at 0.
    pub fn new(channels: usize, epsilon: f64, stream: &Stream, device: &Device) -> Self {
        // Constants take no numbers of the stream.
        let constant = |value| Init::Constant(value).param([channels], &mut stream.clone(), device);
        Self { gamma: constant(1.0), beta: constant(0.0), epsilon }
    }

    /// `x [.., c]`, whose last axis is the channels, → the shape of x.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let hat = standardize(Dual::constant(x), &[D - 1], self.epsilon).value;
        let mut shape = [1; D];
        shape[D - 1] = hat.dims()[D - 1];
        let [gamma, beta] = [&self.gamma, &self.beta].map(|param| param.val().reshape(shape));
        hat * gamma + beta
    }

    /// [`LayerNorm::forward`] of images `[n, c, h, w]`.
    pub fn forward_images(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward(x.permute([0, 2, 3, 1])).permute([0, 3, 1, 2])
    }
}
