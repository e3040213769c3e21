//! What the tensor framework lacks: fast convolution on the CPU, batch norm, activations and Adam in few passes over
//! memory, antialiased resizing, explicit random streams, and the choice of a device. The only crate that names a
//! backend of the framework.

pub mod activation;
pub mod adam;
pub mod conv;
pub mod device;
pub mod dual;
mod flex;
pub mod gate;
mod kernel;
pub mod norm;
mod passes;
pub mod pool;
mod product;
pub mod random;
mod real;
pub mod reflect;
pub mod resample;
pub mod resample2x;
mod simd;

pub mod warp;
