//! What can go wrong with an evaluation, in words for its user.

use std::path::PathBuf;

use gannet_data::DataError;
use gannet_metrics::MetricError;
use gannet_nn::extractors::frozen::Misfit;
use gannet_weights::WeightsError;

use crate::TrainError;

/// An evaluation that cannot be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum EvaluateError {
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Metric(#[from] MetricError),
    #[error("{}: {misfit}", path.display())]
    Misfit { path: PathBuf, misfit: Misfit },
    #[error("no features '{name}': give {known}")]
    Features { name: String, known: String },
    #[error("{0}")]
    Setting(String),
    #[error("the network makes values that are not finite of {0}: look at that image, and at the network's weights")]
    NotFinite(String),
    #[error("{name} has only {found} images that can be read, and {wanted} were asked for: ask for fewer")]
    TooFew { name: String, found: usize, wanted: usize },
    #[error("{name}: none of its {count} images can be read, the first because {first}")]
    AllBroken { name: String, count: usize, first: String },
    #[error("{names}: {error}")]
    Pair { names: String, error: String },
    #[error(
        "{name} has no partner called {wanted}: both folders need the same names, or --pair FROM=TO says how they differ"
    )]
    NoPartner { name: String, wanted: String },
    #[error("no image's name holds '{0}', so there are no pairs: look at --pair")]
    NoPairs(String),
}
