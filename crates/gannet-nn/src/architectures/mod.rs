//! Whole networks, one paper a file, and the registry of those that a recipe can choose.
//!
//! A network is one file or folder here, with its configuration's [`Network`], its module below, and one line of the list.

pub mod adain;
pub mod autoencoder;
pub mod conditional;
pub mod cut;
pub mod cyclegan;
pub mod dcgan;
pub mod deepfill;
pub mod esrgan;
pub mod johnson;
pub mod lama;
pub mod lenet;
pub mod mlp;
pub mod pix2pix;
pub mod plksr;
pub mod r3gan;
pub mod real_esrgan;
pub mod small_resnet;
pub mod sngan;
pub mod span;
pub mod srgan;
pub mod swinir;

use gannet_choice::Choice;
use gannet_weights::{Mismatch, TensorFile};

pub use crate::network::Encoder;
pub use crate::registry::Architecture;
use crate::registry::{
    ClassifierVisitor, DiscriminatorConfig, DiscriminatorEntry, DiscriminatorSettings, DiscriminatorVisitor, Entry,
    GanVisitor, Network, NetworkSettings, Recognized, Role, Sizes, TranslatorVisitor, WrongRole, discriminators,
    networks,
};

networks! {
    gans {
        Dcgan => dcgan::DcganConfig,
        Sngan => sngan::SnganConfig,
        R3gan => r3gan::R3ganConfig,
        Mlp => mlp::MlpConfig,
    }
    translators {
        Unet => pix2pix::UnetConfig,
        Resnet => cyclegan::ResnetConfig,
        Srresnet => srgan::SrresnetConfig,
        Rrdb => esrgan::RrdbConfig,
        Srvgg => real_esrgan::SrvggConfig,
        Span => span::SpanConfig,
        Realplksr => plksr::PlksrConfig,
        Swinir => swinir::SwinirConfig,
        Deepfill => deepfill::DeepfillConfig,
        Lama => lama::LamaConfig,
        Johnson => johnson::JohnsonConfig,
    }
    feature_decoders {
        Adain => adain::AdainConfig,
    }
    classifiers {
        Lenet => lenet::LenetConfig,
        SmallResnet => small_resnet::SmallResnetConfig,
    }
}

discriminators! {
    Patch => pix2pix::PatchConfig,
    Unet => real_esrgan::UnetDiscriminatorConfig,
}

impl NetworkKind {
    /// What the network does.
    pub fn role(self) -> Role {
        self.entry().role
    }

    /// The first network of `role`, which tasks of that role have by default.
    pub fn first_of(role: Role) -> Self {
        Self::of_role(role).next().expect("every role has a network")
    }

    /// The networks of `role`.
    pub fn of_role(role: Role) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |kind| kind.role() == role)
    }

    /// Title, authors, year and number of the network's paper.
    pub fn paper(self) -> &'static str {
        self.entry().paper
    }

    /// The keys of a recipe's `[model]` section that the network reads.
    pub fn keys(self) -> &'static [&'static str] {
        self.entry().keys
    }

    /// The project whose weights are recognized as this network; empty where there is none.
    pub fn project(self) -> &'static str {
        self.entry().project
    }

    /// Sides of the images that the network can be trained on.
    pub fn sizes(self) -> Sizes {
        (self.entry().sizes)()
    }

    /// Refuses settings that the network cannot have, its sizes among them.
    ///
    /// # Errors
    /// What it cannot do, with the key of the recipe and the remedy.
    pub fn check(self, settings: &NetworkSettings) -> Result<(), String> {
        self.entry().check_all(settings)
    }

    /// The configuration by these settings, which [`NetworkKind::check`] has accepted.
    pub fn config(self, settings: &NetworkSettings) -> AnyNetwork {
        (self.entry().config)(settings)
    }

    /// Does something with the architecture of a GAN, configured by `settings`.
    ///
    /// # Errors
    /// The network is not a GAN.
    pub fn visit_gan<V: GanVisitor>(self, settings: &NetworkSettings, visitor: V) -> Result<V::Output, WrongRole> {
        self.config(settings).visit_gan(visitor)
    }

    /// Does something with a network from images to images, configured by `settings`.
    ///
    /// # Errors
    /// The network does not translate images.
    pub fn visit_translator<V: TranslatorVisitor>(
        self,
        settings: &NetworkSettings,
        visitor: V,
    ) -> Result<V::Output, WrongRole> {
        self.config(settings).visit_translator(visitor)
    }

    /// Does something with a classifier, configured by `settings`.
    ///
    /// # Errors
    /// The network is not a classifier.
    pub fn visit_classifier<V: ClassifierVisitor>(
        self,
        settings: &NetworkSettings,
        visitor: V,
    ) -> Result<V::Output, WrongRole> {
        self.config(settings).visit_classifier(visitor)
    }

    /// The network in another project's file; see [`Network::recognize`].
    ///
    /// # Errors
    /// The first tensor that the file would need, if it were such a network's.
    pub fn recognize(self, file: &TensorFile) -> Result<Recognized<AnyNetwork>, Mismatch> {
        (self.entry().recognize)(file)
    }
}

impl DiscriminatorKind {
    /// Title, authors, year and number of the discriminator's paper.
    pub fn paper(self) -> &'static str {
        self.entry().paper
    }

    /// The keys of a recipe's `[model]` section that the discriminator reads.
    pub fn keys(self) -> &'static [&'static str] {
        self.entry().keys
    }

    /// The project whose weights are recognized as this discriminator; empty where there is none.
    pub fn project(self) -> &'static str {
        self.entry().project
    }

    /// Refuses settings that the discriminator cannot have.
    ///
    /// # Errors
    /// What it cannot do, with the key of the recipe and the remedy.
    pub fn check(self, settings: &DiscriminatorSettings) -> Result<(), String> {
        (self.entry().check)(settings)
    }

    /// The configuration by these settings, which [`DiscriminatorKind::check`] has accepted.
    pub fn config(self, settings: &DiscriminatorSettings) -> AnyDiscriminator {
        (self.entry().config)(settings)
    }

    /// Does something with the discriminator, configured by `settings`.
    pub fn visit_discriminator<V: DiscriminatorVisitor>(
        self,
        settings: &DiscriminatorSettings,
        visitor: V,
    ) -> V::Output {
        self.config(settings).visit(visitor)
    }

    /// The discriminator in another project's file; see [`DiscriminatorConfig::recognize`].
    ///
    /// # Errors
    /// The first tensor that the file would need, if it were such a network's.
    pub fn recognize(self, file: &TensorFile) -> Result<Recognized<AnyNetwork>, Mismatch> {
        Ok((self.entry().recognize)(file)?.map(AnyNetwork::Discriminator))
    }
}
