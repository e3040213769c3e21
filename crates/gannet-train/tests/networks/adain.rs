//! AdaIN's objective against scripts/reference/adain.py.

use gannet_apply::adain::{adain_loss, adain_target};
use gannet_apply::style_transfer::LossWeights;
use gannet_optim::{FlatTensors, parameters};

use crate::reference::{Reference, assert_close, values};
use crate::small_vgg::{close, decoder, drawn, encoder};

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
