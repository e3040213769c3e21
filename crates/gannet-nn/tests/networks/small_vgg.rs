//! A small VGG16 and its AdaIN decoder with the weights of scripts/reference/adain.py.

use burn::tensor::{Tensor, TensorData};
use gannet_nn::architectures::adain::{AdainConfig, AdainDecoder};
use gannet_nn::extractors::frozen::Weights;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_ops::random::Stream;

use crate::reference::{Reference, assert_close, largest, training};

/// VGG16's channels, and its convolutions before each pool.
const WIDTHS: [usize; 5] = [4, 6, 8, 10, 10];
const CONVOLUTIONS: [usize; 5] = [2, 2, 3, 3, 3];

pub fn drawn(key: &str, shape: [usize; 4]) -> Tensor<4> {
    let data = crate::seeded::uniform(key, shape.iter().product()).map(|u| (2.0 * u - 1.0) as f32).collect::<Vec<_>>();
    Tensor::from_data(TensorData::new(data, shape), &training())
}

pub fn close(reference: &Reference, key: &str, found: &[f32], tolerance: f32) {
    let expected = reference.values(key);
    assert_close(key, found, expected, tolerance * largest(expected));
}

pub fn encoder() -> StyleFeatures {
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

pub fn decoder(reference: &Reference) -> AdainDecoder {
    let config = AdainConfig::new(encoder().blocks(3));
    reference.seed(config.init(&mut Stream::new(0, "replaced", 0), &training()), "adain.decoder.")
}
