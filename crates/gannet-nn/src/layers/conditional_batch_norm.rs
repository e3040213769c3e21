//! Modulating early visual processing by language, de Vries et al. 2017, arXiv:1707.00683; as cGANs with Projection
//! Discriminator, Miyato and Koyama 2018, arXiv:1802.05637, uses it: batch norm with a scale and a shift for each class.
//!
//! Classes are one-hot rows, or rows of weights that sum to 1, which interpolate between classes.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use super::batch_norm::BatchNorm;
use crate::init::Init;
use crate::mode::Mode;

/// Batch normalization with scale and shift of each class.
#[derive(Module, Debug)]
pub struct ConditionalBatchNorm {
    /// The normalization, without scale and shift.
    pub norm: BatchNorm,
    /// `[classes, c]`, scales.
    pub gamma: Param<Tensor<2>>,
    /// `[classes, c]`, shifts.
    pub beta: Param<Tensor<2>>,
}

impl ConditionalBatchNorm {
    /// A layer whose scales start at 1 and whose shifts start at 0.
    pub fn new(classes: usize, channels: usize, device: &Device) -> Self {
        let constant =
            |value: f32| Init::Constant(value).param([classes, channels], &mut Stream::new(0, "constant", 0), device);
        Self { norm: BatchNorm::plain(channels, device), gamma: constant(1.0), beta: constant(0.0) }
    }

    /// `x [n, c, h, w]` and `classes [n, classes]` → the shape of x.
    pub fn forward(&mut self, x: Dual<4>, classes: Dual<2>, mode: Mode) -> Dual<4> {
        let [n, c, ..] = x.dims();
        let of = |table: &Param<Tensor<2>>| classes.clone().linear(|y| y.matmul(table.val())).reshape([n, c, 1, 1]);
        let (gamma, beta) = (of(&self.gamma), of(&self.beta));
        self.norm.forward(x, mode) * gamma + beta
    }
}
