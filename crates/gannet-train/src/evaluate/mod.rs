//! Honest judgement: generated or real images measured against real ones, in one pass, with all that a number depends on
//! said beside it.

mod cache;
mod error;
mod judge;
mod measure;
mod metrics;
mod needs;
mod paired;
mod pass;
mod perceptual;
mod pictures;
mod protocol;
mod reference;
mod schedule;

pub use error::EvaluateError;
pub use judge::{Fetch, Judge, NAMES, filter, filter_word, perceptual};
pub use measure::{CONFIDENT, Evaluation, evaluate};
pub use metrics::{Metric, Number, Sides};
pub use needs::Request;
pub use paired::{Pairing, paired};
pub use perceptual::Path;
pub use pictures::{Draw, Labels, Pictures};
pub use protocol::{Images, Protocol};
pub use reference::Reference;
pub use schedule::{Schedule, open as open_scheduled};

/// Told while images are measured: what, how many are done, and of how many.
pub type Progress<'a> = dyn Fn(&str, usize, usize) + 'a;
