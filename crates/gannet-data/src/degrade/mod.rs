//! Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, Wang et al. 2021,
//! arXiv:2107.10833, section 3: what real images have gone through. An image is blurred, resized, given noise and saved as
//! a JPEG file, twice in a row, and at the end filtered by a sinc, which leaves ringing. The strength of each step is drawn
//! at random; the distributions are those of the paper's training code.
//!
//! `order.rs` says what comes after what. What differs from that code: each image has its own factors of resizing and its
//! own kind of noise (there they are those of a batch, and a pool of past pairs mixes the batches), and JPEG continues the
//! last pixels behind the border (there it is black).

mod batch;
mod bessel;
mod blur;
mod jpeg;
mod kernels;
mod noise;
mod order;
mod planes;
mod resize;
mod sharpen;
#[cfg(test)]
mod tests;

pub use batch::{degraded_batch, sharpened_batch};
pub use order::degrade;
pub use planes::SquarePlanes;
pub use sharpen::sharpened;

gannet_choice::choice! {
    /// How training images are degraded to the small images that an upscaler is given.
    DegradationKind {
        /// Downscaled by bicubic interpolation as MATLAB's `imresize`, the field's benchmark.
        Bicubic = "bicubic",
        /// Blurred, resized, with noise and JPEG artifacts, twice and at random (Wang et al. 2021, arXiv:2107.10833):
        /// Real-ESRGAN.
        Real = "real",
    }
}
