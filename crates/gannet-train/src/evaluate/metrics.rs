//! The metrics by name, and what each needs. A metric is one file in `gannet-metrics` and one line in this list.

use serde::Serialize;

/// What a metric compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// The images alone.
    One,
    /// The images with a reference, as sets.
    Two,
    /// Each image with its partner.
    Pairs,
    /// A generator's images along paths.
    Generator,
}

macro_rules! metrics {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal, $sides:ident;)+) => {
        /// A metric.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum Metric { $($(#[doc = $doc])+ $name),+ }

        impl Metric {
            /// All, in the order in which they are told.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What it is called.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// What it is, in a line.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii()),+ }
            }

            /// What it compares.
            pub fn sides(self) -> Sides {
                match self { $(Self::$name => Sides::$sides),+ }
            }
        }
    };
}

metrics! {
    /// Fréchet Inception distance (Heusel et al. 2017); with inception only
    Fid = "fid", Two;
    /// Fréchet distance on any features
    Fd = "fd", Two;
    /// kernel distance, unbiased (Bińkowski et al. 2018): 100 subsets of 1,000
    Kid = "kid", Two;
    /// inception score (Salimans et al. 2016): 10 splits
    InceptionScore = "is", One;
    /// improved precision and recall (Kynkäänniemi et al. 2019): 3 neighbours
    PrecisionRecall = "pr", Two;
    /// precision, recall, density and coverage (Naeem et al. 2020): 5 neighbours
    Prdc = "prdc", Two;
    /// Fréchet distance class by class, mean of all; of labelled sets
    IntraFd = "intra", Two;
    /// what a classifier sees: share it is sure of, entropy and shares of classes, accuracy of labelled images
    Classes = "classes", One;
    /// classes found, and how far their shares are from the reference's (KL divergence in nats)
    Modes = "modes", Two;
    /// how near generated images lie to the reference, beside how near its images lie to each other: is it memorising?
    Neighbours = "neighbours", Two;
    /// mean difference of power spectra in decibels (Durall et al. 2020)
    Spectrum = "spectrum", Two;
    /// variance of the Laplacian (Pech-Pacheco et al. 2000) of brightness, mean of all images: far below the reference's is blurred
    Sharpness = "sharpness", Two;
    /// mean LPIPS between 1,000 pairs of the images: variety
    Diversity = "diversity", One;
    /// perceptual path length (Karras et al. 2018) between latents: smoothness
    PathLength = "ppl", Generator;
    /// peak signal-to-noise ratio in decibels, mean over pairs
    Psnr = "psnr", Pairs;
    /// structural similarity (Wang et al. 2004), mean over pairs
    Ssim = "ssim", Pairs;
    /// structural similarity at five scales (Wang et al. 2003), mean over pairs
    MsSsim = "ms-ssim", Pairs;
    /// perceptual distance LPIPS 0.1 (Zhang et al. 2018), mean over pairs
    Lpips = "lpips", Pairs;
    /// share of pixels of the partner's label, by the nearest colour of --palette, mean over pairs
    Labels = "labels", Pairs;
}

impl Metric {
    /// The metric called `word`.
    ///
    /// # Errors
    /// There is none: the message names the nearest.
    pub fn named(word: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|metric| metric.word() == word);
        found.copied().ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|metric| metric.word()).collect();
            let hint = crate::recipe::did_you_mean(&crate::recipe::nearest(word, words.iter().copied()));
            format!("no metric '{word}'{hint}; there are {}", words.join(", "))
        })
    }

    /// Whether it looks at images themselves rather than at a network's features.
    pub fn of_pixels(self) -> bool {
        matches!(self, Self::Spectrum | Self::Sharpness) || self.sides() == Sides::Pairs || self.is_perceptual()
    }

    /// Whether it needs LPIPS.
    pub fn is_perceptual(self) -> bool {
        matches!(self, Self::Diversity | Self::PathLength | Self::Lpips)
    }
}

/// A number, or some of one kind, by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Its name in JSON.
    pub name: &'static str,
    /// One, or one a class.
    pub values: Vec<f64>,
    /// What it is, for the table.
    pub meaning: String,
}

impl Number {
    /// A single number.
    pub fn one(name: &'static str, value: f64, meaning: impl Into<String>) -> Self {
        Self { name, values: vec![value], meaning: meaning.into() }
    }
}
