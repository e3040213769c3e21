//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868,
//! equation 8. In A Style-Based Generator Architecture, Karras et al. 2018, arXiv:1812.04948, equation 1, scale and shift are
//! learned functions of a style vector.
//!
//! ```text
//! AdaIN(x, s) = σ(s) · (x − mean x) / σ(x) + mean s
//! ```

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, standardize};
use gannet_ops::random::Stream;

use super::linear::Linear;

const EPSILON: f64 = 1e-5;

/// `content [n, c, h, w]` with the mean and standard deviation of each channel of `style [n, c, h', w']`.
pub fn adain(content: Dual<4>, style: Dual<4>) -> Dual<4> {
    let mean = style.clone().mean(&[2, 3]);
    let deviation = (style - mean.clone()).square().mean(&[2, 3]).sqrt(EPSILON);
    standardize(content, &[2, 3], EPSILON) * deviation + mean
}

/// Instance normalization whose scale and shift are computed from a style vector.
#[derive(Module, Debug)]
pub struct AdaIn {
    /// From a style to `[2 c]`, scales before shifts.
    pub style: Linear,
}

impl AdaIn {
    /// For style vectors of length `style`.
    pub fn new(style: usize, channels: usize, stream: &mut Stream, device: &Device) -> Self {
        Self { style: Linear::new(style, 2 * channels, stream, device) }
    }

    /// `x [n, c, h, w]` and `style [n, s]` → the shape of x. The scale is 1 plus the linear layer's output.
    pub fn forward(&self, x: Dual<4>, style: Dual<2>) -> Dual<4> {
        let [n, c, ..] = x.dims();
        let affine = self.style.forward(style).reshape([n, 2 * c, 1, 1]);
        let (scale, shift) = (affine.clone().narrow(1, 0, c), affine.narrow(1, c, c));
        let hat = standardize(x, &[2, 3], EPSILON);
        hat.clone() * scale + hat + shift
    }
}
