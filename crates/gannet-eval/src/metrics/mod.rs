//! The registry of metrics: one line and one file for each.

mod classes;
mod diversity;
mod fd;
mod fid;
mod frechet;
mod inception_score;
mod intra;
mod kid;
mod labels;
mod lpips;
mod modes;
mod ms_ssim;
mod neighbors;
mod ppl;
mod prdc;
mod precision_recall;
mod psnr;
mod sharpness;
mod spectrum;
mod ssim;

use gannet_choice::{Choice, choice_by_word, did_you_mean, nearest};

use crate::EvalError;
use crate::metric::{Compares, Metric, PairMetric};
use crate::needs::Needs;

/// A metric's implementation.
pub enum Implementation {
    /// Of a set of images.
    Set(&'static dyn Metric),
    /// Of pairs of images.
    Pair(&'static dyn PairMetric),
}

macro_rules! metrics {
    (
        sets { $( $set:ident = $set_word:literal => $set_module:ident::$set_type:ident, )+ }
        pairs { $( $pair:ident = $pair_word:literal => $pair_module:ident::$pair_type:ident, )+ }
    ) => {
        /// A metric.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MetricKind {
            $( #[doc = concat!("`", $set_word, "`, of sets")] $set, )+
            $( #[doc = concat!("`", $pair_word, "`, of pairs")] $pair, )+
        }

        impl MetricKind {
            /// The code that measures it.
            pub(crate) fn implementation(self) -> Implementation {
                match self {
                    $( Self::$set => Implementation::Set(&$set_module::$set_type), )+
                    $( Self::$pair => Implementation::Pair(&$pair_module::$pair_type), )+
                }
            }
        }

        impl Choice for MetricKind {
            const ALL: &'static [Self] = &[$( Self::$set, )+ $( Self::$pair, )+];
            const WORDS: &'static [&'static str] = &[$( $set_word, )+ $( $pair_word, )+];

            fn word(self) -> &'static str {
                match self { $( Self::$set => $set_word, )+ $( Self::$pair => $pair_word, )+ }
            }

            fn doc(self) -> &'static str {
                match self.implementation() {
                    Implementation::Set(metric) => metric.summary(),
                    Implementation::Pair(metric) => metric.summary(),
                }
            }

            fn parse(word: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|kind| kind.word() == word);
                found.ok_or_else(|| unknown(word))
            }
        }

        choice_by_word!(MetricKind);
    };
}

metrics! {
    sets {
        Fid = "fid" => fid::Fid,
        Fd = "fd" => fd::Fd,
        Kid = "kid" => kid::Kid,
        InceptionScore = "is" => inception_score::InceptionScore,
        PrecisionRecall = "pr" => precision_recall::PrecisionRecall,
        Prdc = "prdc" => prdc::Prdc,
        IntraFd = "intra" => intra::IntraFd,
        Classes = "classes" => classes::Classes,
        Modes = "modes" => modes::Modes,
        Neighbors = "neighbors" => neighbors::Neighbors,
        Spectrum = "spectrum" => spectrum::Spectrum,
        Sharpness = "sharpness" => sharpness::Sharpness,
        Diversity = "diversity" => diversity::Diversity,
        PathLength = "ppl" => ppl::PathLength,
    }
    pairs {
        Psnr = "psnr" => psnr::Psnr,
        Ssim = "ssim" => ssim::Ssim,
        MsSsim = "ms-ssim" => ms_ssim::MsSsim,
        Lpips = "lpips" => lpips::Lpips,
        Labels = "labels" => labels::Labels,
    }
}

/// Words of earlier versions, and what they are called now.
const RENAMED: [(&str, &str); 1] = [("neighbours", "neighbors")];

fn unknown(word: &str) -> String {
    if let Some((old, new)) = RENAMED.iter().find(|(old, _)| *old == word) {
        return format!("metric '{old}' is called '{new}' now");
    }
    let words = MetricKind::WORDS;
    let near = did_you_mean(&nearest(word, words.iter().copied()));
    format!("no metric '{word}'; the metrics are {}{near}", words.join(", "))
}

impl MetricKind {
    /// What it compares.
    pub fn compares(self) -> Compares {
        match self.implementation() {
            Implementation::Set(metric) => metric.compares(),
            Implementation::Pair(_) => Compares::Pairs,
        }
    }

    /// What it needs of images and of the evaluation.
    pub fn needs(self) -> Needs {
        match self.implementation() {
            Implementation::Set(metric) => metric.needs(),
            Implementation::Pair(metric) => metric.needs(),
        }
    }

    /// What all of `metrics` need together.
    pub(crate) fn all_needs(metrics: &[Self]) -> Needs {
        metrics.iter().fold(Needs::default(), |needs, metric| needs.union(metric.needs()))
    }
}

/// The metrics of these words, each once, in their order.
///
/// # Errors
/// A word is no metric.
pub fn parse_metrics<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Vec<MetricKind>, EvalError> {
    let mut metrics = Vec::new();
    for word in words {
        let metric = MetricKind::parse(word.trim()).map_err(EvalError::Setting)?;
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    Ok(metrics)
}

/// Whether all of `metrics` compare pairs of images: then they are measured by [`crate::evaluate_pairs`], else by
/// [`crate::evaluate_sets`].
///
/// # Errors
/// Some compare pairs and others do not.
pub fn all_compare_pairs(metrics: &[MetricKind]) -> Result<bool, EvalError> {
    let of_pairs = |metric: &&MetricKind| metric.compares() == Compares::Pairs;
    match (metrics.iter().find(of_pairs), metrics.iter().find(|metric| !of_pairs(metric))) {
        (Some(pairs), Some(sets)) => Err(EvalError::Setting(format!(
            "{sets} measures sets of images and {pairs} measures pairs: request them separately"
        ))),
        (pairs, _) => Ok(pairs.is_some()),
    }
}
