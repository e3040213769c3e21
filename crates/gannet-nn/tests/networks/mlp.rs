//! The fully connected GAN against scripts/reference/mlp.py: PyTorch's images and logits.
//!
//! The reference was computed in f64; tolerances are a few times the largest error found.

use gannet_nn::Architecture;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_ops::random::Stream;

use crate::reference::{Reference, training};

#[test]
fn images_and_logits_equal_pytorch() {
    let file = Reference::read("mlp");
    let config = MlpConfig::new([1, 28, 28]).with_hidden(16).with_latent(8);
    let stream = &mut Stream::new(0, "replaced by the reference", 0);
    let generator = file.load(config.init_generator(stream, &training()), "generator.");
    let discriminator = file.load(config.init_discriminator(stream, &training()), "discriminator.");
    file.assert_forward("", generator, discriminator, [1e-6, 1e-6]);
}
