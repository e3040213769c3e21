//! Group Normalization, Wu and He 2018, arXiv:1803.08494.
//!
//! ```text
//! y = gamma · (x − mean) / √(var + epsilon) + beta
//! ```
//!
//! with mean and biased variance of each image over the pixels of a group of its channels. One group is Layer Normalization, Ba
//! et al. 2016, arXiv:1607.06450 (of a feature map, with a scale for each channel); as many groups as channels are Instance
//! Normalization, Ulyanov et al. 2016, arXiv:1607.08022.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, standardize};
use gannet_ops::random::Stream;

use crate::init::Init;

const EPSILON: f64 = 1e-5;

/// Normalization of each image over groups of its channels.
#[derive(Module, Debug)]
pub struct GroupNorm {
    /// `[c]`, scale.
    pub gamma: Param<Tensor<1>>,
    /// `[c]`, shift.
    pub beta: Param<Tensor<1>>,
    #[module(skip)]
    groups: usize,
}

impl GroupNorm {
    /// A layer whose scale starts at 1 and whose shift starts at 0.
    ///
    /// # Panics
    /// Where `groups` does not divide `channels`.
    pub fn new(channels: usize, groups: usize, device: &Device) -> Self {
        assert!(channels.is_multiple_of(groups), "{channels} channels cannot be divided into {groups} groups");
        let constant = |value| Init::Constant(value).param([channels], &mut Stream::new(0, "constant", 0), device);
        Self { gamma: constant(1.0), beta: constant(0.0), groups }
    }

    /// `x [n, c, h, w]` → the shape of x.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let [n, c, h, w] = x.dims();
        let grouped = x.reshape([n, self.groups, c / self.groups * h * w]);
        let hat = standardize(grouped, &[2], EPSILON).reshape([n, c, h, w]);
        let [gamma, beta] = [&self.gamma, &self.beta].map(|param| param.val().reshape([1, c, 1, 1]));
        let scaled = hat.linear(|x| x * gamma.clone());
        Dual { value: scaled.value + beta, tangent: scaled.tangent }
    }
}
