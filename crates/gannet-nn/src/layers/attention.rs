//! Self-Attention Generative Adversarial Networks, Zhang, Goodfellow, Metaxas and Odena 2018, arXiv:1805.08318, section 3:
//! each pixel of a feature map attends to all others.
//!
//! ```text
//! f = W_f x, g = W_g x, h = W_h x, each of c / 8 channels
//! o_j = W_v Σ_i softmax_i(f_i · g_j) h_i          y = gamma · o + x
//! ```
//!
//! gamma starts at 0, so that a network first learns from local features.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use super::conv::{Conv2d, ConvConfig};
use super::weight::WeightKind;
use crate::init::Init;

/// The channels of a map as a multiple of those of keys, queries and values.
const REDUCTION: usize = 8;

/// Self-attention of a feature map.
#[derive(Module, Debug)]
pub struct SelfAttention {
    key: Conv2d,
    query: Conv2d,
    value: Conv2d,
    output: Conv2d,
    /// `[1]`, the factor of the attention's output.
    pub gamma: Param<Tensor<1>>,
}

impl SelfAttention {
    /// For maps of `channels` channels.
    pub fn new(channels: usize, weight: WeightKind, stream: &mut Stream, device: &Device) -> Self {
        let narrow = (channels / REDUCTION).max(1);
        let mut conv = |input: usize, output: usize| {
            let config = ConvConfig::new(input, output, 1).with_init(Init::glorot(1.0, input, output));
            config.with_weight(weight).init(stream, device)
        };
        Self {
            key: conv(channels, narrow),
            query: conv(channels, narrow),
            value: conv(channels, narrow),
            output: conv(narrow, channels),
            gamma: Init::Constant(0.0).param([1], stream, device),
        }
    }

    /// One power iteration for each weight with spectral norm.
    pub fn power_iterate(&mut self) {
        [&mut self.key, &mut self.query, &mut self.value, &mut self.output].into_iter().for_each(Conv2d::power_iterate);
    }

    /// `x [n, c, h, w]` → the shape of x.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let [n, _, h, w] = x.dims();
        let projected = |conv: &Conv2d| {
            let map = conv.forward(x.clone());
            let narrow = map.dims()[1];
            map.reshape([n, narrow, h * w])
        };
        let transposed = |map: Dual<3>| map.linear(|map| map.swap_dims(1, 2));
        let (f, g, values) = (projected(&self.key), projected(&self.query), projected(&self.value));
        let narrow = f.dims()[1];
        let weights = transposed(g).matmul(f).softmax();
        let attended = transposed(weights.matmul(transposed(values))).reshape([n, narrow, h, w]);
        let gamma = Dual::constant(self.gamma.val().reshape([1, 1, 1, 1]));
        self.output.forward(attended) * gamma + x
    }
}
