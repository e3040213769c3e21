//! Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift,
//! Ioffe and Szegedy 2015, arXiv:1502.03167.
//!
//! ```text
//! y = gamma · (x − mean) / √(var + epsilon) + beta
//! ```
//!
//! with mean and biased variance of each channel over the batch while training, and running ones
//! otherwise. As in PyTorch the running variance is the unbiased one. The framework's own layer
//! stores the biased one, shares running statistics between clones, and hands them out late.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, batch_norm, fixed_norm};
use gannet_ops::norm::BatchStatistics;
use gannet_ops::random::Stream;

use crate::Mode;
use crate::init::Init;

const EPSILON: f64 = 1e-5;
/// Weight of the newest batch in the running statistics.
const MOMENTUM: f64 = 0.1;

/// Whether a parameter of this name is a statistic that is measured rather than learned.
pub fn is_running_statistic(name: &str) -> bool {
    name.starts_with("running_")
}

/// Batch normalisation over `[n, c, h, w]`.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// `[c]`, scale.
    pub gamma: Param<Tensor<1>>,
    /// `[c]`, shift.
    pub beta: Param<Tensor<1>>,
    /// `[c]`, not learned.
    pub running_mean: Param<Tensor<1>>,
    /// `[c]`, unbiased, not learned.
    pub running_var: Param<Tensor<1>>,
}

impl BatchNorm {
    /// A layer whose scale is drawn from N(1, 0.02), as DCGAN does, and whose shift is zero.
    pub fn new(channels: usize, stream: &mut Stream, device: &Device) -> Self {
        let constant = |value| Init::Constant(value).param([channels], &mut Stream::new(0, "constant", 0), device);
        Self {
            beta: constant(0.0),
            running_mean: constant(0.0).set_require_grad(false),
            running_var: constant(1.0).set_require_grad(false),
            gamma: Init::Normal { mean: 1.0, std: 0.02 }.param([channels], stream, device),
        }
    }

    /// `x [n, c, h, w]` → the same shape.
    pub fn forward(&mut self, x: Dual<4>, mode: Mode) -> Dual<4> {
        self.forward_leaky(x, mode, 1.0)
    }

    /// The norm and the LeakyReLU that follows it, which share their passes over the memory; see
    /// [`leaky_relu`](super::leaky_relu).
    pub fn forward_leaky(&mut self, x: Dual<4>, mode: Mode, slope: f64) -> Dual<4> {
        match mode {
            Mode::Train => self.by_batch(x, slope),
            Mode::Eval => {
                let running = BatchStatistics { mean: self.running_mean.val(), variance: self.running_var.val() };
                fixed_norm(x, running, self.gamma.val(), self.beta.val(), EPSILON, slope)
            }
        }
    }

    fn by_batch(&mut self, x: Dual<4>, slope: f64) -> Dual<4> {
        let [n, _, h, w] = x.dims();
        let count = (n * h * w) as f64;
        let (y, batch) = batch_norm(x, self.gamma.val(), self.beta.val(), EPSILON, slope);
        self.running_mean = moved(&self.running_mean, batch.mean, 1.0);
        self.running_var = moved(&self.running_var, batch.variance, count / (count - 1.0).max(1.0));
        y
    }
}

/// `running` moved towards `factor · batch`.
fn moved(running: &Param<Tensor<1>>, batch: Tensor<1>, factor: f64) -> Param<Tensor<1>> {
    let batch = batch.detach() * (factor * MOMENTUM);
    running.clone().map(|running| (running * (1.0 - MOMENTUM) + batch).detach())
}
