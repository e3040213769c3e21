//! Instance Normalization: The Missing Ingredient for Fast Stylization, Ulyanov et al. 2016, arXiv:1607.08022, without scale
//! and shift, and the choice that networks from images to images have between it and others.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, instance_norm, leaky_relu};
use gannet_ops::random::Stream;

use super::BatchNorm;
use crate::Mode;

const EPSILON: f64 = 1e-5;

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
            (ImageNormKind::Instance, _) => instance_norm(x, EPSILON, slope),
            _ if slope == 1.0 => x,
            _ => leaky_relu(x, slope),
        }
    }
}
