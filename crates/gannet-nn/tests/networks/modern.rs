//! SNGAN, self-attention, R3GAN and conditional discriminators against scripts/reference/modern.py: PyTorch's images, logits
//! and gradients.
//!
//! The reference was computed in f64; tolerances are a few times the largest error found.

use burn::module::Module;
use burn::tensor::Tensor;
use gannet_nn::architectures::conditional::{Conditional, Conditioning};
use gannet_nn::architectures::r3gan::R3ganConfig;
use gannet_nn::architectures::sngan::SnganConfig;
use gannet_nn::layers::WeightKind;
use gannet_nn::{Architecture, Discriminator, Generator, Mode};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use crate::reference::{Reference, assert_close, gradients, largest, training, values};

const LATENT: usize = 6;
const CLASSES: usize = 3;

fn stream() -> Stream {
    Stream::new(0, "replaced by the reference", 0)
}

/// The gradients of `loss` in the parameters of `network` that the reference has.
fn assert_gradients<M: Module>(file: &Reference, case: &str, name: &str, network: &M, loss: Tensor<1>) {
    let found = gradients(network, &loss.backward());
    let expected = file.below(&format!("{case}.grad.{name}."));
    assert!(!expected.is_empty());
    for tensor in expected {
        let what = format!("{case}.grad.{name}.{}", tensor.name);
        assert_close(&what, &found[&tensor.name], &tensor.values, 1e-4 * largest(&tensor.values));
    }
}

fn check_generator(file: &Reference, case: &str, generator: impl Generator) {
    let mut generator = file.seed(generator, &format!("{case}.generator."));
    let images = generator.forward(file.tensor(&format!("{case}.latent")), Mode::Train);
    let expected = file.values(&format!("{case}.images"));
    assert_close(&format!("{case}.images"), &values(&images), expected, 2e-5 * largest(expected));
    let loss = (images * file.tensor(&format!("{case}.real"))).sum();
    assert_gradients(file, case, "generator", &generator, loss);
}

fn check_discriminator(file: &Reference, case: &str, discriminator: impl Discriminator) {
    let mut discriminator = file.seed(discriminator, &format!("{case}.discriminator."));
    let classes: Vec<usize> = file.values(&format!("{case}.classes")).iter().map(|class| *class as usize).collect();
    let real = file.tensor::<4>(&format!("{case}.real")).require_grad();
    let output = discriminator.forward(Dual::constant(real.clone()), &classes, Mode::Train);
    let logits = output.logits.value;
    let close = |key: &str, found: Vec<f32>| {
        let key = format!("{case}.{key}");
        let expected = file.values(&key);
        assert_close(&key, &found, expected, 2e-5 * largest(expected).max(0.1));
    };
    close("logits", values(&logits));
    if let Some(predicted) = discriminator.predict(&real, Some(output.features.value), Mode::Train) {
        close("guess", values(&predicted));
    }
    let backward = logits.sum().backward();
    close("slopes", values(&real.grad(&backward).expect("images have a gradient")));
    let logits = discriminator.logits(file.tensor(&format!("{case}.real")), &classes, Mode::Train);
    assert_gradients(file, case, "discriminator", &discriminator, logits.sum());
}

fn check(file: &Reference, case: &str, architecture: impl Architecture) {
    check_generator(file, case, architecture.init_generator(&mut stream(), &training()));
    check_discriminator(file, case, architecture.init_discriminator(&mut stream(), &training()));
}

#[test]
fn sngan_equals_pytorch() {
    let file = Reference::read("modern");
    for (size, channels, width) in [(32, 3, 2), (64, 1, 1), (128, 1, 1)] {
        let config = SnganConfig::new(size).with_channels(channels).with_width(width).with_latent(LATENT);
        check(&file, &format!("sngan-{size}"), config);
    }
}

#[test]
fn self_attention_equals_pytorch() {
    let config = SnganConfig::new(32).with_channels(1).with_width(4).with_latent(LATENT).with_attention(16);
    check(&Reference::read("modern"), "sagan-32", config.with_generator_weight(WeightKind::Spectral));
}

#[test]
fn r3gan_equals_pytorch() {
    let file = Reference::read("modern");
    for (size, channels, width) in [(32, 3, 8), (64, 1, 4)] {
        let config = R3ganConfig::new(size).with_channels(channels).with_width(width).with_latent(LATENT);
        check(&file, &format!("r3gan-{size}"), config);
    }
}

#[test]
fn conditional_networks_equal_pytorch() {
    let file = Reference::read("modern");
    let config = SnganConfig::new(32).with_channels(1).with_width(2).with_latent(LATENT).with_classes(CLASSES);
    for (word, conditioning) in [
        ("concatenation", Conditioning::Concatenation),
        ("projection", Conditioning::Projection),
        ("head", Conditioning::Head { codes: 2 }),
    ] {
        let case = format!("sngan-{word}");
        check_generator(&file, &case, config.init_generator(&mut stream(), &training()));
        let weight = WeightKind::Spectral;
        let discriminator = Conditional::new(config, conditioning, CLASSES, weight, &mut stream(), &training());
        check_discriminator(&file, &case, discriminator);
    }
}
