//! Penalties through convolution, batch norm and rectifiers, against PyTorch's double backward.

use burn::module::Module;
use burn::tensor::Tensor;
use gannet_choice::Choice;
use gannet_nn::architectures::dcgan::{DcganConfig, DcganDiscriminator};
use gannet_nn::{Architecture, Discriminator, Mode, NormKind, WeightKind};
use gannet_objectives::penalties::{GradientPenalties, PenaltyKind, penalty_objective};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_weights::collect;

use crate::reference::{Reference, assert_close, gradients, largest, training, values};

const WEIGHT: f64 = 3.0;
/// Relative to the largest value of a tensor. The error of f32 here is about 1e-6.
const TOLERANCE: f32 = 1e-5;

fn discriminator(networks: &Reference, case: &str, config: DcganConfig) -> DcganDiscriminator {
    let fresh = config.init_discriminator(&mut Stream::new(0, "discriminator", 0), &training());
    networks.load(fresh, &format!("{case}.discriminator."))
}

#[test]
fn values_and_gradients_equal_double_backward() {
    let (networks, expected) = (Reference::read("dcgan"), Reference::read("penalties"));
    let cases = [
        ("28x1", DcganConfig::new(28).with_channels(1).with_width(3)),
        ("32x3", DcganConfig::new(32).with_channels(3).with_width(2)),
    ];
    for (case, config) in cases {
        assert_penalties(&networks, &expected, case, case, || discriminator(&networks, case, config));
    }
}

/// Through spectral norms: one power iteration, and the same network for all that passes after it.
#[test]
fn values_and_gradients_through_spectral_norms_equal_double_backward() {
    let (networks, expected) = (Reference::read("dcgan"), Reference::read("penalties"));
    let config = DcganConfig::new(28).with_channels(1).with_width(3).with_norm(NormKind::None);
    let config = config.with_weight(WeightKind::Spectral);
    let start = || {
        let fresh = config.init_discriminator(&mut Stream::new(0, "discriminator", 0), &training());
        let mut loaded = expected.load(fresh, "spectral.discriminator.");
        loaded.power_iterate();
        loaded
    };
    let mut d = start();
    for tensor in expected.below("spectral.after.") {
        let found = collect(&d).into_iter().find(|found| found.name == tensor.name).expect("it has these vectors");
        assert_close(&tensor.name, &found.values, &tensor.values, 1e-6);
    }
    let logits = values(&d.logits(networks.tensor("28x1.real"), &[], Mode::Train));
    assert_close("logits", &logits, expected.values("spectral.logits"), 1e-5);
    assert_penalties(&networks, &expected, "28x1", "spectral", start);
}

/// All penalties on the images of `case` against the numbers called `key`.
fn assert_penalties(
    networks: &Reference,
    expected: &Reference,
    case: &str,
    key: &str,
    start: impl Fn() -> DcganDiscriminator,
) {
    for kind in [PenaltyKind::R1, PenaltyKind::R2, PenaltyKind::WganGp, PenaltyKind::ZeroGp] {
        let images: Tensor<4> = match kind {
            PenaltyKind::R1 => networks.tensor(&format!("{case}.real")),
            PenaltyKind::R2 => networks.tensor(&format!("{case}.images")),
            _ => expected.tensor(&format!("{case}.points")),
        };
        let d = start();
        let key = format!("{key}.{}.", kind.word());
        let penalties = GradientPenalties::new([(kind, WEIGHT)]);
        let mut value = Vec::new();
        let frozen = d.clone().no_grad();
        let logits = |images: Dual<4>| frozen.clone().forward(images, &[], Mode::Train).logits;
        let images = penalties.tangent(kind.points(), logits, images, |_, penalty| value = values(&penalty));
        let of_value = expected.values(&format!("{key}value"));
        assert_close(&key, &value, of_value, TOLERANCE * largest(of_value));
        let output = d.clone().forward(images, &[], Mode::Train);
        let found = gradients(&d, &penalty_objective(&output.logits).expect("a penalty").backward());
        let of_pytorch = expected.below(&format!("{key}grad."));
        assert!(of_pytorch.len() >= found.len(), "parameters with a gradient");
        for tensor in of_pytorch {
            // Where PyTorch has zeros, there may be no gradient at all.
            let found = found.get(&tensor.name).cloned().unwrap_or(vec![0.0; tensor.values.len()]);
            let scale = largest(&tensor.values).max(1e-3);
            assert_close(&format!("{key}{}", tensor.name), &found, &tensor.values, TOLERANCE * scale);
        }
    }
}
