//! The closed choices among a recipe's values.

use gannet_data::MaskKind;
use gannet_ops::random::Stream;
use serde::{Deserialize, Serialize};

use super::leaf::Literal;

choice! {
    /// What is trained.
    TaskKind {
        /// A generator against a discriminator.
        Generate = "generate",
        /// A classifier of labelled images.
        Classify = "classify",
        /// A network from images to images.
        Translate = "translate",
        /// A network from images to codes, and one back.
        Autoencode = "autoencode",
    }
}

choice! {
    /// What an autoencoder's codes are.
    CodeKind {
        /// Any numbers.
        Plain = "plain",
        /// Gaussian distributions near N(0, 1) (Kingma and Welling 2013, arXiv:1312.6114): VAE.
        Variational = "variational",
        /// Numbers that a discriminator cannot tell from N(0, 1) (Makhzani et al. 2015, arXiv:1511.05644): AAE.
        Adversarial = "adversarial",
    }
}

choice! {
    /// How likely an image is beside its reconstruction.
    LikelihoodKind {
        /// By the squared distance.
        Gaussian = "gaussian",
        /// By the cross-entropy of brightnesses from 0 to 1, for images that are nearly black and white.
        Bernoulli = "bernoulli",
    }
}

choice! {
    /// What a network from images to images learns from.
    TranslateKind {
        /// Pairs (Isola et al. 2016, arXiv:1611.07004): pix2pix.
        Paired = "paired",
        /// Two kinds of images and the way back (Zhu et al. 2017, arXiv:1703.10593): CycleGAN.
        Cycle = "cycle",
        /// Two kinds of images and patches that are found again (Park et al. 2020, arXiv:2007.15651): CUT.
        Contrast = "contrast",
        /// Images that are shrunk, and the images (Ledig et al. 2016, arXiv:1609.04802): super-resolution.
        Upscale = "upscale",
        /// Images with holes, and the images (Yu et al. 2018, arXiv:1806.03589).
        Inpaint = "inpaint",
        /// Images, and how one painting is painted (Johnson et al. 2016, arXiv:1603.08155).
        Stylise = "stylise",
        /// Images and paintings, any of which is then painted as any (Huang and Belongie 2017, arXiv:1703.06868): AdaIN.
        Adain = "adain",
    }
}

choice! {
    /// What the holes look like that a network is to fill.
    HoleKind {
        /// Upright rectangles.
        Rectangles = "rectangles",
        /// Strokes of a brush.
        Strokes = "strokes",
        /// Spots without a form.
        Irregular = "irregular",
        /// Any of them.
        Mixed = "mixed",
    }
}

choice! {
    /// How images are shrunk that a network is to enlarge.
    DegradationKind {
        /// By cubic convolution, as the field measures.
        Bicubic = "bicubic",
        /// Blurred, shrunk, with noise and as a JPEG file, twice over and all at random (Wang et al. 2021, arXiv:2107.10833).
        Real = "real",
    }
}

choice! {
    /// What judges images that a network has made of others.
    JudgeKind {
        /// Convolutions with a logit for each patch (Isola et al. 2016, arXiv:1611.07004).
        Patch = "patch",
        /// A U-Net of spectral weights with a logit for each pixel (Wang et al. 2021, arXiv:2107.10833).
        Unet = "unet",
    }
}

choice! {
    /// The networks.
    ModelKind {
        /// Convolutions up and down (Radford et al. 2015, arXiv:1511.06434).
        Dcgan = "dcgan",
        /// Residual networks of spectral weights, with attention if asked for (Miyato et al. 2018, arXiv:1802.05957).
        Sngan = "sngan",
        /// Residual networks without norms, in groups (Huang et al. 2024, arXiv:2501.05441).
        R3gan = "r3gan",
        /// Multilayer perceptrons (Goodfellow et al. 2014, arXiv:1406.2661).
        Mlp = "mlp",
        /// The classifier LeNet-5 (LeCun et al. 1998, Proc. IEEE 86(11)).
        Lenet = "lenet",
        /// A small residual classifier of colour images (after He et al. 2015, arXiv:1512.03385).
        Convnet = "convnet",
        /// From images to images, down and up (Isola et al. 2016, arXiv:1611.07004).
        Unet = "unet",
        /// From images to images by residual blocks (Zhu et al. 2017, arXiv:1703.10593).
        Resnet = "resnet",
        /// To larger images by residual blocks (Ledig et al. 2016, arXiv:1609.04802).
        Srresnet = "srresnet",
        /// To larger images by dense blocks (Wang et al. 2018, arXiv:1809.00219).
        Rrdb = "rrdb",
        /// To larger images by plain convolutions (Wang et al. 2021, arXiv:2107.10833).
        Compact = "compact",
        /// From images with holes to whole ones, by gated convolutions (Yu et al. 2018, arXiv:1806.03589).
        Gated = "gated",
        /// From images to painted ones, by residual blocks with instance norm (Johnson et al. 2016, arXiv:1603.08155).
        Johnson = "johnson",
        /// From features with a painting's means and deviations to images (Huang and Belongie 2017, arXiv:1703.06868).
        Adain = "adain",
    }
}

impl HoleKind {
    /// One kind, by chance where it is any.
    pub fn drawn(self, stream: &mut Stream) -> MaskKind {
        match self {
            Self::Rectangles => MaskKind::Rectangles,
            Self::Strokes => MaskKind::Strokes,
            Self::Irregular => MaskKind::Irregular,
            Self::Mixed => [MaskKind::Rectangles, MaskKind::Strokes, MaskKind::Irregular][stream.below(3)],
        }
    }
}

impl ModelKind {
    /// Whether it goes from images to images.
    pub fn translates(self) -> bool {
        matches!(self, Self::Unet | Self::Resnet | Self::Gated | Self::Johnson | Self::Adain) || self.enlarges()
    }

    /// Whether it goes to larger ones.
    pub fn enlarges(self) -> bool {
        matches!(self, Self::Srresnet | Self::Rrdb | Self::Compact)
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
        /// Over the batch, with scales and shifts of each class (de Vries et al. 2017, arXiv:1707.00683); sngan only.
        Conditional = "conditional",
        /// Of each pixel's features (Karras et al. 2017, arXiv:1710.10196, section 4.2).
        Pixel = "pixel",
        /// Over each channel of an image, without scale and shift (Ulyanov et al. 2016, arXiv:1607.08022); unet and resnet.
        Instance = "instance",
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

choice! {
    /// What is done to the images that the discriminator sees.
    AugmentKind {
        /// Nothing.
        None = "none",
        /// Each image goes through all transformations: DiffAugment (Zhao et al. 2020, arXiv:2006.10738).
        Diff = "diff",
        /// Each transformation happens with a probability that adapts: ADA (Karras et al. 2020, arXiv:2006.06676).
        Ada = "ada",
    }
}

choice! {
    /// Whose other views should be judged alike.
    ConsistencyKind {
        /// Nothing's.
        None = "none",
        /// Real images': CR (Zhang et al. 2019, arXiv:1910.12027).
        Real = "cr",
        /// Generated images', too: bCR (Zhao et al. 2020, arXiv:2002.04724).
        Balanced = "bcr",
    }
}

choice! {
    /// What the networks know of classes.
    ConditionKind {
        /// Nothing.
        None = "none",
        /// The discriminator sees the class beside the image: cGAN (Mirza and Osindero 2014, arXiv:1411.1784).
        Concatenation = "concatenation",
        /// The class weighs the discriminator's features (Miyato and Koyama 2018, arXiv:1802.05637).
        Projection = "projection",
        /// The discriminator names the class: AC-GAN (Odena et al. 2016, arXiv:1610.09585).
        Auxiliary = "auxiliary",
        /// The discriminator names codes that the generator makes up: InfoGAN (Chen et al. 2016, arXiv:1606.03657).
        Info = "info",
    }
}
