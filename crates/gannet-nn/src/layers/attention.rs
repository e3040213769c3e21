//! Self-Attention Generative Adversarial Networks, Zhang, Goodfellow, Metaxas and Odena 2018, arXiv:1805.08318, section 3:
//! each pixel of a feature map looks at all others.
//!
//! ```text
//! f = W_f x, g = W_g x, h = W_h x, each of c / 8 channels
//! o_j = W_v Σ_i softmax_i(f_i · g_j) h_i          y = gamma · o + x
//! ```
//!
//! gamma starts at 0, so that a network first learns from what is near.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use super::conv::{Conv2d, ConvConfig};
use super::weight::WeightKind;
use crate::init::Init;

/// How many times fewer channels the comparison has.
const NARROWER: usize = 8;

/// Attention of a feature map to itself.
#[derive(Module, Debug)]
pub struct SelfAttention {
    key: Conv2d,
    query: Conv2d,
    value: Conv2d,
    output: Conv2d,
    /// `[1]`, the share of what was seen elsewhere.
    pub gamma: Param<Tensor<1>>,
}

impl SelfAttention {
    /// For maps of so many channels.
    pub fn new(channels: usize, weight: WeightKind, stream: &mut Stream, device: &Device) -> Self {
        let narrow = (channels / NARROWER).max(1);
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

    /// Power iterations of the weights with a spectral norm.
    pub fn iterate(&mut self) {
        [&mut self.key, &mut self.query, &mut self.value, &mut self.output].into_iter().for_each(Conv2d::iterate);
    }

    /// `x [n, c, h, w]` → the same shape.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let [n, _, h, w] = x.dims();
        let seen = |conv: &Conv2d| {
            let map = conv.forward(x.clone());
            let narrow = map.dims()[1];
            map.reshape([n, narrow, h * w])
        };
        let turned = |map: Dual<3>| map.linear(|map| map.swap_dims(1, 2));
        let (f, g, values) = (seen(&self.key), seen(&self.query), seen(&self.value));
        let narrow = f.dims()[1];
        let looks = turned(g).matmul(f).softmax();
        let seen = turned(looks.matmul(turned(values))).reshape([n, narrow, h, w]);
        let gamma = Dual::constant(self.gamma.val().reshape([1, 1, 1, 1]));
        self.output.forward(seen) * gamma + x
    }
}
