//! AdaIN's objective against scripts/reference/adain.py.

use burn::tensor::Tensor;
use gannet_apply::adain::{adain_loss, adain_target};
use gannet_apply::style_transfer::LossWeights;
use gannet_nn::architectures::adain::{AdainConfig, AdainDecoder};
use gannet_nn::extractors::frozen::Weights;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_ops::random::Stream;
use gannet_optim::{FlatTensors, parameters};

use crate::reference::{Reference, assert_close, largest, training, values};

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

fn gradients_are(reference: &Reference, case: &str, found: &FlatTensors) {
    let expected = reference.below(&format!("{case}.grad."));
    assert_eq!(expected.len(), found.len());
    for tensor in expected {
        close(reference, &format!("{case}.grad.{}", tensor.name), &values(&found[&tensor.name]), 1e-4);
    }
}

#[test]
fn the_objective_equals_pytorch() {
    let reference = Reference::read("adain");
    let (features, decoder) = (encoder(), decoder(&reference));
    let [content, style] = ["content", "style"].map(|key| drawn(&format!("whole.{key}"), [2, 3, 32, 40]));
    let target = adain_target(&features, 3, content, style);
    close(&reference, "whole.map", &values(&target.map), 2e-5);
    let image = decoder.forward(target.map.clone());
    close(&reference, "whole.image", &values(&image), 2e-5);
    let loss = adain_loss(&features, image, &target, LossWeights { content: 1.0, style: 10.0, variation: 0.5 });
    let expected = reference.values("whole.prices");
    assert_close("content", &values(&loss.content), &expected[..1], 2e-5);
    assert_close("style", &values(&loss.style), &expected[1..2], 2e-5);
    let whole = expected[0] + 10.0 * expected[1] + 0.5 * expected[2];
    assert_close("total", &values(&loss.total), &[whole], 2e-5 * whole);
    gradients_are(&reference, "whole", &parameters::gradients(&decoder, &loss.total.backward()));
}
