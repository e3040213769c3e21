//! Spectral Normalization for Generative Adversarial Networks, Miyato, Kataoka, Koyama and Yoshida 2018, arXiv:1802.05957:
//! the residual networks of its appendix, for 32 pixels, and of cGANs with Projection Discriminator, Miyato and Koyama 2018,
//! arXiv:1802.05637, for 64 and 128; with attention those of Self-Attention GANs, Zhang et al. 2018, arXiv:1805.08318.
//!
//! ```text
//! generator       z → 4×4 → blocks that upsample by 2 → norm, ReLU, 3×3 → tanh
//! discriminator   blocks, most of which downsample by 2 → ReLU → sum over the pixels → one logit
//! block           x + conv(relu(conv(relu(x)))), in the generator with batch norms before the rectifiers
//! ```
//!
//! The discriminator's weights are divided by their largest singular value. In the generator each class can have its own
//! scales and shifts of the batch norms.

mod architecture;
mod config;
mod convolutions;
mod discriminator;
mod generator;

pub use config::SnganConfig;
pub use discriminator::SnganDiscriminator;
pub use generator::SnganGenerator;
