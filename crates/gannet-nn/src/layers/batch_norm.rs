//! Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift,
//! Ioffe and Szegedy 2015, arXiv:1502.03167.
//!
//! ```text
//! y = gamma · (x − mean) / √(var + epsilon) + beta
//! ```
//!
//! with mean and biased variance of each channel over the batch while training, and running statistics
//! otherwise. The running variance is the unbiased one, as in PyTorch. The framework's own layer
//! stores the biased one, shares running statistics between clones, and updates them late.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, batch_norm, fixed_norm};
use gannet_ops::norm::BatchStatistics;
use gannet_ops::random::Stream;

use crate::init::Init;
use crate::mode::Mode;

const EPSILON: f64 = 1e-5;
/// Weight of the newest batch in the running statistics.
const MOMENTUM: f64 = 0.1;

/// Whether a parameter of this name is a running statistic, which is not learned.
pub fn is_running_statistic(name: &str) -> bool {
    name.starts_with("running_")
}

/// Batch normalization over `[n, c, h, w]`.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// `[c]`, scale; 1 where there is none.
    pub gamma: Option<Param<Tensor<1>>>,
    /// `[c]`, shift; 0 where there is none.
    pub beta: Option<Param<Tensor<1>>>,
    /// `[c]`, not learned.
    pub running_mean: Param<Tensor<1>>,
    /// `[c]`, unbiased, not learned.
    pub running_var: Param<Tensor<1>>,
}

impl BatchNorm {
    /// A layer whose scale is drawn from N(1, 0.02), as DCGAN does, and whose shift is zero.
    pub fn new(channels: usize, stream: &mut Stream, device: &Device) -> Self {
        let gamma = Init::Normal { mean: 1.0, std: 0.02 }.param([channels], stream, device);
        let beta = Init::Constant(0.0).param([channels], stream, device);
        Self { gamma: Some(gamma), beta: Some(beta), ..Self::without_affine(channels, stream, device) }
    }

    /// A layer whose scale starts at 1 and whose shift starts at 0.
    pub fn identity(channels: usize, device: &Device) -> Self {
        let constant =
            |value: f32| Some(Init::Constant(value).param([channels], &mut Stream::new(0, "constant", 0), device));
        Self { gamma: constant(1.0), beta: constant(0.0), ..Self::plain(channels, device) }
    }

    /// A layer without scale and shift.
    pub fn plain(channels: usize, device: &Device) -> Self {
        Self::without_affine(channels, &mut Stream::new(0, "constant", 0), device)
    }

    fn without_affine(channels: usize, stream: &mut Stream, device: &Device) -> Self {
        let mut constant = |value| Init::Constant(value).param([channels], stream, device).set_require_grad(false);
        Self { gamma: None, beta: None, running_mean: constant(0.0), running_var: constant(1.0) }
    }

    /// `x [n, c, h, w]` → the shape of x.
    pub fn forward(&mut self, x: Dual<4>, mode: Mode) -> Dual<4> {
        self.forward_leaky(x, mode, 1.0)
    }

    /// The norm followed by LeakyReLU of this slope, which share their passes over the memory.
    pub fn forward_leaky(&mut self, x: Dual<4>, mode: Mode, slope: f64) -> Dual<4> {
        match mode {
            Mode::Train => self.forward_batch(x, slope),
            Mode::Eval => {
                let running = BatchStatistics { mean: self.running_mean.val(), variance: self.running_var.val() };
                let [gamma, beta] = self.affine();
                fixed_norm(x, running, gamma, beta, EPSILON, slope)
            }
        }
    }

    /// Scale and shift.
    fn affine(&self) -> [Tensor<1>; 2] {
        let of = |param: &Option<Param<Tensor<1>>>| param.as_ref().map(Param::val);
        let none = || self.running_mean.val().zeros_like();
        [of(&self.gamma).unwrap_or_else(|| none() + 1.0), of(&self.beta).unwrap_or_else(none)]
    }

    /// By the statistics of the batch, which update the running ones.
    fn forward_batch(&mut self, x: Dual<4>, slope: f64) -> Dual<4> {
        let [n, _, h, w] = x.dims();
        let count = (n * h * w) as f64;
        let [gamma, beta] = self.affine();
        let (y, batch) = batch_norm(x, gamma, beta, EPSILON, slope);
        self.running_mean = updated(&self.running_mean, batch.mean, 1.0);
        self.running_var = updated(&self.running_var, batch.variance, count / (count - 1.0).max(1.0));
        y
    }
}

/// The moving average of `running` and `factor · batch`.
fn updated(running: &Param<Tensor<1>>, batch: Tensor<1>, factor: f64) -> Param<Tensor<1>> {
    let batch = batch.detach() * (factor * MOMENTUM);
    running.clone().map(|running| (running * (1.0 - MOMENTUM) + batch).detach())
}
