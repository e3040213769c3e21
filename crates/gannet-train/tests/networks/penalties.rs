//! Penalties through convolution, batch norm and rectifiers, against PyTorch's double backward.

use burn::module::Module;
use burn::tensor::Tensor;
use gannet_nn::architectures::Architecture;
use gannet_nn::architectures::dcgan::{DcganConfig, DcganDiscriminator, NormKind};
use gannet_nn::layers::WeightKind;
use gannet_nn::{Discriminator, Mode};
use gannet_objectives::penalties::{Kind, Penalties, price};
use gannet_ops::random::Stream;
use gannet_train::params;
use gannet_weights::collect;

use crate::common::{Reference, assert_close, largest, training, values};

const WEIGHT: f64 = 3.0;
/// Of the largest value of a tensor. f32's own error here is some 1e-6.
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
        loaded.iterate();
        loaded
    };
    let mut d = start();
    for tensor in expected.below("spectral.after.") {
        let found = collect(&d).into_iter().find(|found| found.name == tensor.name).expect("it has these vectors");
        assert_close(&tensor.name, &found.values, &tensor.values, 1e-6);
    }
    let logits = values(&d.logits(networks.tensor("28x1.real"), Mode::Train));
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
    for kind in [Kind::R1, Kind::R2, Kind::WganGp, Kind::ZeroCentred] {
        let images: Tensor<4> = match kind {
            Kind::R1 => networks.tensor(&format!("{case}.real")),
            Kind::R2 => networks.tensor(&format!("{case}.images")),
            _ => expected.tensor(&format!("{case}.points")),
        };
        let d = start();
        let key = format!("{key}.{}.", kind.name());
        let penalties = Penalties(vec![(kind, WEIGHT)]);
        let mut value = Vec::new();
        let moving = penalties.moving(kind.points(), &d.clone().no_grad(), images, |_, price| value = values(&price));
        let of_value = expected.values(&format!("{key}value"));
        assert_close(&key, &value, of_value, TOLERANCE * largest(of_value));
        let gradients = price(&d.clone().forward(moving, Mode::Train)).expect("a penalty").backward();
        let found = params::gradients(&d, &gradients);
        let of_pytorch = expected.below(&format!("{key}grad."));
        assert!(of_pytorch.len() >= found.len(), "parameters with a gradient");
        for tensor in of_pytorch {
            // Where PyTorch has zeros, there may be no gradient at all.
            let found = found.get(&tensor.name).map_or(vec![0.0; tensor.values.len()], values);
            let scale = largest(&tensor.values).max(1e-3);
            assert_close(&format!("{key}{}", tensor.name), &found, &tensor.values, TOLERANCE * scale);
        }
    }
}
