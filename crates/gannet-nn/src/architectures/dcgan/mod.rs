//! Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks,
//! Radford, Metz and Chintala 2015, arXiv:1511.06434.
//!
//! Strided convolutions in place of pooling and of fully connected layers; batch norm everywhere
//! but at the generator's output and the discriminator's input; ReLU in the generator, LeakyReLU
//! with slope 0.2 in the discriminator; weights from N(0, 0.02).
//!
//! ```text
//! generator      z → b×b → 2b×2b → … → size×size, channels from width·2ⁿ⁻¹ down to width
//! discriminator  the mirror image of the generator, to one logit
//! ```
//!
//! where the base b is 4 pixels. Images of 28 pixels go 4 → 7 → 14 → 28; next to the odd side the kernel is 3 × 3.

mod architecture;
mod config;
mod discriminator;
mod files;
mod generator;

pub use config::DcganConfig;
pub use discriminator::DcganDiscriminator;
pub use generator::DcganGenerator;
