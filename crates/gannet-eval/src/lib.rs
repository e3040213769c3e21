//! Evaluation: from images to numbers.
//!
//! The data's way, in the order of the files:
//!
//! 1. [`evaluate_sets`] takes the words of a user (a run or images, features, metrics) and opens what they name.
//! 2. [`EvaluationImages`] are images by number: a generator's, rounded to bytes, or a data set's.
//! 3. `ImageStatistics` come from one pass over a set: what all requested metrics need of a [`FeatureExtractor`] or of
//!    pixels. The statistics of a [`Reference`] are computed once.
//! 4. [`MetricKind`] is the registry of metrics; a file in `metrics/` turns statistics into [`Measurement`]s.
//! 5. [`Evaluation`] holds the numbers, the [`Protocol`] with everything they depend on, and warnings.
//!
//! Metrics of pairs (restored image and original) go through [`evaluate_pairs`] instead.
//!
//! The crate prints nothing and does not use the network: a [`Fetch`] function provides published weights, a
//! [`Progress`] function is called while images are measured.

mod cache;
mod changes;
mod class_report;
mod context;
mod conventions;
pub mod digits;
mod error;
mod evaluate;
mod evaluation;
mod extractors;
mod images;
mod like;
mod measurement;
mod metric;
mod metrics;
mod needs;
mod orders;
mod pair;
mod pairs;
mod perceptual;
mod pixels;
mod progress;
mod protocol;
mod reading;
mod reference;
mod request;
mod resize;
mod selection;
mod sets;
mod statistics;
mod subject;

pub use class_report::CONFIDENT;
pub use conventions::{Channels, Conventions, KidForm, PsnrForm, SubsetSize};
pub use error::EvalError;
pub use evaluate::evaluate;
pub use evaluation::{Evaluation, PairEvaluation};
pub use extractors::{ExtractedFeatures, ExtractorKind, FeatureExtractor, Fetch};
pub use images::{Draw, EvaluationImages, Labels};
pub use like::Like;
pub use measurement::Measurement;
pub use metric::Compares;
pub use metrics::{MetricKind, all_compare_pairs, parse_metrics};
pub use needs::Needs;
pub use orders::Orders;
pub use pair::Pairing;
pub use pairs::{PairRequest, evaluate_pairs};
pub use perceptual::{PerceptualDistance, PerceptualKind};
pub use progress::Progress;
pub use protocol::{MeasuredImages, Protocol};
pub use reference::Reference;
pub use request::{ImageCount, LatentPaths, Request};
pub use resize::ResizeKind;
pub use selection::{DataSelection, PatchSettings};
pub use sets::{DEFAULT_COUNT, GeneratorFile, SetRequest, default_metrics, evaluate_sets};
