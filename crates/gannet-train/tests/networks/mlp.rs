//! The phases and the step of the fully connected GAN of scripts/reference/mlp.py.

use gannet_nn::Architecture;
use gannet_nn::architectures::mlp::{MlpConfig, MlpDiscriminator, MlpGenerator};
use gannet_ops::random::Stream;

use crate::phases::{assert_phases_are_apart, assert_task_step_equals};
use crate::reference::{Reference, training};

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
    assert_phases_are_apart(g, d, file.tensor("real"), file.tensor("latent"));
}

#[test]
fn the_task_s_step_equals_the_public_pieces() {
    let (file, g, d) = networks();
    assert_task_step_equals(g, d, file.tensor("real"));
}
