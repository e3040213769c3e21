//! The settings from which networks are configured.

use std::fmt;

use gannet_choice::alternatives;

use crate::layers::{GeneratorNormKind, NormKind, WeightKind};

/// What a recipe's `[model]` section and its data say about a network. Each network reads the fields named by its
/// [`Network::KEYS`](super::Network::KEYS), besides `size` and `channels`.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSettings {
    /// Height and width of the images, in pixels.
    pub size: usize,
    /// Channels of the images.
    pub channels: usize,
    /// Length of a whole latent: noise, codes and classes.
    pub latent: usize,
    /// Channels of the layer next to the image.
    pub width: usize,
    /// Units of a hidden layer, of fully connected networks.
    pub hidden: usize,
    /// Normalization in the discriminator.
    pub norm: NormKind,
    /// Normalization in the generator.
    pub generator_norm: GeneratorNormKind,
    /// Form of the discriminator's weights.
    pub weight: WeightKind,
    /// Form of the generator's weights.
    pub generator_weight: WeightKind,
    /// Whether the discriminator sees the standard deviation over the batch.
    pub minibatch_std: bool,
    /// Residual or dense blocks, or plain layers of SRVGG.
    pub blocks: usize,
    /// Networks in a row, each of which refines the result of the one before.
    pub stages: usize,
    /// Convolutions of stride 2 of a PatchGAN discriminator.
    pub n_layers: usize,
    /// Side of the maps with self-attention, in pixels; 0 for none.
    pub attention: usize,
    /// Height of a super-resolved image as a multiple of the input's.
    pub scale: usize,
    /// Number of classes: of a classifier's logits, and of conditional batch norm in a generator; 0 without classes.
    pub classes: usize,
    /// Images of the reference batch of virtual batch norm.
    pub references: usize,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            size: 32,
            channels: 1,
            latent: 100,
            width: 64,
            hidden: 512,
            norm: NormKind::default(),
            generator_norm: GeneratorNormKind::default(),
            weight: WeightKind::default(),
            generator_weight: WeightKind::default(),
            minibatch_std: false,
            blocks: 6,
            stages: 1,
            n_layers: 3,
            attention: 0,
            scale: 4,
            classes: 0,
            references: 64,
        }
    }
}

/// The settings of a discriminator of an image-to-image task.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscriminatorSettings {
    /// Height and width of the images, in pixels.
    pub size: usize,
    /// Channels that the discriminator sees: of an image, or of an image and its condition.
    pub channels: usize,
    /// Channels of the layer next to the image.
    pub width: usize,
    /// Convolutions of stride 2.
    pub n_layers: usize,
    /// Normalization between the layers.
    pub norm: NormKind,
    /// Form of the weights.
    pub weight: WeightKind,
}

impl DiscriminatorSettings {
    /// The settings of a discriminator that sees `channels` channels, from the recipe's settings.
    pub fn new(settings: &NetworkSettings, channels: usize) -> Self {
        let NetworkSettings { size, width, n_layers, norm, weight, .. } = *settings;
        Self { size, channels, width, n_layers, norm, weight }
    }
}

/// Sides of the square images that a network can be trained on, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// One of these.
    Of(&'static [usize]),
    /// Any multiple of this.
    MultipleOf(usize),
    /// Any.
    Any,
}

impl Sizes {
    /// Whether `size` is among them.
    pub fn contains(self, size: usize) -> bool {
        match self {
            Self::Of(sizes) => sizes.contains(&size),
            Self::MultipleOf(multiple) => size.is_multiple_of(multiple),
            Self::Any => true,
        }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(sizes) => formatter.write_str(&alternatives(sizes)),
            Self::MultipleOf(multiple) => write!(formatter, "a multiple of {multiple}"),
            Self::Any => formatter.write_str("any number"),
        }
    }
}
