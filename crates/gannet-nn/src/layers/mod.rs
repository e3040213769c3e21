//! The layers that architectures are made of.

mod activation;
mod batch_norm;
mod conv;
mod group_norm;
mod linear;

pub use activation::{RELU, leaky_relu, relu};
pub use batch_norm::{BatchNorm, is_running_statistic};
pub use conv::{Conv2d, ConvConfig, ConvTranspose2d};
pub use group_norm::GroupNorm;
pub use linear::Linear;

#[cfg(test)]
mod tests;
