//! Networks: [`layers`], [`architectures`] (one file is one paper), frozen [`extractors`], and what is done to the images
//! that a discriminator sees ([`augment`]).
//!
//! Nothing here does I/O, owns an optimiser, reads a clock or draws an implicit random number: a
//! network is built from a configuration, a device and a named random stream.

pub mod architectures;
pub mod augment;
pub mod extractors;
pub mod init;
pub mod layers;
mod network;

pub use network::{Classifier, Discriminator, Encoding, Generator, Mode, Translator, parameter_count};
