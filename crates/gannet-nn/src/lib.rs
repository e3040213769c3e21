//! Networks: [`layers`], [`architectures`] (one paper a file) with their registry, frozen [`extractors`], and the
//! augmentation of images that a discriminator sees ([`augment`]).
//!
//! Nothing here does I/O, owns an optimizer, reads a clock or draws an implicit random number: a network is built from a
//! configuration, a device and a named random stream.

pub mod architectures;
pub mod augment;
pub mod extractors;
mod fit;
pub mod init;
pub mod layers;
mod mode;
mod network;
mod parameters;
mod precision;
mod recognize;
mod registry;

pub use architectures::conditional::ConditionKind;
pub use architectures::{AnyDiscriminator, AnyNetwork, DiscriminatorKind, NetworkKind};
pub use augment::{AdaPart, AugmentKind, DiffPart};
pub use layers::{GeneratorNormKind, NormKind, WeightKind};
pub use mode::Mode;
pub use network::{Classifier, Discriminator, DiscriminatorOutput, Encoder, Generator, Translator};
pub use parameters::parameter_count;
pub use precision::PrecisionKind;
pub use recognize::{RecognizeError, recognize};
pub use registry::{
    Architecture, ClassifierConfig, ClassifierVisitor, DiscriminatorConfig, DiscriminatorSettings,
    DiscriminatorVisitor, GanVisitor, Network, NetworkSettings, Part, Recognized, Role, Sizes, TranslatorConfig,
    TranslatorVisitor, WrongRole,
};
