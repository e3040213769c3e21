//! Every key of a recipe: what it means, its default, and what it takes. The one place for all three.

use gannet_data::Fit;
use serde::{Deserialize, Serialize};

use super::choices::{
    AugmentKind, CodeKind, ConditionKind, ConsistencyKind, DegradationKind, GeneratorNormKind, HoleKind, JudgeKind,
    LikelihoodKind, LossKind, ModelKind, NormKind, ScheduleKind, TaskKind, TranslateKind, WeightKind,
};
use super::leaf::{Leaf, Literal};
use super::rule::{MAX, Rule};

settings! {
    /// All that determines a run: what is trained, on what, how and for how long. [`keys`](super::keys) says in words what each key
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
        /// What is trained: a generator against a discriminator, a classifier (model.kind = "lenet" or "convnet"), a network
        /// from images to images ("unet" or "resnet"), or an autoencoder.
        task: TaskKind = TaskKind::Generate, Rule::Choice(TaskKind::WORDS);
        /// The seed of every random stream: the same seed on the same machine gives the same run.
        seed: u64 = 0, Rule::Whole(0, i64::MAX);
    }
    sections {
        /// The images.
        data: Data,
        /// The networks.
        model: Model,
        /// Classes and codes.
        condition: Condition,
        /// What a network from images to images is to do.
        translate: Translate,
        /// How images are shrunk that a network is to enlarge.
        upscale: Upscale,
        /// Which holes a network is to fill.
        inpaint: Inpaint,
        /// How a network is to paint.
        style: Style,
        /// What codes are to be.
        autoencode: Autoencode,
        /// The adversarial loss.
        loss: Loss,
        /// What keeps the discriminator within bounds.
        penalty: Penalty,
        /// What is done to the images that the discriminator sees.
        augment: Augment,
        /// The optimisers.
        optim: Optim,
        /// Settings that change along a cosine.
        cosine: Cosine,
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
        /// The running diagnosis.
        doctor: Doctor,
    }
}

settings! {
    /// The images.
    Data {
        /// The built-in "digits", "shapes", "shapes-striped", "shapes-hatched", "shapes-outlined", or a path from the
        /// working directory; "" where --data must say. For task = "translate" its images are two side by side, unless
        /// data.target is given.
        source: String = String::from("digits"), Rule::Text;
        /// The images that those of data.source are to become, pairs having one name in both; for adain the paintings; translate
        /// only.
        target: String = String::new(), Rule::Text;
        /// What to give with --data, for the message where the source is missing.
        hint: String = String::new(), Rule::Text;
        /// Height and width in pixels: 28, 32, 64 or 128 for dcgan, 32, 64 or 128 for sngan, 32 to 256 for r3gan, 8 to 512 for mlp, 32 for
        /// classifiers, powers of two from 16 for unet, multiples of 4 for resnet.
        size: usize = 32, Rule::Whole(8, 512);
        /// 1 for grey images, 3 for coloured ones; others are converted.
        channels: usize = 1, Rule::WholeOf(&[1, 3]);
        /// How an image of another shape becomes a square: keep the middle, stretch it, or surround it.
        fit: Fit = Fit::Crop, Rule::Choice(Fit::WORDS);
        /// Whether to mirror an image left to right, with probability 1/2 each time it is read.
        flip: bool = false, Rule::Flag;
        /// By how many pixels at most to move an image in either direction each time it is read.
        shift: usize = 0, Rule::Whole(0, 64);
        /// So many squares of data.size pixels, cut at random, stand for each image; 0 for whole images.
        patches: usize = 0, Rule::Whole(0, 100_000);
        /// Whether every image needs a label: a class folder or the format's own.
        labels: bool = false, Rule::Flag;
        /// So many training images, always the same, that are not trained on but measure; 0 for the test images.
        hold_back: usize = 0, Rule::Whole(0, MAX);
        /// So many training images, always the same, are trained on; 0 for all of them.
        limit: usize = 0, Rule::Whole(0, MAX);
        /// Whether an unreadable image stops the run rather than being left out.
        strict: bool = false, Rule::Flag;
    }
}

settings! {
    /// The networks.
    Model {
        /// The architecture of both networks, or of the classifier.
        kind: ModelKind = ModelKind::Dcgan, Rule::Choice(ModelKind::WORDS);
        /// The length of the latent vector, or of an autoencoder's codes; not for classifiers, unet and resnet.
        latent: usize = 100, Rule::Whole(1, 65536);
        /// Channels of the layer next to the image, doubled with each halving of the size; not for mlp and classifiers.
        width: usize = 64, Rule::Whole(1, 4096);
        /// Units of a hidden layer; mlp only.
        hidden: usize = 512, Rule::Whole(1, 65536);
        /// The normalisation between the discriminator's layers; dcgan, and batch, instance or none for unet and resnet.
        norm: NormKind = NormKind::Batch, Rule::Choice(NormKind::WORDS);
        /// The normalisation between the generator's layers; dcgan, batch or conditional for sngan, batch, instance or none for
        /// unet and resnet.
        generator_norm: GeneratorNormKind = GeneratorNormKind::Batch, Rule::Choice(GeneratorNormKind::WORDS);
        /// How the discriminator's weights are made of the learned ones.
        weight: WeightKind = WeightKind::Plain, Rule::Choice(WeightKind::WORDS);
        /// How the generator's weights are made of the learned ones.
        generator_weight: WeightKind = WeightKind::Plain, Rule::Choice(WeightKind::WORDS);
        /// Whether the discriminator sees how much a batch's images differ (Karras et al. 2017, arXiv:1710.10196, section 3).
        minibatch_std: bool = false, Rule::Flag;
        /// What judges images that are made of others.
        judge: JudgeKind = JudgeKind::Patch, Rule::Choice(JudgeKind::WORDS);
        /// Residual or dense blocks of resnet, srresnet and rrdb, and layers of compact.
        blocks: usize = 6, Rule::Whole(1, 64);
        /// Networks behind each other; gated only.
        stages: usize = 1, Rule::Whole(1, 4);
        /// How often the judge of patches halves an image: 3 for patches of 70 pixels, 2 for 34, 1 for 16, 0 for one; for adain how
        /// often the map was halved that it paints from, 3 in the paper; translate only.
        halvings: usize = 3, Rule::Whole(0, 6);
        /// Side of the maps whose pixels look at each other (Zhang et al. 2018, arXiv:1805.08318); sngan only; 0 for none.
        attention: usize = 0, Rule::Whole(0, 64);
    }
}

settings! {
    /// What the networks know of classes, and codes that stand for what is not labelled.
    Condition {
        /// How the discriminator knows; the generator has the class in its latent.
        kind: ConditionKind = ConditionKind::None, Rule::Choice(ConditionKind::WORDS);
        /// How much the naming of classes counts; auxiliary and info.
        weight: f64 = 1.0, Rule::Positive;
        /// How many classes the generator makes up; info only.
        categories: usize = 10, Rule::Whole(2, 10000);
        /// How many codes from -1 to 1 it makes up besides; info only.
        codes: usize = 2, Rule::Whole(0, 1000);
        /// How much the naming of codes counts; info only.
        code_weight: f64 = 0.1, Rule::NotNegative;
        /// How much it counts that an image's category is that of the image turned and stretched a little, and categories as
        /// frequent as each other (Ji et al. 2019, arXiv:1807.06653); info only.
        invariance: f64 = 0.0, Rule::NotNegative;
        /// Whether a network of its own, DCGAN's with batch norm, names categories and codes, and not the discriminator; info only.
        own: bool = false, Rule::Flag;
        /// The names of the data's classes with '/' between, which training fills in.
        classes: String = String::new(), Rule::Text;
    }
}

settings! {
    /// What a network from images to images is to do.
    Translate {
        /// What it learns from.
        kind: TranslateKind = TranslateKind::Paired, Rule::Choice(TranslateKind::WORDS);
        /// Whether the second of two images is to become the first.
        reverse: bool = false, Rule::Flag;
        /// How much the distance to what should be made counts, the mean of absolute differences in [-1, 1]; paired,
        /// upscale and inpaint only.
        l1: f64 = 100.0, Rule::NotNegative;
        /// How much it counts to fool the discriminator; 0 trains without one in paired, upscale and inpaint.
        adversarial: f64 = 1.0, Rule::NotNegative;
        /// How much it counts to be like what should be made in the features of a network (Johnson et al. 2016, arXiv:1603.08155), as
        /// a share of theirs; paired, upscale and inpaint only.
        perceptual: f64 = 0.0, Rule::NotNegative;
        /// Whose features: "random" ones, or VGG's of a file, as "vgg19:PATH".
        features: String = String::from("random"), Rule::Text;
        /// Whether values of the inner layers are dropped at random, as noise; unet only.
        dropout: bool = false, Rule::Flag;
        /// How much it counts that the way back leads to the image; cycle only.
        cycle: f64 = 10.0, Rule::Positive;
        /// How much it counts, as a share of that, to leave images of the wanted kind alone; cycle only.
        identity: f64 = 0.5, Rule::NotNegative;
        /// Images of the past that the discriminator may be shown; cycle only.
        pool: usize = 50, Rule::Whole(0, 10000);
        /// How much it counts that patches are found again; contrast only.
        contrast: f64 = 1.0, Rule::Positive;
        /// Patches of each map that are told apart; contrast only.
        patches: usize = 256, Rule::Whole(2, 65536);
    }
}

settings! {
    /// How images are shrunk that a network is to enlarge; task translate with translate.kind = "upscale".
    Upscale {
        /// How many times as wide and high what it makes is.
        scale: usize = 4, Rule::WholeOf(&[2, 4]);
        /// How images are shrunk.
        degradation: DegradationKind = DegradationKind::Bicubic, Rule::Choice(DegradationKind::WORDS);
    }
}

settings! {
    /// Which holes a network is to fill; task translate with translate.kind = "inpaint".
    Inpaint {
        /// What they look like.
        holes: HoleKind = HoleKind::Mixed, Rule::Choice(HoleKind::WORDS);
        /// The share of an image that is missing.
        share: f64 = 0.25, Rule::Fraction;
    }
}

settings! {
    /// How a network is to paint; task translate with translate.kind = "stylise" or "adain".
    Style {
        /// The painting: a picture's path; stylise only, as adain learns from those of data.target.
        image: String = String::new(), Rule::Text;
        /// What tells how it is painted: "random" features, or VGG's of a file, as "vgg19:PATH".
        features: String = String::from("random"), Rule::Text;
        /// A painting's longer side in pixels when it is looked at, and before data.patches are cut out of it; 0 for its own.
        size: usize = 256, Rule::Whole(0, 4096);
        /// How much it counts to be painted so.
        strength: f64 = 1.0, Rule::Positive;
        /// How much it counts to show what the image shows.
        content: f64 = 1.0, Rule::NotNegative;
        /// How much it counts to be smooth.
        variation: f64 = 0.0, Rule::NotNegative;
    }
}

settings! {
    /// What an autoencoder is to do.
    Autoencode {
        /// What its codes are.
        kind: CodeKind = CodeKind::Variational, Rule::Choice(CodeKind::WORDS);
        /// How much it counts to be like the image, pixel by pixel; 0 for not.
        reconstruction: f64 = 1.0, Rule::NotNegative;
        /// How likely an image is beside its reconstruction.
        likelihood: LikelihoodKind = LikelihoodKind::Gaussian, Rule::Choice(LikelihoodKind::WORDS);
        /// The deviation of a Gaussian, in the image's range of [-1, 1].
        deviation: f64 = 0.5, Rule::Positive;
        /// How much the codes' divergence from N(0, 1) counts (Higgins et al. 2017, ICLR); variational only.
        beta: f64 = 1.0, Rule::NotNegative;
        /// The deviation of noise on what the encoder sees (Vincent et al. 2008, ICML).
        noise: f64 = 0.0, Rule::NotNegative;
        /// How much it counts to fool a discriminator of images (Larsen et al. 2015, arXiv:1512.09300); 0 for none.
        adversarial: f64 = 0.0, Rule::NotNegative;
        /// How much it counts to be like the image in that discriminator's features.
        features: f64 = 0.0, Rule::NotNegative;
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
    /// What is done to the images that the discriminator sees, real and generated alike; for when there are few.
    Augment {
        /// How.
        kind: AugmentKind = AugmentKind::None, Rule::Choice(AugmentKind::WORDS);
        /// Which transformations, such as "color,cutout"; of diff: color, translation, cutout; of ada: blit, geometry, color,
        /// filter, noise, cutout. "" for diff's three, and for ada's first three.
        policy: String = String::new(), Rule::Text;
        /// The probability of each at first; ada only.
        p: f64 = 0.0, Rule::UpToOne;
        /// The mean sign of the logits of real images that the probability aims at; 0 for one that does not adapt.
        target: f64 = 0.6, Rule::UpToOne;
        /// Thousands of images that it takes from 0 to 1.
        kimg: f64 = 500.0, Rule::Positive;
        /// Whether to pass off fakes as real with that probability: APA (Jiang et al. 2021, arXiv:2111.06849).
        deceive: bool = false, Rule::Flag;
        /// Whose mirrored and moved views should be judged alike.
        consistency: ConsistencyKind = ConsistencyKind::None, Rule::Choice(ConsistencyKind::WORDS);
        /// How much that counts.
        consistency_weight: f64 = 10.0, Rule::Positive;
        /// How much images of latents that lie close by should be judged alike, and a tenth of it how much they should
        /// differ: zCR (Zhao et al. 2020, arXiv:2002.04724), which takes 5; 0 for none.
        latent_consistency: f64 = 0.0, Rule::NotNegative;
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
    /// Settings that go along half a cosine and then stay, as R3GAN's do (Huang et al. 2024, arXiv:2501.05441, table 6).
    Cosine {
        /// The share of all steps that it takes; 0 for no change.
        share: f64 = 0.0, Rule::UpToOne;
        /// What learning rates are multiplied by at its end.
        lr: f64 = 1.0, Rule::Positive;
        /// Adam's decay of the mean squared gradient at its end; 0 for no change.
        beta2: f64 = 0.0, Rule::Fraction;
        /// What penalties on gradients are multiplied by at its end.
        penalty: f64 = 1.0, Rule::Positive;
        /// The decay of the averaged generator at its end; 0 for no change.
        ema: f64 = 0.0, Rule::Fraction;
        /// The probability of ada's transformations at its end, where augment.target is 0.
        augment: f64 = 0.0, Rule::UpToOne;
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
    /// The running diagnosis of a game, and what happens when it diverges.
    Doctor {
        /// Steps from one look to the next; 0 for none.
        every: usize = 100, Rule::Whole(0, MAX);
        /// Images of each kind that it looks at.
        images: usize = 128, Rule::Whole(16, 4096);
        /// Images that are kept from training to show whether others are known by heart, a twentieth of the set at most, where
        /// it has no test images; 0 for none.
        held_out: usize = 64, Rule::Whole(0, 4096);
        /// How often a run that diverges may go back to its last checkpoint, learning half as fast each time.
        rollbacks: usize = 2, Rule::Whole(0, 100);
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
        /// Images they are compared with, from the first, or from all over a set that is sorted by class.
        reference_count: usize = 10000, Rule::Whole(2, MAX);
    }
}
