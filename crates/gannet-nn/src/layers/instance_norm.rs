//! Instance Normalization: The Missing Ingredient for Fast Stylization, Ulyanov et al. 2016, arXiv:1607.08022, without scale
//! and shift; and the norm of image-to-image networks, which is that, batch norm or none.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, instance_norm, leaky_relu};
use gannet_ops::random::Stream;

use super::batch_norm::BatchNorm;
use super::norm_kind::{GeneratorNormKind, NormKind};
use crate::mode::Mode;

const EPSILON: f64 = 1e-5;

/// The norms that image-to-image networks and their discriminators can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageNormKind {
    /// Batch norm, with scale, shift and running statistics.
    Batch,
    /// Instance norm, without scale and shift.
    Instance,
    /// None.
    None,
}

impl ImageNormKind {
    /// The choices of a generator's norm that are one of these.
    pub const IN_GENERATORS: [GeneratorNormKind; 3] =
        [GeneratorNormKind::Batch, GeneratorNormKind::Instance, GeneratorNormKind::None];
    /// The choices of a discriminator's norm that are one of these.
    pub const IN_DISCRIMINATORS: [NormKind; 3] = [NormKind::Batch, NormKind::Instance, NormKind::None];

    /// The generator's norm; instance norm where the choice is not one of [`Self::IN_GENERATORS`].
    pub fn of_generator(kind: GeneratorNormKind) -> Self {
        match kind {
            GeneratorNormKind::Batch => Self::Batch,
            GeneratorNormKind::None => Self::None,
            GeneratorNormKind::Conditional | GeneratorNormKind::Pixel | GeneratorNormKind::Instance => Self::Instance,
        }
    }

    /// The discriminator's norm; instance norm where the choice is not one of [`Self::IN_DISCRIMINATORS`].
    pub fn of_discriminator(kind: NormKind) -> Self {
        match kind {
            NormKind::Batch => Self::Batch,
            NormKind::None => Self::None,
            NormKind::Layer | NormKind::Instance | NormKind::Group | NormKind::Virtual => Self::Instance,
        }
    }

    /// Batch norm or instance norm.
    pub fn batch_or_instance(batch: bool) -> Self {
        if batch { Self::Batch } else { Self::Instance }
    }

    /// Its name, in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Batch => "batch norm",
            Self::Instance => "instance norm",
            Self::None => "no norm",
        }
    }
}

/// The norm of an image-to-image network, followed by LeakyReLU.
#[derive(Module, Debug)]
pub struct ImageNorm {
    /// Batch norm, where the kind is that.
    pub batch: Option<BatchNorm>,
    #[module(skip)]
    kind: ImageNormKind,
}

impl ImageNorm {
    /// For `channels` channels.
    pub fn new(kind: ImageNormKind, channels: usize, stream: &mut Stream, device: &Device) -> Self {
        let batch = (kind == ImageNormKind::Batch).then(|| BatchNorm::new(channels, stream, device));
        Self { batch, kind }
    }

    /// `x [n, c, h, w]` → the shape of x; negative values are multiplied by `slope` after the norm.
    pub fn forward_leaky(&mut self, x: Dual<4>, mode: Mode, slope: f64) -> Dual<4> {
        match (self.kind, &mut self.batch) {
            (ImageNormKind::Batch, Some(norm)) => norm.forward_leaky(x, mode, slope),
            (ImageNormKind::Instance, _) => instance_norm(x, EPSILON, slope),
            _ if slope == 1.0 => x,
            _ => leaky_relu(x, slope),
        }
    }
}
