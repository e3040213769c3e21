//! DCGAN against scripts/reference/dcgan.py: PyTorch's losses, gradients, and one step.
//!
//! The reference was computed in f64, so what remains is the rounding of f32 here. Tolerances are a few times the
//! largest error found.

use gannet_nn::architectures::dcgan::{DcganConfig, DcganDiscriminator, DcganGenerator};
use gannet_nn::layers::is_running_statistic;
use gannet_nn::{Architecture, Generator, Mode};
use gannet_objectives::losses::{LossKind, LossSettings};
use gannet_ops::random::Stream;
use gannet_optim::parameters;
use gannet_weights::{NamedTensor, collect};

use crate::phases::{assert_phases_are_apart, assert_task_step_equals, d_loss, g_loss, loss, step};
use crate::reference::{Reference, assert_close, largest, training, values};

/// Prefix of a case in the file, image size, channels, width, and length of a latent.
const CASES: [(&str, usize, usize, usize, usize); 3] =
    [("28x1.", 28, 1, 3, 5), ("32x3.", 32, 3, 2, 8), ("64x1.", 64, 1, 1, 8)];

/// Calls `check` with each case's prefix and its networks, loaded.
fn each_case(check: impl Fn(&Reference, &str, DcganGenerator, DcganDiscriminator)) {
    let file = Reference::read("dcgan");
    for (case, size, channels, width, latent) in CASES {
        let config = DcganConfig::new(size).with_channels(channels).with_width(width).with_latent(latent);
        let stream = &mut Stream::new(0, "replaced by the reference", 0);
        let generator = file.load(config.init_generator(stream, &training()), &format!("{case}generator."));
        let discriminator = file.load(config.init_discriminator(stream, &training()), &format!("{case}discriminator."));
        check(&file, case, generator, discriminator);
    }
}

#[test]
fn losses_equal_pytorch() {
    let kinds = [
        ("non_saturating", LossKind::NonSaturating),
        ("minimax", LossKind::Minimax),
        ("least_squares", LossKind::LeastSquares),
    ];
    each_case(|file, case, _, mut d| {
        for (name, kind) in kinds {
            let loss = kind.build(&LossSettings::default());
            let [real, fake] = ["real", "images"].map(|key| file.tensor::<4>(&format!("{case}{key}")));
            let g_loss = g_loss(&*loss, &mut d, fake.clone());
            let d_loss = d_loss(&*loss, &mut d, real, fake);
            for (network, found) in [("generator", g_loss), ("discriminator", d_loss)] {
                let key = format!("{case}loss.{name}.{network}");
                let expected = file.values(&key);
                assert_close(&key, &values(&found), expected, 2e-6 * largest(expected).max(1.0));
            }
        }
    });
}

#[test]
fn gradients_equal_pytorch() {
    each_case(|file, case, mut g, mut d| {
        let images = g.forward(file.tensor(&format!("{case}latent")), Mode::Train);
        let d_loss = d_loss(&*loss(), &mut d, file.tensor(&format!("{case}real")), images.clone().detach());
        let g_loss = g_loss(&*loss(), &mut d, images);
        let found = [
            ("generator", parameters::gradients(&g, &g_loss.backward())),
            ("discriminator", parameters::gradients(&d, &d_loss.backward())),
        ];
        for (name, found) in found {
            let expected = file.below(&format!("{case}grad.{name}."));
            assert_eq!(found.len(), expected.len(), "parameters with a gradient");
            // Sums that nearly cancel: PyTorch in f32 differs by up to 3e-4 from this reference in f64.
            for NamedTensor { name: path, values: expected, .. } in expected {
                let what = format!("{case}grad.{name}.{path}");
                assert_close(&what, &values(&found[&path]), &expected, 1e-4 * largest(&expected));
            }
        }
    });
}

/// What a step adds to each tensor of a network.
fn changes(after: Vec<NamedTensor>, before: &[NamedTensor]) -> Vec<NamedTensor> {
    let difference = |(mut after, before): (NamedTensor, &NamedTensor)| {
        assert_eq!((&after.name, &after.shape), (&before.name, &before.shape));
        after.values.iter_mut().zip(&before.values).for_each(|(after, before)| *after -= before);
        after
    };
    after.into_iter().zip(before).map(difference).collect()
}

fn sorted(mut tensors: Vec<NamedTensor>) -> Vec<NamedTensor> {
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    tensors
}

#[test]
fn a_step_changes_weights_and_running_statistics_as_in_pytorch() {
    each_case(|file, case, g, d| {
        let [real, latent] = ["real", "latent"].map(|key| format!("{case}{key}"));
        let stepped = step(g, d, file.tensor(&real), file.tensor(&latent));
        // PyTorch's discriminator also updates its running statistics in the generator's phase. Gannet's does not, but
        // the frozen copy that it uses there has the same weights and makes that change.
        let networks = [("generator", collect(&stepped.generator)), ("discriminator", collect(&stepped.frozen))];
        for (name, after) in networks {
            let before = file.below(&format!("{case}{name}."));
            let expected = changes(file.below(&format!("{case}after.{name}.")), &before);
            let found = changes(sorted(after), &before);
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                let statistic = found.name.rsplit('.').next().is_some_and(is_running_statistic);
                let tolerance = if statistic { 1e-6 } else { 1e-7 };
                assert!(largest(&expected.values) > 10.0 * tolerance, "{} must change", found.name);
                assert_close(&format!("{case}{name}.{}", found.name), &found.values, &expected.values, tolerance);
            }
        }
        let kept = collect(&stepped.discriminator);
        assert!(kept != collect(&stepped.frozen), "the frozen copy's statistics are its own");
    });
}

#[test]
fn no_phase_computes_the_other_network_s_gradients() {
    each_case(|file, case, g, d| {
        let [real, latent] = ["real", "latent"].map(|key| format!("{case}{key}"));
        assert_phases_are_apart(g, d, file.tensor(&real), file.tensor(&latent));
    });
}

#[test]
fn the_task_s_step_equals_pytorch() {
    each_case(|file, case, g, d| assert_task_step_equals(g, d, file.tensor(&format!("{case}real"))));
}
