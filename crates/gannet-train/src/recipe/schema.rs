//! Every key of a recipe: what it means, its default, and what it takes. The one place for all three.

use std::sync::LazyLock;

use gannet_data::Fit;
use serde::{Deserialize, Serialize};
use toml::Value;

use super::rule::{MAX, Rule};

choice! {
    /// What is trained.
    TaskKind {
        /// A generator against a discriminator.
        Generate = "generate",
        /// A classifier of labelled images.
        Classify = "classify",
    }
}

choice! {
    /// The networks.
    ModelKind {
        /// Convolutions up and down (Radford et al. 2015, arXiv:1511.06434).
        Dcgan = "dcgan",
        /// Multilayer perceptrons (Goodfellow et al. 2014, arXiv:1406.2661).
        Mlp = "mlp",
        /// The classifier LeNet-5 (LeCun et al. 1998, Proc. IEEE 86(11)).
        Lenet = "lenet",
        /// A small residual classifier of colour images (after He et al. 2015, arXiv:1512.03385).
        Convnet = "convnet",
    }
}

choice! {
    /// The adversarial loss.
    LossKind {
        /// The generator minimises log(1 − D(G(z))) (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1).
        Minimax = "minimax",
        /// The generator maximises log D(G(z)) (Goodfellow et al. 2014, arXiv:1406.2661, §3).
        NonSaturating = "non-saturating",
        /// Squared distances to targets (Mao et al. 2016, arXiv:1611.04076, eq. 2).
        LeastSquares = "least-squares",
        /// A margin for the discriminator (Lim and Ye 2017, arXiv:1705.02894, eq. 9 and 10).
        Hinge = "hinge",
        /// The earth mover's distance (Arjovsky et al. 2017, arXiv:1701.07875); something must bound the slope.
        Wasserstein = "wasserstein",
        /// Each real image against a fake (Jolicoeur-Martineau 2018, arXiv:1807.00734): RpGAN.
        RelativisticPairing = "relativistic-pairing",
        /// Each image against the average of the other kind (Jolicoeur-Martineau 2018): RaGAN.
        RelativisticAverage = "relativistic-average",
        /// f-GAN's bound of the Kullback-Leibler divergence (Nowozin et al. 2016, arXiv:1606.00709).
        KullbackLeibler = "kl",
        /// f-GAN's bound of the reverse Kullback-Leibler divergence.
        ReverseKullbackLeibler = "reverse-kl",
        /// f-GAN's bound of Pearson's chi-squared divergence.
        Pearson = "pearson",
        /// f-GAN's bound of the squared Hellinger distance.
        Hellinger = "hellinger",
        /// f-GAN's bound of the Jensen-Shannon divergence.
        JensenShannon = "jensen-shannon",
        /// Low energy for real images, which an autoencoder's error is: EBGAN (Zhao et al. 2016, arXiv:1609.03126).
        EnergyBased = "ebgan",
        /// The same with a balance of energies: BEGAN (Berthelot et al. 2017, arXiv:1703.10717).
        BoundaryEquilibrium = "began",
    }
}

choice! {
    /// The normalisation inside the discriminator.
    NormKind {
        /// Over the batch (Ioffe and Szegedy 2015, arXiv:1502.03167).
        Batch = "batch",
        /// Over all of an image's values (Ba et al. 2016, arXiv:1607.06450).
        Layer = "layer",
        /// Over each channel of an image (Ulyanov et al. 2016, arXiv:1607.08022).
        Instance = "instance",
        /// Over groups of eight channels of an image (Wu and He 2018, arXiv:1803.08494).
        Group = "group",
        /// Over the run's first batch (Salimans et al. 2016, arXiv:1606.03498, section 3.5).
        Virtual = "virtual",
        /// None.
        None = "none",
    }
}

choice! {
    /// The normalisation inside the generator.
    GeneratorNormKind {
        /// Over the batch (Ioffe and Szegedy 2015, arXiv:1502.03167).
        Batch = "batch",
        /// Of each pixel's features (Karras et al. 2017, arXiv:1710.10196, section 4.2).
        Pixel = "pixel",
        /// None.
        None = "none",
    }
}

choice! {
    /// How the weights that act are made of the learned ones.
    WeightKind {
        /// They are the same.
        Plain = "plain",
        /// Divided by their largest singular value (Miyato et al. 2018, arXiv:1802.05957).
        Spectral = "spectral",
        /// Norm and direction are learned apart (Salimans and Kingma 2016, arXiv:1602.07868).
        Normalised = "normalised",
        /// Learned at unit variance (Karras et al. 2017, arXiv:1710.10196, section 4.1).
        Equalised = "equalised",
    }
}

choice! {
    /// How the learning rates go over the steps.
    ScheduleKind {
        /// They stay.
        Constant = "constant",
        /// To zero in a straight line.
        Linear = "linear",
        /// To zero along half a cosine (Loshchilov and Hutter 2016, arXiv:1608.03983, without restarts).
        Cosine = "cosine",
    }
}

settings! {
    /// All that determines a run: what is trained, on what, how and for how long. [`keys`] says in words what each key
    /// takes.
    Recipe {
        /// The recipe's name; a file's is its stem, unless it gives another.
        name: String = String::from("recipe"), Rule::Name;
        /// What it trains, in a line.
        summary: String = String::new(), Rule::Text;
        /// The method's usual name, such as DCGAN.
        method: String = String::new(), Rule::Text;
        /// The paper that describes the method.
        paper: String = String::new(), Rule::Text;
        /// How long it takes and on what; empty where not measured.
        expected: String = String::new(), Rule::Text;
        /// What is trained: a generator against a discriminator, or a classifier (model.kind = "lenet" or "convnet").
        task: TaskKind = TaskKind::Generate, Rule::Choice(TaskKind::WORDS);
        /// The seed of every random stream: the same seed on the same machine gives the same run.
        seed: u64 = 0, Rule::Whole(0, i64::MAX);
    }
    sections {
        /// The images.
        data: Data,
        /// The networks.
        model: Model,
        /// The adversarial loss.
        loss: Loss,
        /// What keeps the discriminator within bounds.
        penalty: Penalty,
        /// The optimisers.
        optim: Optim,
        /// The averaged generator.
        ema: Ema,
        /// The loop.
        train: Train,
        /// The grids of generated images.
        sample: Sample,
        /// What a run is resumed from.
        checkpoint: Checkpoint,
        /// The record of the losses.
        log: Log,
        /// Judgement while training.
        eval: Eval,
    }
}

settings! {
    /// The images.
    Data {
        /// The built-in "digits" or "shapes", or a path from the working directory; "" where --data must say.
        source: String = String::from("digits"), Rule::Text;
        /// What to give with --data, for the message where the source is missing.
        hint: String = String::new(), Rule::Text;
        /// Height and width in pixels: 28, 32, 64 or 128 for dcgan, 8 to 512 for mlp, 32 for classifiers.
        size: usize = 32, Rule::Whole(8, 512);
        /// 1 for grey images, 3 for coloured ones; others are converted.
        channels: usize = 1, Rule::WholeOf(&[1, 3]);
        /// How an image of another shape becomes a square: keep the middle, stretch it, or surround it.
        fit: Fit = Fit::Crop, Rule::Choice(Fit::WORDS);
        /// Whether to mirror an image left to right, with probability 1/2 each time it is read.
        flip: bool = false, Rule::Flag;
        /// By how many pixels at most to move an image in either direction each time it is read.
        shift: usize = 0, Rule::Whole(0, 64);
        /// Whether every image needs a label: a class folder or the format's own.
        labels: bool = false, Rule::Flag;
        /// So many training images, always the same, that are not trained on but measure a classifier; 0 for the test images.
        hold_back: usize = 0, Rule::Whole(0, MAX);
        /// Whether an unreadable image stops the run rather than being left out.
        strict: bool = false, Rule::Flag;
    }
}

settings! {
    /// The networks.
    Model {
        /// The architecture of both networks, or of the classifier.
        kind: ModelKind = ModelKind::Dcgan, Rule::Choice(ModelKind::WORDS);
        /// The length of the latent vector; not for classifiers.
        latent: usize = 100, Rule::Whole(1, 65536);
        /// Channels of the layer next to the image, doubled with each halving of the size; dcgan only.
        width: usize = 64, Rule::Whole(1, 4096);
        /// Units of a hidden layer; mlp only.
        hidden: usize = 512, Rule::Whole(1, 65536);
        /// The normalisation between the discriminator's layers; dcgan only.
        norm: NormKind = NormKind::Batch, Rule::Choice(NormKind::WORDS);
        /// The normalisation between the generator's layers; dcgan only.
        generator_norm: GeneratorNormKind = GeneratorNormKind::Batch, Rule::Choice(GeneratorNormKind::WORDS);
        /// How the discriminator's weights are made of the learned ones.
        weight: WeightKind = WeightKind::Plain, Rule::Choice(WeightKind::WORDS);
        /// How the generator's weights are made of the learned ones.
        generator_weight: WeightKind = WeightKind::Plain, Rule::Choice(WeightKind::WORDS);
        /// Whether the discriminator sees how much a batch's images differ (Karras et al. 2017, arXiv:1710.10196, section 3).
        minibatch_std: bool = false, Rule::Flag;
    }
}

settings! {
    /// The adversarial loss.
    Loss {
        /// The pair of losses of the discriminator and the generator.
        kind: LossKind = LossKind::NonSaturating, Rule::Choice(LossKind::WORDS);
        /// What the discriminator should say to a fake; least-squares only (Mao et al. 2016, arXiv:1611.04076).
        a: f64 = 0.0, Rule::Finite;
        /// What the discriminator should say to a real image; least-squares only.
        b: f64 = 1.0, Rule::Finite;
        /// What the generator wants it to say to a fake; least-squares only.
        c: f64 = 1.0, Rule::Finite;
        /// The energy up to which the discriminator raises a fake's; ebgan only.
        margin: f64 = 1.0, Rule::Positive;
        /// How much fakes pay for codes that point the same way (Zhao et al. 2016, equation 4); ebgan only.
        pull_away: f64 = 0.0, Rule::NotNegative;
        /// The ratio of the fakes' energy to the real images' that is held; began only.
        gamma: f64 = 0.5, Rule::Share;
        /// How fast the balance of the two moves; began only.
        k_rate: f64 = 1e-3, Rule::Positive;
        /// How far below 1 the target for real images is (Salimans et al. 2016, section 3.4); minimax, non-saturating.
        smoothing: f64 = 0.0, Rule::Fraction;
        /// How much the generator pays for the distance of mean features (Salimans et al. 2016, arXiv:1606.03498, 3.1).
        feature_matching: f64 = 0.0, Rule::NotNegative;
    }
}

settings! {
    /// What keeps the discriminator within bounds; 0 turns a penalty off.
    Penalty {
        /// R1: half so much times the squared gradient at real images (Mescheder et al. 2018, arXiv:1801.04406).
        r1: f64 = 0.0, Rule::NotNegative;
        /// R2: the same at generated images.
        r2: f64 = 0.0, Rule::NotNegative;
        /// How far the gradient's norm is from 1 between real and generated images (Gulrajani et al. 2017, arXiv:1704.00028).
        wgan_gp: f64 = 0.0, Rule::NotNegative;
        /// The same around real images (Kodali et al. 2017, arXiv:1705.07215).
        dragan: f64 = 0.0, Rule::NotNegative;
        /// The squared gradient between real and generated images (Thanh-Tung et al. 2019, arXiv:1902.03984).
        zero_gp: f64 = 0.0, Rule::NotNegative;
        /// How far logits are from the other kind's average (Tseng et al. 2021, arXiv:2104.03310).
        lecam: f64 = 0.0, Rule::NotNegative;
        /// How far the rows of both networks' weights are from right angles (Brock et al. 2018, arXiv:1809.11096, eq. 3).
        orthogonal: f64 = 0.0, Rule::NotNegative;
        /// Steps from one penalised step to the next, each as much stronger (Karras et al. 2020, arXiv:1912.04958, B).
        every: usize = 1, Rule::Whole(1, 1000);
        /// Largest size of a discriminator's weight after its step (Arjovsky et al. 2017, arXiv:1701.07875); 0 for any.
        clip: f64 = 0.0, Rule::NotNegative;
    }
}

settings! {
    /// The two optimisers, Adam (Kingma and Ba 2014, arXiv:1412.6980) with the settings of DCGAN.
    Optim {
        /// The generator's learning rate.
        generator_lr: f64 = 2e-4, Rule::Positive;
        /// The discriminator's learning rate, and the classifier's in task = "classify".
        discriminator_lr: f64 = 2e-4, Rule::Positive;
        /// Adam's decay of the mean gradient.
        beta1: f64 = 0.5, Rule::Fraction;
        /// Adam's decay of the mean squared gradient.
        beta2: f64 = 0.999, Rule::Fraction;
        /// What Adam adds to the root of the mean squared gradient.
        epsilon: f64 = 1e-8, Rule::Positive;
        /// How the learning rates go from the first step to the last.
        schedule: ScheduleKind = ScheduleKind::Constant, Rule::Choice(ScheduleKind::WORDS);
    }
}

settings! {
    /// The exponential moving average of the generator's weights, which samples and metrics use.
    Ema {
        /// The share of the old average kept at each step; 0 makes it follow the generator itself.
        decay: f64 = 0.999, Rule::Fraction;
    }
}

settings! {
    /// The loop.
    Train {
        /// Steps in all; one updates the discriminator and then, once, the generator.
        steps: usize = 3000, Rule::Whole(1, MAX);
        /// Images of a micro-batch.
        batch: usize = 64, Rule::Whole(1, 65536);
        /// Micro-batches of a step, whose gradients are averaged: a step sees batch × accumulate images.
        accumulate: usize = 1, Rule::Whole(1, 65536);
        /// Updates of the discriminator in a step, each on images of its own.
        discriminator_steps: usize = 1, Rule::Whole(1, 100);
        /// Images that the discriminator sees and judges together: PacGAN (Lin et al. 2017, arXiv:1712.04086).
        pack: usize = 1, Rule::Whole(1, 64);
        /// Deviation of the noise on all that the discriminator sees (Sonderby et al. 2016, arXiv:1610.04490).
        instance_noise: f64 = 0.0, Rule::NotNegative;
        /// Steps over which the noise goes to 0 in a straight line; 0 for all.
        noise_steps: usize = 0, Rule::Whole(0, MAX);
        /// The share of its images, the best for real, that the generator learns from at last (Sinha et al. 2020, arXiv:2002.06224).
        top_k: f64 = 1.0, Rule::Share;
    }
}

settings! {
    /// The grids of generated images.
    Sample {
        /// Steps from one grid to the next.
        every: usize = 250, Rule::Whole(1, MAX);
        /// Images of a grid.
        count: usize = 64, Rule::Whole(1, 4096);
    }
}

settings! {
    /// What a run is resumed from.
    Checkpoint {
        /// Steps from one checkpoint to the next.
        every: usize = 500, Rule::Whole(1, MAX);
        /// How many of the newest checkpoints stay.
        keep: usize = 2, Rule::Whole(1, MAX);
        /// Every how many steps a checkpoint stays for ever, a multiple of checkpoint.every; 0 for none.
        milestone: usize = 0, Rule::Whole(0, MAX);
    }
}

settings! {
    /// The record of the losses, metrics.jsonl.
    Log {
        /// Steps from one line to the next.
        every: usize = 1, Rule::Whole(1, MAX);
    }
}

settings! {
    /// Judgement while training; numbers go where the losses go, as metric/NAME.
    Eval {
        /// Steps from one evaluation to the next; 0 for none. The last step has one, too.
        every: usize = 0, Rule::Whole(0, MAX);
        /// What turns images into features, as gannet eval --features takes it.
        features: String = String::from("cifar"), Rule::Text;
        /// What is measured, as gannet eval --metrics takes it: metrics of sets, such as "fd,kid".
        metrics: String = String::from("fd"), Rule::Text;
        /// Generated images.
        count: usize = 2000, Rule::Whole(2, MAX);
        /// Images they are compared with, from the first.
        reference_count: usize = 10000, Rule::Whole(2, MAX);
    }
}

impl ScheduleKind {
    /// What the learning rates are multiplied by in `step`, counted from 1, of `steps`.
    pub fn factor(self, step: u64, steps: usize) -> f64 {
        let gone = ((step - 1) as f64 / steps as f64).min(1.0);
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - gone,
            Self::Cosine => (1.0 + (gone * std::f64::consts::PI).cos()) / 2.0,
        }
    }
}

impl Train {
    /// The deviation of the instance noise in `step`, counted from 1.
    pub fn noise(&self, step: u64) -> f64 {
        let steps = if self.noise_steps == 0 { self.steps } else { self.noise_steps };
        self.instance_noise * (1.0 - (step - 1) as f64 / steps as f64).max(0.0)
    }

    /// How many of `judged` fakes the generator learns from in `step`: all at first, [`Train::top_k`] of them from half
    /// of the steps on, and each time the same share of those before.
    pub fn kept(&self, judged: usize, step: u64) -> usize {
        let gone = (2.0 * (step - 1) as f64 / self.steps as f64).min(1.0);
        ((self.top_k.powf(gone) * judged as f64).round() as usize).clamp(1, judged)
    }

    /// Micro-batches that a step reads.
    pub fn batches(&self) -> usize {
        self.accumulate * self.discriminator_steps
    }
}

/// A key of a recipe, for the table of `gannet recipes --keys`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDoc {
    /// The dotted key, such as `train.steps`.
    pub key: String,
    /// The default, as TOML.
    pub default: String,
    /// The values it takes, in words.
    pub allowed: String,
    /// What it means, in a sentence.
    pub doc: &'static str,
}

/// Every key of a recipe, in the order of a resolved one. `base`, which a resolved recipe no longer has, is not among
/// them.
pub fn keys() -> Vec<KeyDoc> {
    let describe = |leaf: &Leaf| KeyDoc {
        key: leaf.key.clone(),
        default: leaf.literal.clone(),
        allowed: leaf.rule.allowed(),
        doc: leaf.doc,
    };
    schema().iter().map(describe).collect()
}

/// One key with a value.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// The dotted key.
    pub(super) key: String,
    /// The value, as TOML.
    pub(super) literal: String,
    /// What it takes.
    pub(super) rule: Rule,
    /// What it means.
    pub(super) doc: &'static str,
}

impl Leaf {
    fn below(mut self, section: &str) -> Self {
        self.key = format!("{section}.{}", self.key);
        self
    }

    /// The section of the key, empty at the top.
    pub(super) fn section(&self) -> &str {
        self.key.split_once('.').map_or("", |(section, _)| section)
    }
}

/// Every key with its default.
pub(super) fn schema() -> &'static [Leaf] {
    static SCHEMA: LazyLock<Vec<Leaf>> = LazyLock::new(|| Recipe::default().leaves());
    &SCHEMA
}

/// A value as TOML writes it, the same bytes each time.
trait Literal {
    fn literal(&self) -> String;
}

impl Literal for String {
    fn literal(&self) -> String {
        Value::String(self.clone()).to_string()
    }
}

impl Literal for f64 {
    fn literal(&self) -> String {
        format!("{self:?}")
    }
}

impl Literal for usize {
    fn literal(&self) -> String {
        self.to_string()
    }
}

impl Literal for u64 {
    fn literal(&self) -> String {
        self.to_string()
    }
}

impl Literal for Fit {
    fn literal(&self) -> String {
        self.word().to_owned().literal()
    }
}

impl Literal for bool {
    fn literal(&self) -> String {
        self.to_string()
    }
}
