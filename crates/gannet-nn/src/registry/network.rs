//! What every architecture declares of itself, beside its networks.

use burn::tensor::Device;
use gannet_choice::choice;
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, TensorFile};

use super::recognized::Recognized;
use super::settings::{DiscriminatorSettings, NetworkSettings, Sizes};
use crate::network::{Classifier, Discriminator, Encoder, Generator, Translator};

choice! {
    /// What a network does.
    Role {
        /// A generator from latents to images, and its discriminator.
        Gan = "gan",
        /// From images to images of the same size.
        Translator = "translator",
        /// From images to larger ones.
        Upscaler = "upscaler",
        /// From images with holes to whole ones.
        Inpainter = "inpainter",
        /// From images to images in the style of one painting.
        Stylizer = "stylizer",
        /// From features of images to images.
        FeatureDecoder = "feature-decoder",
        /// From images to classes.
        Classifier = "classifier",
    }
}

/// The configuration of a network: all that the registry, recipes, documentation and files need to know about it.
pub trait Network: Sized {
    /// The word that selects the network, such as `dcgan`.
    const NAME: &'static str;

    /// What it is, in a sentence that names its source.
    const SUMMARY: &'static str;

    /// Title, authors, year and number of its paper.
    const PAPER: &'static str;

    /// What it does.
    const ROLE: Role;

    /// The keys of a recipe's `[model]` section that it reads, such as `["latent", "width", "norm"]`.
    const KEYS: &'static [&'static str];

    /// The project whose weights [`Network::recognize`] reads; empty where there is none.
    const PROJECT: &'static str = "";

    /// Sides of the images that it can be trained on.
    fn sizes() -> Sizes;

    /// Its configuration by these settings, which [`Network::check`] has accepted.
    fn from_settings(settings: &NetworkSettings) -> Self;

    /// Refuses settings that the network cannot have.
    ///
    /// # Errors
    /// What it cannot do, with the key of the recipe and the remedy.
    fn check(_settings: &NetworkSettings) -> Result<(), String> {
        Ok(())
    }

    /// The network in another project's file, by the names and shapes of its tensors, and those tensors under Gannet's names.
    ///
    /// # Errors
    /// The first tensor that the file would need, if it were such a network's.
    fn recognize(_file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        Err(Mismatch::new("no other project's files of this network are known"))
    }

    /// What it is and how large, in words.
    fn describe(&self) -> String;
}

/// The configuration of a generator and of what sees its images.
pub trait Architecture: Network + Copy {
    /// The network from latents to images.
    type Generator: Generator + 'static;
    /// The network from images to logits or codes.
    type Encoder: Discriminator + Encoder + 'static;

    /// The architecture for `images` images that are stacked by their channels (PacGAN, Lin et al. 2017, arXiv:1712.04086).
    fn packed(self, images: usize) -> Self;

    /// The architecture for images with `channels` more channels, such as those of a condition.
    fn with_extra_channels(self, channels: usize) -> Self;

    /// Length of a latent.
    fn latent(&self) -> usize;

    /// The generator, with initial weights from `stream`.
    fn init_generator(&self, stream: &mut Stream, device: &Device) -> Self::Generator;

    /// The encoder with `outputs` values for each image, with initial weights from `stream`.
    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> Self::Encoder;

    /// The discriminator, an encoder with one output, with initial weights from `stream`.
    fn init_discriminator(&self, stream: &mut Stream, device: &Device) -> Self::Encoder {
        self.init_encoder(1, stream, device)
    }
}

/// The configuration of a network from images to images.
pub trait TranslatorConfig: Network + Clone + 'static {
    /// The network.
    type Network: Translator + 'static;

    /// The network, with initial weights from `stream`.
    fn init(&self, stream: &mut Stream, device: &Device) -> Self::Network;

    /// Channels of the maps that [`Translator::encode`] gives; empty where it gives none.
    fn encoder_channels(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Whether the network has dropout, which [`Translator::translate`] draws from its noise.
    fn has_dropout(&self) -> bool {
        false
    }
}

/// The configuration of a classifier.
pub trait ClassifierConfig: Network + Clone {
    /// The network.
    type Network: Classifier + 'static;

    /// The network, with initial weights from `stream`.
    fn init(&self, stream: &mut Stream, device: &Device) -> Self::Network;

    /// Number of features before the last layer.
    fn features(&self) -> usize;

    /// Number of classes.
    fn classes(&self) -> usize;
}

/// The configuration of a discriminator of an image-to-image task.
pub trait DiscriminatorConfig: Copy {
    /// The network.
    type Network: Discriminator + 'static;

    /// The word that selects the discriminator, such as `patch`.
    const NAME: &'static str;

    /// What it is, in a sentence that names its source.
    const SUMMARY: &'static str;

    /// Title, authors, year and number of its paper.
    const PAPER: &'static str;

    /// The keys of a recipe's `[model]` section that it reads.
    const KEYS: &'static [&'static str];

    /// The project whose weights [`DiscriminatorConfig::recognize`] reads; empty where there is none.
    const PROJECT: &'static str = "";

    /// Its configuration by these settings, which [`DiscriminatorConfig::check`] has accepted.
    fn from_settings(settings: &DiscriminatorSettings) -> Self;

    /// Refuses settings that the discriminator cannot have.
    ///
    /// # Errors
    /// What it cannot do, with the key of the recipe and the remedy.
    fn check(settings: &DiscriminatorSettings) -> Result<(), String>;

    /// The discriminator, with initial weights from `stream`.
    fn init(&self, stream: &mut Stream, device: &Device) -> Self::Network;

    /// The discriminator in another project's file; see [`Network::recognize`].
    ///
    /// # Errors
    /// The first tensor that the file would need, if it were such a network's.
    fn recognize(_file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        Err(Mismatch::new("no other project's files of this network are known"))
    }

    /// What it is and how large, in words.
    fn describe(&self) -> String;
}
