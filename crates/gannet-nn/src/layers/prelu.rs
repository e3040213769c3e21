//! Delving Deep into Rectifiers, He et al. 2015, arXiv:1502.01852, section 2.1: PReLU, a LeakyReLU with a learned slope.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use super::activation::relu;
use crate::init::Init;

/// The initial slope.
const SLOPE: f32 = 0.25;

/// `x` where positive, `slope · x` elsewhere.
#[derive(Module, Debug)]
pub struct Prelu {
    /// `[c]`, or `[1]` for all channels.
    pub slope: Param<Tensor<1>>,
}

impl Prelu {
    /// With one slope for each channel, or with 1 for all channels.
    pub fn new(slopes: usize, stream: &mut Stream, device: &Device) -> Self {
        Self { slope: Init::Constant(SLOPE).param([slopes], stream, device) }
    }

    /// `x [n, c, h, w]` → the shape of x.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let slopes = self.slope.dims()[0];
        let slope = self.slope.val().reshape([1, slopes, 1, 1]);
        let rest = slope.clone().neg() + 1.0;
        relu(x.clone()) * Dual::constant(rest) + x * Dual::constant(slope)
    }
}
