//! Errors of an evaluation; each message names the thing and the remedy.

use std::path::PathBuf;

use gannet_apply::ApplyError;
use gannet_data::DataError;
use gannet_metrics::MetricError;
use gannet_nn::extractors::frozen::Misfit;
use gannet_weights::WeightsError;

/// Why there are no numbers.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum EvalError {
    #[error(transparent)]
    Apply(#[from] ApplyError),
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
    #[error("the features of {0} are not finite: check that image and the extractor's weights")]
    NotFinite(String),
    #[error("{name} has only {found} readable images, and {wanted} were requested: request fewer")]
    TooFew { name: String, found: usize, wanted: usize },
    #[error("{name}: none of its {count} images can be read; the first error is: {first}")]
    AllUnreadable { name: String, count: usize, first: String },
    #[error("{names}: {error}")]
    Pair { names: String, error: String },
    #[error("{name} has no partner called {wanted}: both folders need the same names, or --pair FROM=TO")]
    NoPartner { name: String, wanted: String },
    #[error("no image name contains '{0}', so there are no pairs: check --pair")]
    NoPairs(String),
}
