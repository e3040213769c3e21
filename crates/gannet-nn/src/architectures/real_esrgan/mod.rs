//! Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, Wang et al. 2021, arXiv:2107.10833: SRVGG,
//! the network of its fast models, and its discriminator, a U-Net with spectral norm that has a logit for each pixel.
//!
//! ```text
//! SRVGG          3 × 3 to w channels; 3 × 3 layers; 3 × 3 to r² images, pixel shuffle; PReLU between; plus the nearest-neighbor
//!                upsampled input
//! discriminator  3 × 3; 4 × 4 with stride 2, three times, to 8w channels; bilinear upsampling by 2 and 3 × 3, three times, each
//!                plus the map of its size on the way down; 3 × 3, twice; 3 × 3 to the logits; LeakyReLU 0.2 between
//! ```

mod srvgg;
mod unet_discriminator;

pub use srvgg::{Srvgg, SrvggConfig};
pub use unet_discriminator::{UnetDiscriminator, UnetDiscriminatorConfig};
