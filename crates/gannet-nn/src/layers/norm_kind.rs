//! The normalizations that a user can choose.

use gannet_choice::choice;

choice! {
    /// The normalization between the discriminator's layers.
    #[default = Batch]
    NormKind {
        /// Over the batch (Ioffe and Szegedy 2015, arXiv:1502.03167).
        Batch = "batch",
        /// Over all values of an image (Ba et al. 2016, arXiv:1607.06450).
        Layer = "layer",
        /// Over each channel of an image (Ulyanov et al. 2016, arXiv:1607.08022).
        Instance = "instance",
        /// Over groups of an image's channels, eight groups where they divide the channels (Wu and He 2018, arXiv:1803.08494).
        Group = "group",
        /// Over a reference batch, the run's first (Salimans et al. 2016, arXiv:1606.03498, section 3.5).
        Virtual = "virtual",
        /// No normalization; the convolutions then have a bias.
        None = "none",
    }
}

choice! {
    /// The normalization between the generator's layers.
    #[default = Batch]
    GeneratorNormKind {
        /// Over the batch (Ioffe and Szegedy 2015, arXiv:1502.03167).
        Batch = "batch",
        /// Over the batch, with scale and shift of each class (de Vries et al. 2017, arXiv:1707.00683).
        Conditional = "conditional",
        /// Over the channels of each pixel (Karras et al. 2017, arXiv:1710.10196, section 4.2).
        Pixel = "pixel",
        /// Over each channel of an image, without scale and shift (Ulyanov et al. 2016, arXiv:1607.08022).
        Instance = "instance",
        /// No normalization; the convolutions then have a bias.
        None = "none",
    }
}
