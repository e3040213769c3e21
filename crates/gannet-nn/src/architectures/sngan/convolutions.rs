//! The convolutions of SNGAN's blocks, with Glorot's initialization.

use crate::init::Init;
use crate::layers::{ConvConfig, Resize};

/// Gain of the convolutions inside a block.
pub(super) const INSIDE: f64 = std::f64::consts::SQRT_2;

/// A 3 × 3 convolution.
pub(super) fn three(input: usize, output: usize, resize: Resize, gain: f64) -> ConvConfig {
    let config = ConvConfig::three(input, output, resize).with_bias();
    config.with_init(Init::glorot(gain, input * 9, output * 9))
}

/// The 1 × 1 convolution of a shortcut.
pub(super) fn one(input: usize, output: usize) -> ConvConfig {
    ConvConfig::new(input, output, 1).with_bias().with_init(Init::glorot(1.0, input, output))
}
