//! Objectives of training: adversarial [`losses`], [`penalties`] on gradients, and the losses of particular methods.
//!
//! Each file names the paper and the equation that it implements. Nothing here knows a network: losses take logits and
//! features, penalties take closures over dual numbers.

pub mod adain;
pub mod classification;
pub mod iic;
pub mod losses;
pub mod patch_nce;
pub mod penalties;
pub mod pixel;
pub mod reconstruction;
pub mod style;

pub use losses::LossKind;
pub use penalties::PenaltyKind;
pub use pixel::PixelLossKind;
