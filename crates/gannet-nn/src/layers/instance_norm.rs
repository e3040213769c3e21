//! Instance Normalization: The Missing Ingredient for Fast Stylization, Ulyanov et al. 2016, arXiv:1607.08022, without scale
//! and shift, and the choice that networks from images to images have between it and others.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, batch_norm, leaky_relu};
use gannet_ops::random::Stream;

use super::BatchNorm;
use crate::Mode;

const EPSILON: f64 = 1e-5;

/// `leaky((x − mean) / √(var + epsilon))` with mean and biased variance of each channel of each image of `x [n, c, h, w]`.
pub fn instance_norm(x: Dual<4>, slope: f64) -> Dual<4> {
    let [n, c, ..] = x.dims();
    // An image by itself is a batch of one, whose norm is a fused kernel.
    let normal = |x: Dual<4>| {
        let gamma = x.value.ones_like().narrow(0, 0, 1).narrow(2, 0, 1).narrow(3, 0, 1).reshape([c]);
        batch_norm(x, gamma.clone(), gamma.zeros_like(), EPSILON, slope).0
    };
    let images = (0..n).map(|at| normal(x.clone().narrow(0, at, 1)));
    images.reduce(|all, image| all.cat(image, 0)).unwrap_or(x)
}

/// What normalises the channels of a network from images to images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageNormKind {
    /// Batch norm, with scale, shift and running statistics.
    Batch,
    /// Each image by itself, without scale and shift.
    Instance,
    /// Nothing.
    None,
}

/// One of them.
#[derive(Module, Debug)]
pub struct ImageNorm {
    /// Batch norm, where it is that.
    pub batch: Option<BatchNorm>,
    #[module(skip)]
    kind: ImageNormKind,
}

impl ImageNorm {
    /// For so many channels.
    pub fn new(kind: ImageNormKind, channels: usize, stream: &mut Stream, device: &Device) -> Self {
        let batch = (kind == ImageNormKind::Batch).then(|| BatchNorm::new(channels, stream, device));
        Self { batch, kind }
    }

    /// `x [n, c, h, w]` → the same shape, with what is negative multiplied by `slope`.
    pub fn forward_leaky(&mut self, x: Dual<4>, mode: Mode, slope: f64) -> Dual<4> {
        match (self.kind, &mut self.batch) {
            (ImageNormKind::Batch, Some(norm)) => norm.forward_leaky(x, mode, slope),
            (ImageNormKind::Instance, _) => instance_norm(x, slope),
            _ if slope == 1.0 => x,
            _ => leaky_relu(x, slope),
        }
    }
}
