//! Typed use of a network that is chosen at run time.

use super::network::{Architecture, ClassifierConfig, DiscriminatorConfig, TranslatorConfig};

/// Something to do with a GAN's architecture, whichever it is.
pub trait GanVisitor {
    /// The result.
    type Output;

    /// Does it with `architecture`.
    fn visit<A: Architecture>(self, architecture: A) -> Self::Output;
}

/// Something to do with a network from images to images, whichever it is.
pub trait TranslatorVisitor {
    /// The result.
    type Output;

    /// Does it with `config`.
    fn visit<C: TranslatorConfig>(self, config: C) -> Self::Output;
}

/// Something to do with a classifier, whichever it is.
pub trait ClassifierVisitor {
    /// The result.
    type Output;

    /// Does it with `config`.
    fn visit<C: ClassifierConfig>(self, config: C) -> Self::Output;
}

/// Something to do with a discriminator of an image-to-image task, whichever it is.
pub trait DiscriminatorVisitor {
    /// The result.
    type Output;

    /// Does it with `config`.
    fn visit<C: DiscriminatorConfig>(self, config: C) -> Self::Output;
}
