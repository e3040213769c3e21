//! Layers, the parts of architectures; one paper a file.

mod activation;
mod adain;
mod attention;
mod bands;
mod batch_norm;
mod conditional_batch_norm;
mod contextual_attention;
mod conv;
mod dysample;
mod group_norm;
mod instance_norm;
mod layer_norm;
mod linear;
mod minibatch_std;
mod norm_kind;
mod pixel_norm;
mod pixel_shuffle;
mod prelu;
mod virtual_batch_norm;
mod weight;

pub use activation::{RELU, leaky_relu, relu};
pub use adain::{AdaIn, adain};
pub use attention::SelfAttention;
pub use bands::by_bands;
pub use batch_norm::{BatchNorm, is_running_statistic};
pub use conditional_batch_norm::ConditionalBatchNorm;
pub use contextual_attention::contextual_attention;
pub use conv::{Conv2d, ConvConfig, ConvTranspose2d, Resize};
pub use dysample::DySample;
pub use group_norm::GroupNorm;
pub use instance_norm::{AffineInstanceNorm, ImageNorm, ImageNormKind};
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use minibatch_std::minibatch_std;
pub use norm_kind::{GeneratorNormKind, NormKind};
pub use pixel_norm::pixel_norm;
pub use pixel_shuffle::{pixel_shuffle, pixel_unshuffle, repeat_pixels, shuffle_factor, shuffled_channels};
pub use prelu::Prelu;
pub use virtual_batch_norm::VirtualBatchNorm;
pub use weight::{SingularVectors, WeightForm, WeightKind};

#[cfg(test)]
mod tests;
