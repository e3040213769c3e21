//! Augmentation of the images that a discriminator sees, differentiable and drawn from a stream; each file is a paper.
//!
//! Every transformation is affine in an image once its random numbers are drawn: it moves pixels, mixes colors, filters, hides a
//! part, or adds noise. Gradients pass through it to the generator, and penalties on the discriminator's gradient are with
//! respect to the augmented images.

mod ada;
mod bands;
mod consistency;
mod cutout;
mod diff_augment;
mod distort;
mod kind;

pub use ada::{Ada, AdaPart};
pub use consistency::view;
pub use diff_augment::{DiffAugment, DiffPart};
pub use distort::distort;
pub use kind::AugmentKind;

#[cfg(test)]
mod tests;
