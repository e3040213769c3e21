//! What papers leave open and programs decide differently. Metrics take these conventions as arguments; `like.rs` has those of
//! other packages.

use gannet_data::Decoding;
use gannet_metrics::{Balls, Splits, SsimForm};

use crate::orders::Orders;
use crate::resize::ResizeKind;

/// The conventions of an evaluation. [`Conventions::default`] are Gannet's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conventions {
    /// The package that has them, with its version; empty for Gannet.
    pub package: &'static str,
    /// What is as in the package, for the protocol.
    pub about: &'static str,
    /// How image files are read.
    pub decoding: Decoding,
    /// How images are resized for Inception, the only extractor that is measured then; as is usual for the extractor otherwise.
    pub resize: Option<ResizeKind>,
    /// The seed of subsets and orders, where it is not that of the evaluation.
    pub order_seed: Option<u64>,
    /// The subsets of `kid`.
    pub kid: KidForm,
    /// The splits of `is`.
    pub splits: Splits,
    /// The order in which images are split.
    pub split_order: Orders,
    /// The balls of precision and recall.
    pub balls: Balls,
    /// How a pair's mean squared error becomes decibels.
    pub psnr: PsnrForm,
    /// The channels of `ssim` and `ms-ssim`.
    pub ssim_channels: Channels,
    /// The form of `ssim` and `ms-ssim`.
    pub ssim: SsimForm,
}

/// The subsets of the kernel distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KidForm {
    /// The number of subsets.
    pub subsets: usize,
    /// Their size.
    pub size: SubsetSize,
    /// How they are drawn.
    pub orders: Orders,
    /// Whether a subset of the reference is drawn before that of the images.
    pub reference_first: bool,
}

/// The number of images in a subset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubsetSize {
    /// This many, fewer where a set has fewer.
    AtMost(usize),
    /// This many; smaller sets are refused.
    Exactly(usize),
    /// All images; a reference that has fewer is refused.
    AllImages,
}

/// How a mean squared error becomes decibels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PsnrForm {
    /// Added to the mean squared error of values in `[0, 1]`.
    pub epsilon: f64,
    /// Whether the squared errors of all pairs are averaged, instead of decibels.
    pub pooled: bool,
    /// The channels that `--luma` compares.
    pub luma: Channels,
}

/// The channels that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// All, or the studio range of Y where brightness is asked for.
    AsRequested,
    /// Y of YIQ from 0 to 255, rounded or not.
    FullRangeLuma {
        /// Whether it is rounded to whole numbers.
        rounded: bool,
    },
}

impl Default for Conventions {
    fn default() -> Self {
        let size = SubsetSize::AtMost(1000);
        Self {
            package: "",
            about: "",
            decoding: Decoding::Faithful,
            resize: None,
            order_seed: None,
            kid: KidForm { subsets: 100, size, orders: Orders::Streams, reference_first: false },
            splits: Splits::even(10),
            split_order: Orders::Streams,
            balls: Balls::Closed,
            psnr: PsnrForm { epsilon: 0.0, pooled: false, luma: Channels::AsRequested },
            ssim_channels: Channels::AsRequested,
            ssim: SsimForm::default(),
        }
    }
}

impl Conventions {
    /// The package and what is as in it, for the protocol; empty for Gannet's own conventions.
    pub fn describe(&self) -> String {
        let seed = self.order_seed.map_or(String::new(), |seed| format!(", orders of seed {seed}"));
        if self.package.is_empty() { String::new() } else { format!("like {} ({}{seed})", self.package, self.about) }
    }
}
