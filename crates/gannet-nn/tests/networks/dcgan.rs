//! DCGAN against scripts/reference/dcgan.py: PyTorch's images and logits.
//!
//! The reference was computed in f64, so what remains is the rounding of f32 here. Tolerances are a few times the
//! largest error found.

use gannet_nn::Architecture;
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_ops::random::Stream;

use crate::reference::{Reference, training};

/// Prefix of a case in the file, image size, channels, width, and length of a latent.
const CASES: [(&str, usize, usize, usize, usize); 3] =
    [("28x1.", 28, 1, 3, 5), ("32x3.", 32, 3, 2, 8), ("64x1.", 64, 1, 1, 8)];

#[test]
fn images_and_logits_equal_pytorch() {
    let file = Reference::read("dcgan");
    for (case, size, channels, width, latent) in CASES {
        let config = DcganConfig::new(size).with_channels(channels).with_width(width).with_latent(latent);
        let stream = &mut Stream::new(0, "replaced by the reference", 0);
        let generator = file.load(config.init_generator(stream, &training()), &format!("{case}generator."));
        let discriminator = file.load(config.init_discriminator(stream, &training()), &format!("{case}discriminator."));
        file.assert_forward(case, generator, discriminator, [2e-6, 1e-5]);
    }
}
