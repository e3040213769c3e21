//! From a recipe to the settings of the crates that it configures.

use gannet_choice::Choice;
use gannet_data::ImageSpec;
use gannet_nn::architectures::conditional::Conditioning;
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::{AdaPart, AugmentKind, DiffPart, DiscriminatorSettings, GeneratorNormKind, NetworkSettings};
use gannet_objectives::losses::LossSettings;
use gannet_objectives::penalties::{GradientPenalties, PenaltyKind};

use crate::choices::CodeKind;
use crate::recipe::Recipe;
use crate::schema::{Augment, Penalty, Upscale};
use crate::task::Task;

impl Recipe {
    /// The settings of the recipe's network. `classes` is that of conditional batch norm; a classifier's number of
    /// classes comes from the data.
    pub fn network_settings(&self) -> NetworkSettings {
        let (data, model) = (&self.data, &self.model);
        let conditional = model.generator_norm == GeneratorNormKind::Conditional;
        NetworkSettings {
            size: data.size,
            channels: data.channels,
            latent: self.latent_size(),
            width: model.width,
            hidden: model.hidden,
            norm: model.norm,
            generator_norm: model.generator_norm,
            weight: model.weight,
            generator_weight: model.generator_weight,
            minibatch_std: model.minibatch_std,
            blocks: model.blocks,
            stages: model.stages,
            n_layers: model.n_layers,
            attention: model.attention,
            scale: self.scale(),
            classes: if conditional { self.condition.count() } else { 0 },
            references: self.train.batch / self.train.pack,
        }
    }

    /// The settings of an image-to-image task's discriminator.
    pub fn discriminator_settings(&self) -> DiscriminatorSettings {
        DiscriminatorSettings::new(&self.network_settings(), self.discriminator_channels())
    }

    /// Channels that the discriminator of an image-to-image task sees: of an image, with the input of pix2pix or the
    /// mask of inpainting before it.
    pub fn discriminator_channels(&self) -> usize {
        let channels = self.data.channels;
        match self.task {
            Task::Pix2pix(_) => 2 * channels,
            Task::Inpaint(_) => channels + 1,
            _ => channels,
        }
    }

    /// What a conditional discriminator is built with; nothing for an unconditional one.
    pub fn discriminator_conditioning(&self) -> Option<Conditioning> {
        let (data, condition) = (&self.data, &self.condition);
        let q_network = || DcganConfig::new(data.size).with_channels(data.channels).with_width(self.model.width);
        condition.kind.conditioning(condition.codes, condition.q_network.then(q_network))
    }

    /// Length of a whole latent: noise, then continuous codes, then one number for each class or category.
    pub fn latent_size(&self) -> usize {
        self.model.latent + self.condition.latent_size()
    }

    /// Numbers that an autoencoder's encoder gives for an image: of a distribution two for each number of the code,
    /// mean and log variance.
    pub fn code_values(&self) -> usize {
        let variational = matches!(&self.task, Task::Autoencode(own) if own.kind == CodeKind::Variational);
        if variational { 2 * self.model.latent } else { self.model.latent }
    }

    /// The output's height as a multiple of the input's: that of super-resolution, or its default where nothing is
    /// upscaled.
    fn scale(&self) -> usize {
        match &self.task {
            Task::Upscale(own) => own.scale,
            _ => Upscale::default().scale,
        }
    }

    /// The settings of the adversarial loss.
    pub fn loss_settings(&self) -> LossSettings {
        let loss = &self.loss;
        LossSettings { a: loss.a, b: loss.b, c: loss.c, margin: loss.margin, gamma: loss.gamma, k_rate: loss.k_rate }
    }

    /// The gradient penalties that are on.
    pub fn penalties(&self) -> GradientPenalties {
        GradientPenalties::new(PenaltyKind::ALL.iter().map(|kind| (*kind, self.penalty.weight(*kind))))
    }

    /// The size and the transformations of a single image.
    pub fn image_spec(&self) -> ImageSpec {
        let data = &self.data;
        ImageSpec {
            size: data.size,
            channels: data.channels,
            fit: data.fit,
            flip: data.flip,
            shift: data.shift,
            paired: false,
        }
    }

    /// The size and the transformations of a batch's images, which are two side by side for pix2pix, cyclegan, cut and
    /// adain.
    pub fn batch_spec(&self) -> ImageSpec {
        ImageSpec { paired: self.task.kind().reads_pairs(), ..self.image_spec() }
    }
}

impl Penalty {
    /// The weight of a gradient penalty; 0 where it is off.
    pub fn weight(&self, kind: PenaltyKind) -> f64 {
        match kind {
            PenaltyKind::R1 => self.r1,
            PenaltyKind::R2 => self.r2,
            PenaltyKind::WganGp => self.wgan_gp,
            PenaltyKind::Dragan => self.dragan,
            PenaltyKind::ZeroGp => self.zero_gp,
        }
    }
}

impl Augment {
    /// Whether the probability of transformations adapts to the logits of real images.
    pub fn adapts(&self) -> bool {
        self.target > 0.0 && (self.kind == AugmentKind::Ada || self.deceive)
    }

    /// The transformations of DiffAugment; all of them where the policy is empty.
    ///
    /// # Errors
    /// A word of the policy is none of theirs.
    pub fn diff_parts(&self) -> Result<Vec<DiffPart>, String> {
        parts(&self.policy, &[DiffPart::Color, DiffPart::Translation, DiffPart::Cutout])
    }

    /// The transformations of ADA; blit, geometry and color where the policy is empty.
    ///
    /// # Errors
    /// A word of the policy is none of theirs.
    pub fn ada_parts(&self) -> Result<Vec<AdaPart>, String> {
        parts(&self.policy, &[AdaPart::Blit, AdaPart::Geometry, AdaPart::Color])
    }
}

/// The transformations of a policy such as `color,cutout`; `usual` where it is empty.
fn parts<P: Choice>(policy: &str, usual: &[P]) -> Result<Vec<P>, String> {
    let mut words = policy.split(',').map(str::trim).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() {
        return Ok(usual.to_vec());
    }
    let part = |word: &str| P::ALL.iter().copied().find(|part| part.word() == word);
    let known = || P::WORDS.join(", ");
    words
        .map(|word| part(word).ok_or_else(|| format!("augment.policy has no '{word}': set it to some of {}", known())))
        .collect()
}
