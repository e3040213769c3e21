//! How images are resized before a feature extractor.

use gannet_choice::choice;
use gannet_ops::resample::Filter;

choice! {
    /// How images are resized to the size that a feature extractor takes.
    ResizeKind {
        /// TensorFlow 1's bilinear resize, as torch-fidelity and the original FID
        Tf1 = "tf1",
        /// bilinear without antialiasing, as pytorch-fid
        Bilinear = "bilinear",
        /// antialiased bicubic, as clean-fid (Parmar et al. 2022, arXiv:2104.11222)
        Clean = "clean",
        /// antialiased bilinear
        Antialiased = "antialiased",
        /// MATLAB's antialiased bicubic
        Imresize = "imresize",
    }
}

impl ResizeKind {
    /// The resampling filter.
    pub fn filter(self) -> Filter {
        match self {
            Self::Tf1 => Filter::Tf1,
            Self::Bilinear => Filter::Bilinear,
            Self::Clean => Filter::Bicubic,
            Self::Antialiased => Filter::Triangle,
            Self::Imresize => Filter::Imresize,
        }
    }
}
