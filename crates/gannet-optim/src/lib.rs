//! Optimization: [`Adam`], the exponential moving average of a network ([`Ema`]), and the parameters and gradients of a
//! network as flat tensors by their paths ([`parameters`]).
//!
//! All state is keyed by the path of a parameter, such as `up.0.weight`, so that it can be saved and a resumed run
//! continues bit for bit.

mod adam;
mod ema;
pub mod parameters;

pub use adam::{Adam, AdamConfig};
pub use ema::Ema;
pub use parameters::FlatTensors;
