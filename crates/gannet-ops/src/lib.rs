//! What the tensor framework lacks: fast convolution on the CPU, antialiased resizing, explicit
//! random streams, and the choice of a device. The only crate that names a backend of the framework.

pub mod conv;
pub mod device;
pub mod random;
pub mod resample;
