//! The closed choices that only recipes have; the others belong to the crates that implement them.

use gannet_choice::choice;

choice! {
    /// The codes of an autoencoder.
    #[default = Variational]
    CodeKind {
        /// Unrestricted numbers.
        Plain = "plain",
        /// Gaussian distributions, kept near N(0, 1) (Kingma and Welling 2013, arXiv:1312.6114): VAE.
        Variational = "variational",
        /// Numbers that a discriminator cannot distinguish from N(0, 1) (Makhzani et al. 2015, arXiv:1511.05644): AAE.
        Adversarial = "adversarial",
    }
}

choice! {
    /// The likelihood of an image given its reconstruction.
    #[default = Gaussian]
    LikelihoodKind {
        /// A Gaussian around the reconstruction: the squared distance.
        Gaussian = "gaussian",
        /// The cross-entropy of gray levels from 0 to 1, for images that are nearly black and white.
        Bernoulli = "bernoulli",
    }
}

choice! {
    /// The learning-rate schedule.
    #[default = Constant]
    ScheduleKind {
        /// No change.
        Constant = "constant",
        /// To zero in a straight line.
        Linear = "linear",
        /// To zero along half a cosine (Loshchilov and Hutter 2016, arXiv:1608.03983, without restarts).
        Cosine = "cosine",
    }
}

choice! {
    /// The images whose logits should not change when the image is mirrored or moved.
    #[default = None]
    ConsistencyKind {
        /// No images.
        None = "none",
        /// Real images: CR (Zhang et al. 2019, arXiv:1910.12027).
        Real = "cr",
        /// Real and generated images: bCR (Zhao et al. 2020, arXiv:2002.04724).
        Balanced = "bcr",
    }
}
