//! AdaIN's operation, decoder and objective against scripts/reference/adain.py.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use gannet_nn::architectures::adain::{AdainConfig, AdainDecoder};
use gannet_nn::extractors::frozen::Weights;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_nn::layers::adain;
use gannet_nn::parameter_count;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_train::adain::{aims, price};
use gannet_train::params::{self, Flat};
use gannet_train::style::Weighing;

use crate::common::{Reference, assert_close, largest, training, values};

/// VGG16's channels, and its convolutions before each pool.
const WIDTHS: [usize; 5] = [4, 6, 8, 10, 10];
const CONVOLUTIONS: [usize; 5] = [2, 2, 3, 3, 3];

fn drawn(key: &str, shape: [usize; 4]) -> Tensor<4> {
    let data = crate::seeded::uniform(key, shape.iter().product()).map(|u| (2.0 * u - 1.0) as f32).collect::<Vec<_>>();
    Tensor::from_data(burn::tensor::TensorData::new(data, shape), &training())
}

fn close(reference: &Reference, key: &str, found: &[f32], tolerance: f32) {
    let expected = reference.values(key);
    assert_close(key, found, expected, tolerance * largest(expected));
}

fn encoder() -> StyleFeatures {
    let (mut tensors, mut input, mut place) = (Vec::new(), 3, 0);
    for (width, count) in WIDTHS.into_iter().zip(CONVOLUTIONS) {
        for _ in 0..count {
            for (end, shape) in [("weight", vec![width, input, 3, 3]), ("bias", vec![width])] {
                let name = format!("features.{place}.{end}");
                let values = crate::seeded::values(&format!("adain.encoder.{name}"), &shape);
                tensors.push((name, shape, values));
            }
            (input, place) = (width, place + 2);
        }
        place += 1;
    }
    StyleFeatures::vgg(Weights::new(tensors, &training()), "small VGG16".into()).unwrap()
}

fn decoder(reference: &Reference) -> AdainDecoder {
    let config = AdainConfig::new(encoder().blocks(3));
    reference.seed(config.init(&mut Stream::new(0, "replaced", 0), &training()), "adain.decoder.")
}

fn gradients_are(reference: &Reference, case: &str, found: &Flat) {
    let expected = reference.below(&format!("{case}.grad."));
    assert_eq!(expected.len(), found.len());
    for tensor in expected {
        close(reference, &format!("{case}.grad.{}", tensor.name), &values(&found[&tensor.name]), 1e-4);
    }
}

#[test]
fn the_operation_equals_pytorch() {
    let reference = Reference::read("adain");
    let content = drawn("op.content", [2, 5, 6, 7]).require_grad();
    let style = (drawn("op.style", [2, 5, 4, 9]) * 2.0 + 1.0).require_grad();
    let output = adain(Dual::constant(content.clone()), Dual::constant(style.clone())).value;
    close(&reference, "op.output", &values(&output), 2e-5);
    let gradients = (output * drawn("op.probe", [2, 5, 6, 7])).sum().backward();
    close(&reference, "op.slopes_content", &values(&content.grad(&gradients).unwrap()), 1e-4);
    close(&reference, "op.slopes_style", &values(&style.grad(&gradients).unwrap()), 1e-4);
}

#[test]
fn the_decoder_equals_pytorch() {
    let reference = Reference::read("adain");
    let decoder = decoder(&reference);
    let map = drawn("decoder.input", [2, 10, 3, 4]).require_grad();
    let output = decoder.forward(map.clone());
    assert_eq!(output.dims(), [2, 3, 24, 32]);
    close(&reference, "decoder.output", &values(&output), 2e-5);
    let gradients = (output * drawn("decoder.probe", [2, 3, 24, 32])).sum().backward();
    close(&reference, "decoder.slopes", &values(&map.grad(&gradients).unwrap()), 1e-4);
    gradients_are(&reference, "decoder", &params::gradients(&decoder, &gradients));
}

#[test]
fn the_objective_equals_pytorch() {
    let reference = Reference::read("adain");
    let (features, decoder) = (encoder(), decoder(&reference));
    let [content, style] = ["content", "style"].map(|key| drawn(&format!("whole.{key}"), [2, 3, 32, 40]));
    let aims = aims(&features, 3, content, style);
    close(&reference, "whole.map", &values(&aims.map), 2e-5);
    let image = decoder.forward(aims.map.clone());
    close(&reference, "whole.image", &values(&image), 2e-5);
    let price = price(&features, image, &aims, Weighing { content: 1.0, style: 10.0, variation: 0.5 });
    let expected = reference.values("whole.prices");
    assert_close("content", &values(&price.content), &expected[..1], 2e-5);
    assert_close("style", &values(&price.style), &expected[1..2], 2e-5);
    let whole = expected[0] + 10.0 * expected[1] + 0.5 * expected[2];
    assert_close("total", &values(&price.total), &[whole], 2e-5 * whole);
    gradients_are(&reference, "whole", &params::gradients(&decoder, &price.total.backward()));
}

/// As many as the paper's decoder of relu4_1 has, which is published with 3,505,219.
#[test]
fn the_papers_decoder_mirrors_vgg19() {
    let config = AdainConfig::new(vec![[64, 2], [128, 2], [256, 4], [512, 1]]);
    assert_eq!(parameter_count(&config.init(&mut Stream::new(0, "count", 0), &training())), 3_505_219);
    let random: Vec<[usize; 2]> = StyleFeatures::random(&training()).blocks(3);
    assert_eq!(random, [[32, 2], [64, 2], [96, 2], [128, 1]]);
    assert_eq!(StyleFeatures::random(&training()).blocks(1), [[32, 2], [64, 1]]);
    let names: BTreeMap<_, _> =
        gannet_weights::collect(&AdainConfig::new(random).init(&mut Stream::new(0, "n", 0), &training()))
            .into_iter()
            .map(|tensor| (tensor.name, tensor.shape))
            .collect();
    assert_eq!(names["levels.3.convs.1.weight"], [3, 32, 3, 3]);
}
