//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661.
//!
//! The original pair of fully connected networks. As in the paper's code for MNIST, the generator
//! has two hidden layers with ReLU. Its output is tanh, so that all of Gannet's images have the range
//! `[-1, 1]`, and the discriminator's maxout is LeakyReLU, as in later implementations.

mod architecture;
mod config;
mod files;
mod networks;

pub use config::MlpConfig;
pub use networks::{MlpDiscriminator, MlpGenerator};
