//! The optimal discriminator gives the Jensen–Shannon divergence of real and fake: its cross-entropy is `log 4 − 2 JS`.
//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661, theorem 1.
//!
//! A trained discriminator's estimate is compared with quadrature on two normal distributions of the plane.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_nn::{Architecture, Discriminator, Mode};
use gannet_objectives::losses::LossKind;
use gannet_ops::device::on_worker;
use gannet_ops::random::Streams;
use gannet_optim::{Adam, parameters};
use gannet_recipe::{Recipe, RecipeError};
use gannet_train::tasks::adam_config;
use serde::Serialize;

use crate::points::networks;
use crate::settings::settings;

/// Points of a batch.
const BATCH: usize = 256;
/// Number of new points on which an estimate is computed.
const ESTIMATED: usize = 100_000;

/// The Jensen–Shannon divergence of two normal distributions of the plane with unit variance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Divergence {
    /// Distance of their means.
    pub distance: f64,
    /// The divergence by quadrature, in nats; at most log 2.
    pub exact: f64,
    /// The divergence by a trained discriminator's cross-entropy on points outside its training set.
    pub estimate: f64,
}

/// The divergence at some distances, estimated by discriminators trained for `steps` steps.
///
/// # Errors
/// The settings are not understood.
pub fn divergence(steps: u64, seed: u64, device: &Device) -> Result<Vec<Divergence>, RecipeError> {
    let always = [format!("seed={seed}"), format!("train.steps={steps}"), "optim.beta1=0.5".to_owned()];
    let recipe = settings(&always)?;
    let of = |distance: f64| Divergence {
        distance,
        exact: jensen_shannon(distance),
        estimate: on_worker(|| estimate(&recipe, distance, device)),
    };
    Ok([0.5, 1.0, 2.0, 3.0, 4.0].map(of).into())
}

/// The divergence of N(0, 1) and N(`distance`, 1) by quadrature; other axes do not matter.
fn jensen_shannon(distance: f64) -> f64 {
    const CELLS: usize = 20_000;
    let normal = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
    let (low, high) = (-12.0, distance + 12.0);
    let width = (high - low) / CELLS as f64;
    let half = |p: f64, q: f64| if p > 0.0 { 0.5 * p * (2.0 * p / (p + q)).ln() } else { 0.0 };
    let cell = |index: usize| {
        let x = low + (index as f64 + 0.5) * width;
        let (p, q) = (normal(x), normal(x - distance));
        half(p, q) + half(q, p)
    };
    (0..CELLS).map(cell).sum::<f64>() * width
}

fn estimate(recipe: &Recipe, distance: f64, device: &Device) -> f64 {
    let training = device.clone().autodiff();
    let streams = Streams::new(recipe.seed);
    let minimax = LossKind::Minimax.build(&recipe.loss_settings());
    let mut discriminator = networks(recipe).init_discriminator(&mut streams.at("discriminator", 0), &training);
    let mut adam = Adam::new(adam_config(&recipe.optim, recipe.optim.discriminator_lr));
    let draw = |name: &str, step: u64, count: usize, mean: f64| {
        let values = streams.at(name, step).normals(2 * count);
        let moved = values.into_iter().enumerate().map(|(at, x)| if at % 2 == 0 { x + mean as f32 } else { x });
        Tensor::<4>::from_data(TensorData::new(moved.collect(), [count, 2, 1, 1]), &training)
    };
    for step in 1..=recipe.train.steps as u64 {
        adam.set_lr_factor(recipe.optim.schedule.factor(step, recipe.train.steps));
        let real = discriminator.logits(draw("first", step, BATCH, 0.0), &[], Mode::Train);
        let fake = discriminator.logits(draw("second", step, BATCH, distance), &[], Mode::Train);
        let gradients = parameters::gradients(&discriminator, &minimax.discriminator(real, fake).backward());
        discriminator = adam.step(discriminator, gradients);
    }
    let mut frozen = discriminator.no_grad();
    let real = frozen.logits(draw("first", 0, ESTIMATED, 0.0), &[], Mode::Eval);
    let fake = frozen.logits(draw("second", 0, ESTIMATED, distance), &[], Mode::Eval);
    let entropy = f64::from(minimax.discriminator(real, fake).into_scalar::<f32>());
    (4_f64.ln() - entropy) / 2.0
}

#[cfg(test)]
mod tests {
    use gannet_ops::device::device;

    use super::*;

    #[test]
    fn quadrature_has_the_known_limits() {
        assert!(jensen_shannon(0.0).abs() < 1e-9);
        assert!((jensen_shannon(20.0) - 2_f64.ln()).abs() < 1e-6);
        // The divergence is the mutual information of a point and the distribution that it comes from; for small
        // distances d²/8.
        assert!((jensen_shannon(0.02) / (0.02_f64.powi(2) / 8.0) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_trained_discriminator_gives_the_divergence() {
        let found = divergence(300, 0, &device("cpu").unwrap()).unwrap();
        for Divergence { distance, exact, estimate } in found {
            assert!((estimate - exact).abs() < 0.03, "at {distance}: {estimate} instead of {exact}");
        }
    }
}
