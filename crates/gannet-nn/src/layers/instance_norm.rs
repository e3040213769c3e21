//! Instance Normalization: The Missing Ingredient for Fast Stylization, Ulyanov et al. 2016, arXiv:1607.08022, with or without
//! scale and shift; and the norm of image-to-image networks, which is one of these, batch norm or none.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, bias_leaky_relu, instance_norm, leaky_relu};
use gannet_ops::random::Stream;
use gannet_weights::{Renamed, TensorFile};

use super::batch_norm::BatchNorm;
use super::norm_kind::{GeneratorNormKind, NormKind};
use crate::init::Init;
use crate::mode::Mode;

const EPSILON: f64 = 1e-5;

/// The norms that image-to-image networks and their discriminators can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageNormKind {
    /// Batch norm, with scale, shift and running statistics.
    Batch,
    /// Instance norm, without scale and shift.
    Instance,
    /// Instance norm with scale and shift, which some other projects' networks have.
    AffineInstance,
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

    /// The norm of another project's file, by what it holds of the norm called `layer`. Instance norms of old files have running
    /// statistics that were never used.
    pub fn of_file(file: &TensorFile, layer: &str) -> Self {
        let has = |what: &str| file.has(&format!("{layer}.{what}"));
        match (has("weight"), has("running_mean")) {
            (true, true) => Self::Batch,
            (true, false) => Self::AffineInstance,
            (false, _) => Self::Instance,
        }
    }

    /// Gannet's name of the parameter `what`, by PyTorch's name, of the [`ImageNorm`] called `own`.
    pub fn renamed(self, own: &str, what: &str) -> Renamed {
        match (self, what) {
            (Self::AffineInstance, "running_mean" | "running_var") => Renamed::Unknown,
            (Self::AffineInstance, _) => Renamed::norm(&format!("{own}.affine"), what, true),
            _ => Renamed::norm(&format!("{own}.batch"), what, self == Self::Batch),
        }
    }

    /// Its name, in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Batch => "batch norm",
            Self::Instance => "instance norm",
            Self::AffineInstance => "instance norm with scale and shift",
            Self::None => "no norm",
        }
    }
}

/// Instance norm with scale and shift.
#[derive(Module, Debug)]
pub struct AffineInstanceNorm {
    /// `[c]`, scale.
    pub gamma: Param<Tensor<1>>,
    /// `[c]`, shift.
    pub beta: Param<Tensor<1>>,
}

impl AffineInstanceNorm {
    /// For `channels` channels; the scale starts at 1 and the shift at 0.
    pub fn new(channels: usize, stream: &mut Stream, device: &Device) -> Self {
        let mut constant = |value: f32| Init::Constant(value).param([channels], stream, device);
        Self { gamma: constant(1.0), beta: constant(0.0) }
    }

    /// The norm followed by LeakyReLU of this slope, which shares the shift's pass over the memory.
    pub fn forward_leaky(&self, x: Dual<4>, slope: f64) -> Dual<4> {
        let [_, c, ..] = x.dims();
        let scaled = instance_norm(x, EPSILON, 1.0) * Dual::constant(self.gamma.val().reshape([1, c, 1, 1]));
        bias_leaky_relu(scaled, self.beta.val(), slope)
    }
}

/// The norm of an image-to-image network, followed by LeakyReLU.
#[derive(Module, Debug)]
pub struct ImageNorm {
    /// Batch norm, where the kind is that.
    pub batch: Option<BatchNorm>,
    /// Instance norm with scale and shift, where the kind is that.
    pub affine: Option<AffineInstanceNorm>,
    #[module(skip)]
    kind: ImageNormKind,
}

impl ImageNorm {
    /// For `channels` channels.
    pub fn new(kind: ImageNormKind, channels: usize, stream: &mut Stream, device: &Device) -> Self {
        let batch = (kind == ImageNormKind::Batch).then(|| BatchNorm::new(channels, stream, device));
        let affine = (kind == ImageNormKind::AffineInstance).then(|| AffineInstanceNorm::new(channels, stream, device));
        Self { batch, affine, kind }
    }

    /// `x [n, c, h, w]` → the shape of x; negative values are multiplied by `slope` after the norm.
    pub fn forward_leaky(&mut self, x: Dual<4>, mode: Mode, slope: f64) -> Dual<4> {
        match (self.kind, &mut self.batch, &self.affine) {
            (ImageNormKind::Batch, Some(norm), _) => norm.forward_leaky(x, mode, slope),
            (ImageNormKind::AffineInstance, _, Some(norm)) => norm.forward_leaky(x, slope),
            (ImageNormKind::Instance, ..) => instance_norm(x, EPSILON, slope),
            _ if slope == 1.0 => x,
            _ => leaky_relu(x, slope),
        }
    }
}
