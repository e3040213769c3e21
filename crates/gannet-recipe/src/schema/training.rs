//! How the networks are trained: `[loss]`, `[penalty]`, `[augment]`, `[optim]`, `[cosine]`, `[ema]` and `[train]`.

use gannet_choice::Choice;
use gannet_nn::{AugmentKind, PrecisionKind};
use gannet_objectives::losses::LossKind;
use toml::Value;

use crate::choices::{ConsistencyKind, ScheduleKind};
use crate::key::{Key, Section};
use crate::rule::{MAX, Rule};
use crate::task_kind::Tasks;
use crate::value::Field;

settings! {
    /// The adversarial loss.
    Loss {
        /// The losses of the discriminator and the generator.
        kind: LossKind = LossKind::NonSaturating, Rule::Choice(LossKind::WORDS), Tasks::ADVERSARIAL;
        /// Target of the discriminator for generated images; least-squares (Mao et al. 2016, arXiv:1611.04076).
        a: f64 = 0.0, Rule::Finite, Tasks::ADVERSARIAL;
        /// Target of the discriminator for real images; least-squares.
        b: f64 = 1.0, Rule::Finite, Tasks::ADVERSARIAL;
        /// Target of the generator for generated images; least-squares.
        c: f64 = 1.0, Rule::Finite, Tasks::ADVERSARIAL;
        /// The energy up to which the discriminator raises that of generated images; ebgan.
        margin: f64 = 1.0, Rule::Positive, Tasks::GENERATE;
        /// Weight of the pulling-away term, which keeps the codes of generated images apart (Zhao et al. 2016, equation
        /// 4); ebgan.
        pull_away: f64 = 0.0, Rule::NotNegative, Tasks::GENERATE;
        /// The ratio of the generated images' energy to that of real images that is kept up; began.
        gamma: f64 = 0.5, Rule::Share, Tasks::GENERATE;
        /// The learning rate of the balance between both energies; began.
        k_rate: f64 = 1e-3, Rule::Positive, Tasks::GENERATE;
        /// How far the target for real images is below 1 (Salimans et al. 2016, section 3.4); minimax and
        /// non-saturating.
        smoothing: f64 = 0.0, Rule::Fraction, Tasks::ADVERSARIAL;
        /// Weight of feature matching in the generator's loss (Salimans et al. 2016, arXiv:1606.03498, section 3.1).
        feature_matching: f64 = 0.0, Rule::NotNegative, Tasks::ADVERSARIAL;
    }
}

settings! {
    /// Regularization of the discriminator. The weight 0 turns a penalty off.
    Penalty {
        /// Weight of R1: half the squared gradient at real images (Mescheder et al. 2018, arXiv:1801.04406).
        r1: f64 = 0.0, Rule::NotNegative, Tasks::ADVERSARIAL;
        /// Weight of R2: half the squared gradient at generated images (Mescheder et al. 2018).
        r2: f64 = 0.0, Rule::NotNegative, Tasks::ADVERSARIAL;
        /// Weight of WGAN-GP: the squared distance of the gradient's norm from 1, between real and generated images
        /// (Gulrajani et al. 2017, arXiv:1704.00028).
        wgan_gp: f64 = 0.0, Rule::NotNegative, Tasks::ADVERSARIAL;
        /// Weight of DRAGAN: the squared distance of the gradient's norm from 1, around real images (Kodali et al.
        /// 2017, arXiv:1705.07215).
        dragan: f64 = 0.0, Rule::NotNegative, Tasks::ADVERSARIAL;
        /// Weight of the squared gradient between real and generated images (Thanh-Tung et al. 2019, arXiv:1902.03984).
        zero_gp: f64 = 0.0, Rule::NotNegative, Tasks::ADVERSARIAL;
        /// Weight of LeCam: the squared distance of logits from the other kind's moving average (Tseng et al. 2021,
        /// arXiv:2104.03310).
        lecam: f64 = 0.0, Rule::NotNegative, Tasks::GENERATE;
        /// Weight of orthogonal regularization of both networks (Brock et al. 2018, arXiv:1809.11096, equation 3).
        orthogonal: f64 = 0.0, Rule::NotNegative, Tasks::ADVERSARIAL;
        /// Gradient penalties are computed in one of this many steps, with their weight multiplied by it: lazy
        /// regularization (Karras et al. 2020, arXiv:1912.04958, appendix B).
        every: usize = 1, Rule::Whole(1, 1000), Tasks::ADVERSARIAL;
        /// Largest absolute value of the discriminator's weights, to which each step clips them (Arjovsky et al. 2017,
        /// arXiv:1701.07875); 0 for no clipping.
        clip: f64 = 0.0, Rule::NotNegative, Tasks::GENERATE;
    }
}

settings! {
    /// Augmentation of the images that the discriminator sees, real and generated; for small sets.
    Augment {
        /// The kind of augmentation.
        kind: AugmentKind = AugmentKind::None, Rule::Choice(AugmentKind::WORDS), Tasks::GENERATE;
        /// The transformations, such as "color,cutout": color, translation and cutout of diff; blit, geometry, color,
        /// filter, noise and cutout of ada. "" for the three of diff, and for the first three of ada.
        policy: String = String::new(), Rule::Text, Tasks::GENERATE;
        /// The probability of each transformation in the first step; ada.
        p: f64 = 0.0, Rule::UpToOne, Tasks::GENERATE;
        /// Target for the mean sign of the logits of real images. ada adapts the probability to reach it; 0 keeps the
        /// probability fixed.
        target: f64 = 0.6, Rule::UpToOne, Tasks::GENERATE;
        /// Thousands of images in which the probability can go from 0 to 1; ada.
        kimg: f64 = 500.0, Rule::Positive, Tasks::GENERATE;
        /// Whether generated images are shown as real ones with that probability: APA (Jiang et al. 2021,
        /// arXiv:2111.06849).
        deceive: bool = false, Rule::Flag, Tasks::GENERATE;
        /// The images whose logits should not change when they are mirrored and moved.
        consistency: ConsistencyKind = ConsistencyKind::None, Rule::Choice(ConsistencyKind::WORDS), Tasks::GENERATE;
        /// Weight of this consistency.
        consistency_weight: f64 = 10.0, Rule::Positive, Tasks::GENERATE;
        /// Weight of latent consistency: images of nearby latents should have equal logits and, with a tenth of the
        /// weight, differ: zCR (Zhao et al. 2020, arXiv:2002.04724), which uses 5; 0 for none.
        latent_consistency: f64 = 0.0, Rule::NotNegative, Tasks::GENERATE;
    }
}

settings! {
    /// The optimizers: Adam (Kingma and Ba 2014, arXiv:1412.6980), by default with DCGAN's settings.
    Optim {
        /// Learning rate of the generator, and of every network that makes images.
        generator_lr: f64 = 2e-4, Rule::Positive, Tasks::ALL;
        /// Learning rate of the discriminator, and of a classifier.
        discriminator_lr: f64 = 2e-4, Rule::Positive, Tasks::ALL;
        /// Adam's decay of the mean gradient.
        beta1: f64 = 0.5, Rule::Fraction, Tasks::ALL;
        /// Adam's decay of the mean squared gradient.
        beta2: f64 = 0.999, Rule::Fraction, Tasks::ALL;
        /// The number that Adam adds to the root of the mean squared gradient.
        epsilon: f64 = 1e-8, Rule::Positive, Tasks::ALL;
        /// What each step takes off the weights, times the learning rate: AdamW (Loshchilov and Hutter 2017,
        /// arXiv:1711.05101); 0 for Adam.
        weight_decay: f64 = 0.0, Rule::NotNegative, Tasks::ALL;
        /// The learning-rate schedule.
        schedule: ScheduleKind = ScheduleKind::Constant, Rule::Choice(ScheduleKind::WORDS), Tasks::ALL;
    }
}

settings! {
    /// Settings that change along half a cosine and then stay, as R3GAN's do (Huang et al. 2024, arXiv:2501.05441,
    /// table 6).
    Cosine {
        /// The share of all steps that the change takes; 0 for no change.
        share: f64 = 0.0, Rule::UpToOne, Tasks::GENERATE;
        /// The factor of the learning rates at the end.
        lr: f64 = 1.0, Rule::Positive, Tasks::GENERATE;
        /// Adam's decay of the mean squared gradient at the end; 0 for no change.
        beta2: f64 = 0.0, Rule::Fraction, Tasks::GENERATE;
        /// The factor of the gradient penalties at the end.
        penalty: f64 = 1.0, Rule::Positive, Tasks::GENERATE;
        /// The decay of the averaged generator at the end; 0 for no change.
        ema: f64 = 0.0, Rule::Fraction, Tasks::GENERATE;
        /// The probability of ada's transformations at the end, where augment.target is 0.
        augment: f64 = 0.0, Rule::UpToOne, Tasks::GENERATE;
    }
}

settings! {
    /// The exponential moving average of the weights, with which samples are generated and metrics measured.
    Ema {
        /// The share of the old average that each step keeps; 0 for the latest weights instead of an average.
        decay: f64 = 0.999, Rule::Fraction, Tasks::AVERAGED;
    }
}

settings! {
    /// The training loop.
    Train {
        /// Training steps. A step updates the discriminator, where there is one, and then the generator once.
        steps: usize = 3000, Rule::Whole(1, MAX), Tasks::ALL;
        /// Images of a micro-batch.
        batch: usize = 64, Rule::Whole(1, 65536), Tasks::ALL;
        /// Micro-batches whose gradients are averaged for one update. A step reads batch × accumulate ×
        /// discriminator_steps images.
        accumulate: usize = 1, Rule::Whole(1, 65536), Tasks::ALL;
        /// The precision of the factors of convolutions in the training steps; bf16 is fast on CPUs with AVX512_BF16.
        precision: PrecisionKind = PrecisionKind::F32, Rule::Choice(PrecisionKind::WORDS), Tasks::ALL;
        /// Updates of the discriminator in a step, each on its own images.
        discriminator_steps: usize = 1, Rule::Whole(1, 100), Tasks::GENERATE;
        /// Images that the discriminator sees together, for one logit: PacGAN (Lin et al. 2017, arXiv:1712.04086).
        pack: usize = 1, Rule::Whole(1, 64), Tasks::GENERATE;
        /// Standard deviation of the noise on all images that the discriminator sees (Sønderby et al. 2016,
        /// arXiv:1610.04490).
        instance_noise: f64 = 0.0, Rule::NotNegative, Tasks::ADVERSARIAL;
        /// Steps in which that noise goes to 0 in a straight line; 0 for all steps.
        noise_steps: usize = 0, Rule::Whole(0, MAX), Tasks::ADVERSARIAL;
        /// The generator learns only from its images with the highest logits. This is their share of a batch at the
        /// end of training; 1 uses all images (Sinha et al. 2020, arXiv:2002.06224).
        top_k: f64 = 1.0, Rule::Share, Tasks::ADVERSARIAL;
    }
}
