//! Image-to-Image Translation with Conditional Adversarial Networks, Isola, Zhu, Zhou and Efros 2016, arXiv:1611.07004: a
//! U-Net from images to images, and the PatchGAN discriminator.
//!
//! ```text
//! U-Net     down  4 × 4, stride 2, to widths w, 2w, 4w, 8w, 8w, …      LeakyReLU 0.2 before each but the first
//!           up    the mirror image, with skip connections from each level; ReLU before each; tanh at the end
//! PatchGAN  4 × 4, stride 2, n_layers times; 4 × 4, stride 1, twice; one logit a patch
//! ```
//!
//! A norm follows every convolution but those next to the images and the innermost. The noise is dropout in the inner
//! levels on the way up.

mod patch;
mod unet;

pub use patch::{PatchConfig, PatchDiscriminator};
pub use unet::{Unet, UnetConfig};
