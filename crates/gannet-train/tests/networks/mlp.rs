//! The fully connected GAN against scripts/reference/mlp.py: PyTorch's images and logits.
//!
//! The reference was computed in f64; tolerances are a few times the largest error found.

use crate::common::{Reference, training};
use gannet_nn::architectures::Architecture;
use gannet_nn::architectures::mlp::{MlpConfig, MlpDiscriminator, MlpGenerator};
use gannet_ops::random::Stream;

fn networks() -> (Reference, MlpGenerator, MlpDiscriminator) {
    let file = Reference::read("mlp");
    let config = MlpConfig::new([1, 28, 28]).with_hidden(16).with_latent(8);
    let stream = &mut Stream::new(0, "replaced by the reference", 0);
    let generator = file.load(config.init_generator(stream, &training()), "generator.");
    let discriminator = file.load(config.init_discriminator(stream, &training()), "discriminator.");
    (file, generator, discriminator)
}

#[test]
fn no_phase_computes_the_other_network_s_gradients() {
    let (file, g, d) = networks();
    crate::common::assert_phases_are_apart(g, d, file.tensor("real"), file.tensor("latent"));
}

#[test]
fn the_task_makes_the_step_of_the_public_pieces() {
    let (file, g, d) = networks();
    crate::common::assert_task_makes_the_step(g, d, file.tensor("real"));
}
