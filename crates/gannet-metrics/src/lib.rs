//! Metrics of generated images; one file a metric.
//!
//! Metrics are pure functions of slices: of features, logits, distances or pixels. Their bits do not depend on the number
//! of threads, since work is divided by shapes and partial sums are added in order.

mod classes;
mod clustering_accuracy;
mod error;
mod features;
mod frechet;
mod gram;
mod inception_score;
mod intra;
mod kid;
mod label_accuracy;
mod mersenne_twister;
pub mod modes;
mod moments;
pub mod nearest;
mod path_length;
mod plane;
mod points;
mod prdc;
mod psnr;
mod sharpness;
mod spectrum;
mod ssim;
mod ssim_form;

pub use classes::{ClassMatch, ClassReport};
pub use clustering_accuracy::clustering_accuracy;
pub use error::MetricError;
pub use features::Features;
pub use frechet::frechet_distance;
pub use inception_score::{Deviation, InceptionScore, Parts, Splits, inception_score, inception_score_of};
pub use intra::{IntraFrechet, intra_frechet};
pub use kid::{Kid, SubsetPair, draw_subsets, kid};
pub use label_accuracy::label_accuracy;
pub use mersenne_twister::MersenneTwister;
pub use moments::{MomentParts, Moments};
pub use path_length::{PathLength, path_length};
pub use plane::Plane;
pub use prdc::{Balls, Prdc, copies, prdc, prdc_in};
pub use psnr::psnr;
pub use sharpness::sharpness;
pub use spectrum::{Spectrum, spectral_distance};
pub use ssim::{ms_ssim, ssim};
pub use ssim_form::{Halving, Places, SsimForm, Window};
