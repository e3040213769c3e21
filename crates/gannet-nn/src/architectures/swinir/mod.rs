//! SwinIR: Image Restoration Using Swin Transformer, Liang et al. 2021, arXiv:2108.10257.
//!
//! ```text
//! attention   in windows of 8 × 8 pixels: softmax(q · k / √d + a learned bias for each pair of places) · v, in several heads
//! block       x = x + attention(norm(x)); x = x + mlp(norm(x)); every second one has its windows moved by half a window
//! group       x + 3 × 3 of its blocks
//! network     f = 3 × 3 of the image; f + 3 × 3 of norm(groups(norm(f))); upsampling to the image
//! ```
//!
//! Upsampling is by pixel shuffle with further convolutions (classical), by pixel shuffle alone (lightweight), by nearest neighbors
//! and convolutions (real-world pictures), or none: then the result is added to the image. In place of a 3 × 3 there may be three
//! convolutions with fewer channels between them. An image is padded by reflection to whole windows.

mod architecture;
mod attention;
mod config;
mod files;
mod network;

pub use config::SwinirConfig;
pub use network::Swinir;
