//! Tensor operations that Burn lacks or has only in a slow form on the CPU: convolution, normalization, activations,
//! pooling, resampling, warping and the Adam update, each in few passes over memory; dual numbers for exact second
//! order; named random streams; and the choice of a device.
//!
//! This is the only crate that names a backend of Burn. Each operation is a backend extension: the CPU backend (`Flex`)
//! has its own kernel, GPU backends run the default body, which is composed of Burn's operations. Images are
//! `[n, c, h, w]`: batch, channels, height, width.

pub mod activation;
pub mod adam;
mod channelwise;
mod composed;
pub mod concat;
pub mod conv;
pub mod convolve;
pub mod device;
pub mod dual;
mod flex;
mod float;
pub mod fourier;
pub mod gate;
mod kernel;
pub mod labels;
pub mod norm;
pub mod pool;
pub mod precision;
mod product;
pub mod random;
pub mod reflect;
pub mod resample;
pub mod resample2x;
mod simd;
pub mod smooth;
pub mod warp;
