//! AdaIN's operation and decoder against scripts/reference/adain.py.

use std::collections::BTreeMap;

use gannet_nn::architectures::adain::AdainConfig;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_nn::layers::adain;
use gannet_nn::parameter_count;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use crate::reference::{Reference, gradients, training, values};
use crate::small_vgg::{close, decoder, drawn};

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
    let backward = (output * drawn("decoder.probe", [2, 3, 24, 32])).sum().backward();
    close(&reference, "decoder.slopes", &values(&map.grad(&backward).unwrap()), 1e-4);
    let (found, expected) = (gradients(&decoder, &backward), reference.below("decoder.grad."));
    assert_eq!(expected.len(), found.len());
    for tensor in expected {
        close(&reference, &format!("decoder.grad.{}", tensor.name), &found[&tensor.name], 1e-4);
    }
}

/// As many parameters as the paper's decoder of relu4_1, which is published with 3,505,219.
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
