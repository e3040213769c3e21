//! The networks, and what they are conditioned on: `[model]` and `[condition]`.

use gannet_choice::Choice;
use gannet_nn::{ConditionKind, DiscriminatorKind, GeneratorNormKind, NetworkKind, NormKind, WeightKind};
use toml::Value;

use crate::key::{Key, Section};
use crate::rule::Rule;
use crate::task_kind::Tasks;
use crate::value::Field;

/// Discriminators of unpaired tasks have plain weights.
const REPARAMETERIZED: Tasks = Tasks::ALL.without(Tasks::CYCLEGAN.and(Tasks::CUT));

settings! {
    /// The networks. Each network reads some of these keys.
    Model {
        /// The network; for tasks with a generator and a discriminator the architecture of both. A recipe that names
        /// none has the first that fits its task.
        kind: NetworkKind = NetworkKind::Dcgan, Rule::Choice(NetworkKind::WORDS), Tasks::ALL;
        /// Length of the latent's noise, or of an autoencoder's codes.
        latent: usize = 100, Rule::Whole(1, 65536), Tasks::ALL;
        /// Channels of the layer next to the image, doubled each time the height and width are halved.
        width: usize = 64, Rule::Whole(1, 4096), Tasks::ALL;
        /// Units of a hidden layer.
        hidden: usize = 512, Rule::Whole(1, 65536), Tasks::ALL;
        /// Normalization between the discriminator's layers.
        norm: NormKind = NormKind::Batch, Rule::Choice(NormKind::WORDS), Tasks::ALL;
        /// Normalization between the generator's layers.
        generator_norm: GeneratorNormKind = GeneratorNormKind::Batch, Rule::Choice(GeneratorNormKind::WORDS), Tasks::ALL;
        /// Parameterization of the discriminator's weights.
        weight: WeightKind = WeightKind::Plain, Rule::Choice(WeightKind::WORDS), REPARAMETERIZED;
        /// Parameterization of the generator's weights.
        generator_weight: WeightKind = WeightKind::Plain, Rule::Choice(WeightKind::WORDS), Tasks::ALL;
        /// Whether the discriminator sees the standard deviation over the batch (Karras et al. 2017, arXiv:1710.10196,
        /// section 3).
        minibatch_std: bool = false, Rule::Flag, Tasks::GENERATE;
        /// The discriminator of an image-to-image task.
        discriminator: DiscriminatorKind = DiscriminatorKind::Patch, Rule::Choice(DiscriminatorKind::WORDS), Tasks::WANTED_IMAGE;
        /// Residual or dense blocks, or plain convolutions where a network has no blocks.
        blocks: usize = 6, Rule::Whole(1, 64), Tasks::ALL;
        /// Networks in a row, each of which refines the result of the one before.
        stages: usize = 1, Rule::Whole(1, 4), Tasks::ALL;
        /// Convolutions of stride 2 of the PatchGAN discriminator: 3 for a receptive field of 70 pixels, 2 for 34, 1
        /// for 16, and 0 for one pixel.
        n_layers: usize = 3, Rule::Whole(0, 6), Tasks::ALL;
        /// Height of the maps with self-attention (Zhang et al. 2018, arXiv:1805.08318); 0 for none.
        attention: usize = 0, Rule::Whole(0, 64), Tasks::ALL;
    }
}

settings! {
    /// The classes and codes that the networks are conditioned on. The generator reads them as a part of the latent.
    Condition {
        /// How the discriminator uses the condition.
        kind: ConditionKind = ConditionKind::None, Rule::Choice(ConditionKind::WORDS), Tasks::GENERATE;
        /// Weight of the classification loss; auxiliary and info.
        weight: f64 = 1.0, Rule::Positive, Tasks::GENERATE;
        /// Categories of a categorical code; info.
        categories: usize = 10, Rule::Whole(2, 10000), Tasks::GENERATE;
        /// Continuous codes from -1 to 1; info.
        codes: usize = 2, Rule::Whole(0, 1000), Tasks::GENERATE;
        /// Weight of the loss of the continuous codes; info.
        code_weight: f64 = 0.1, Rule::NotNegative, Tasks::GENERATE;
        /// Weight of invariant information clustering: a category should stay when the image is distorted a little, and
        /// all categories should be equally frequent (Ji et al. 2019, arXiv:1807.06653); info.
        iic_weight: f64 = 0.0, Rule::NotNegative, Tasks::GENERATE;
        /// Whether a separate network, DCGAN's discriminator with batch norm, predicts categories and codes, instead of
        /// a head on the discriminator; info.
        q_network: bool = false, Rule::Flag, Tasks::GENERATE;
        /// The names of the data's classes, separated by '/'; in a name, %2F and %25 are '/' and '%'. Training fills them in.
        classes: String = String::new(), Rule::Text, Tasks::GENERATE;
    }
}

/// A class without a name in [`Condition::classes`].
const NAMELESS: &str = "%";

impl Condition {
    /// Number of classes or categories in a latent; 0 for none.
    pub fn count(&self) -> usize {
        match self.kind {
            ConditionKind::None => 0,
            ConditionKind::Info => self.categories,
            _ => self.names().count(),
        }
    }

    /// The names of the data's classes.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let written = self.classes.split('/').filter(|name| !name.is_empty());
        written.map(|name| if name == NAMELESS { String::new() } else { name.replace("%2F", "/").replace("%25", "%") })
    }

    /// Sets the names of the data's classes, which may hold any character.
    pub fn set_names(&mut self, names: &[String]) {
        let written = |name: &String| match name.as_str() {
            "" => NAMELESS.to_owned(),
            name => name.replace('%', "%25").replace('/', "%2F"),
        };
        self.classes = names.iter().map(written).collect::<Vec<_>>().join("/");
    }

    /// Length of a latent's condition: continuous codes, then classes or categories.
    pub fn latent_size(&self) -> usize {
        let codes = if self.kind == ConditionKind::Info { self.codes } else { 0 };
        codes + self.count()
    }
}
