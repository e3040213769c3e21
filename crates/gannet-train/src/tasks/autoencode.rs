//! Autoencoders, alone and in union with GANs.
//!
//! ```text
//! plain         y = dec(enc(x))                    denoising where the encoder sees x with noise (Vincent et al. 2008, ICML)
//! variational   y = dec(μ + σ ε), μ, σ = enc(x)    + β KL (Kingma and Welling 2013, arXiv:1312.6114; Higgins et al. 2017, ICLR)
//! adversarial   a judge tells codes from N(0, 1)    (Makhzani et al. 2015, arXiv:1511.05644)
//! with a GAN    a judge tells dec(enc(x)) and dec(z) from x; its features may say how near an image is
//!               (Larsen et al. 2015, arXiv:1512.09300, algorithm 1)
//! ```
//!
//! As in the last, the encoder does not learn from the judge of images, and the decoder not from that of codes.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_nn::architectures::autoencoder::Encoder;
use gannet_nn::architectures::mlp::MlpDiscriminator;
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_objectives::losses::Loss;
use gannet_objectives::reconstruction::{bernoulli, divergence, gaussian};
use gannet_ops::dual::Dual;
use gannet_ops::random::Streams;
use gannet_weights::WeightsError;

use super::game::{Game, Moment, Origin};
use super::learner::{Averaged, Learner, Pace};
use super::translate::columns;
use super::{Report, Scalars, Task, TaskState, images};
use crate::grid::ImageGrid;
use crate::latents::LatentSpace;
use crate::recipe::{Autoencode, CodeKind, LikelihoodKind, Recipe};

/// The loss of the judge of codes.
const OF_CODES: Loss = Loss::NonSaturating;

/// Trains an encoder and a decoder, with judges where the recipe asks for them.
pub struct AutoencodeTask<E, G> {
    encoder: Averaged<E>,
    decoder: Averaged<G>,
    discriminator: Option<Learner<E>>,
    of_codes: Option<Learner<MlpDiscriminator>>,
    game: Game,
    weights: Autoencode,
    latent: usize,
    held_out: Vec<Batch>,
    preview: Vec<Batch>,
    pace: Pace,
    streams: Streams,
    device: Device,
}

/// The networks of the task; the judges where there are some.
pub struct Networks<E, G> {
    /// Images to codes.
    pub encoder: E,
    /// Codes to images.
    pub decoder: G,
    /// What tells images from those of the decoder.
    pub discriminator: Option<E>,
    /// What tells codes from N(0, 1).
    pub of_codes: Option<MlpDiscriminator>,
}

/// A micro-batch on its way.
struct Passed {
    moment: Moment,
    real: Tensor<4>,
    code: Tensor<2>,
    /// KL, where the code is a distribution.
    kl: Option<Tensor<1>>,
    made: Tensor<4>,
}

impl<E: Discriminator + Encoder, G: Generator> AutoencodeTask<E, G> {
    /// A task that has made no step; `held_out` images are not trained on, those of `preview` are shown.
    pub fn new(
        networks: Networks<E, G>,
        recipe: &Recipe,
        [held_out, preview]: [Vec<Batch>; 2],
        device: &Device,
    ) -> Self {
        let optim = &recipe.optim;
        let judge = |network| Learner::new("discriminator", network, optim, optim.discriminator_lr);
        let of_codes = |network| Learner::new("of_codes", network, optim, optim.discriminator_lr);
        Self {
            latent: networks.decoder.latent_size(),
            encoder: Averaged::new(["encoder", "encoder-ema"], networks.encoder, recipe),
            decoder: Averaged::new(["generator", "ema"], networks.decoder, recipe),
            discriminator: networks.discriminator.map(judge),
            of_codes: networks.of_codes.map(of_codes),
            game: Game::new(recipe),
            weights: recipe.autoencode.clone(),
            held_out,
            preview,
            pace: Pace::new(recipe),
            streams: Streams::new(recipe.seed),
            device: device.clone(),
        }
    }

    fn normals<const D: usize>(&self, name: &str, batch: u64, shape: [usize; D]) -> Tensor<D> {
        let values = self.streams.at(name, batch).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    /// Through the encoder and the decoder.
    fn pass(&mut self, batch: &Batch, moment: Moment) -> Passed {
        let real = images(batch, &self.device);
        let seen = match self.weights.noise {
            0.0 => real.clone(),
            noise => real.clone() + self.normals("corruption", moment.batch, real.dims()) * noise,
        };
        let (code, _) = self.encoder.learner.network.encode(Dual::constant(seen), Mode::Train);
        let (code, kl) = match self.weights.kind {
            CodeKind::Variational => {
                let noise = self.normals("code", moment.batch, [batch.n, self.latent]);
                let (code, kl) = sampled(code.value, noise);
                (code, Some(kl))
            }
            CodeKind::Plain | CodeKind::Adversarial => (code.value, None),
        };
        let made = self.decoder.learner.network.forward(code.clone(), Mode::Train);
        Passed { moment, real, code, kl, made }
    }

    /// What it costs to take `made` for `real`, in nats an image.
    fn cost(&self, made: Tensor<4>, real: Tensor<4>) -> Tensor<1> {
        match self.weights.likelihood {
            LikelihoodKind::Gaussian => gaussian(made, real) / self.weights.deviation.powi(2),
            LikelihoodKind::Bernoulli => bernoulli(made, real),
        }
    }

    /// Images of codes that are not learned from, and of noise: what the judge sees of the decoder.
    fn shown(&mut self, passed: &Passed) -> Tensor<4> {
        let prior = self.normals("latent", passed.moment.batch, passed.code.dims());
        let codes = match self.reconstructs() {
            true => Tensor::cat(vec![passed.code.clone().detach(), prior], 0),
            false => prior,
        };
        self.decoder.learner.network.forward(codes, Mode::Train)
    }

    /// Whether anything says that an image should be like its own reconstruction.
    fn reconstructs(&self) -> bool {
        self.weights.reconstruction > 0.0 || self.weights.features > 0.0
    }

    fn judges_learn(&mut self, passed: &[Passed], shown: &[Tensor<4>], report: &mut Report) {
        if let Some(discriminator) = &mut self.discriminator {
            for (Passed { moment, real, .. }, shown) in passed.iter().zip(shown) {
                let times = shown.dims()[0] / real.dims()[0];
                let pair = [Tensor::cat(vec![real.clone(); times], 0), shown.clone().detach()];
                let network = &mut discriminator.network;
                let objective = self.game.discriminator_objective(network, pair, &Origin::default(), *moment, report);
                discriminator.backward(objective, report);
            }
            self.game.observe(passed[0].moment.step, report);
            discriminator.learn(report);
        }
        for Passed { moment, code, .. } in passed {
            let prior = self.normals("prior", moment.batch, code.dims());
            let Some(of_codes) = &mut self.of_codes else { return };
            let mut says = |codes: Tensor<2>| of_codes.network.logits(as_images(codes), Mode::Train);
            let (real, fake) = (says(prior), says(code.clone().detach()));
            let objective = OF_CODES.discriminator(real, fake);
            report.mean("loss/of_codes", &objective);
            of_codes.backward(objective, report);
        }
        if let Some(of_codes) = &mut self.of_codes {
            of_codes.learn(report);
        }
    }

    fn autoencoder_learns(&mut self, passed: Vec<Passed>, shown: Vec<Tensor<4>>, report: &mut Report) {
        let mut judge = self.discriminator.as_ref().map(|judge| judge.network.clone().no_grad());
        let mut of_codes = self.of_codes.as_ref().map(|judge| judge.network.clone().no_grad());
        let mut shown = shown.into_iter();
        for Passed { moment, real, code, kl, made } in passed {
            let mut prices = Vec::new();
            if self.weights.reconstruction > 0.0 {
                let cost = self.cost(made.clone(), real.clone());
                report.mean("loss/reconstruction", &cost);
                prices.push(cost * self.weights.reconstruction);
            }
            if let Some(kl) = kl.filter(|_| self.reconstructs()) {
                report.mean("loss/kl", &kl);
                prices.push(kl * self.weights.beta);
            }
            if let Some(of_codes) = &mut of_codes {
                let says = of_codes.logits(as_images(code), Mode::Train);
                let price = OF_CODES.generator(says, || unreachable!("compares with nothing"));
                report.mean("loss/code", &price);
                prices.push(price);
            }
            if let (Some(judge), Some(shown)) = (&mut judge, shown.next()) {
                if self.weights.features > 0.0 {
                    let mut seen = |images: Tensor<4>| judge.judge(Dual::constant(images), Mode::Train).1.value;
                    let (of_real, of_made) = (seen(real.clone()), seen(made));
                    let cost = gaussian(of_made, of_real.detach());
                    report.mean("loss/features", &cost);
                    prices.push(cost * self.weights.features);
                }
                let times = shown.dims()[0] / real.dims()[0];
                let real = || Tensor::cat(vec![real.clone(); times], 0);
                let (network, shown) = (&self.decoder.learner.network, (shown, &Origin::default()));
                let fooled = self.game.generator_objective(network, judge, shown, real, moment, report);
                prices.push(fooled * self.weights.adversarial);
            }
            let Some(objective) = prices.into_iter().reduce(|sum, price| sum + price) else { continue };
            report.backward_in_both(self.encoder.learner.named(), self.decoder.learner.named(), objective);
        }
        self.encoder.learn(report);
        self.decoder.learn(report);
    }
}

/// Codes `[n, z]` drawn by `noise [n, z]` from the distributions whose means and logarithms of variances are `codes [n, 2 z]`, and their
/// divergence.
fn sampled(codes: Tensor<2>, noise: Tensor<2>) -> (Tensor<2>, Tensor<1>) {
    let z = noise.dims()[1];
    let (mean, log_variance) = (codes.clone().narrow(1, 0, z), codes.narrow(1, z, z));
    let code = mean.clone() + (log_variance.clone() * 0.5).exp() * noise;
    (code, divergence(mean, log_variance))
}

/// Codes `[n, z]` as images of one pixel, for the judge of codes.
fn as_images(codes: Tensor<2>) -> Tensor<4> {
    let [n, z] = codes.dims();
    codes.reshape([n, z, 1, 1])
}

/// What an encoder and a decoder make of images `[n, c, h, w]` when they are done learning: codes `[n, z]`, of a distribution its
/// mean, and images.
pub fn reconstructed<E: Discriminator + Encoder, G: Generator>(
    encoder: &E,
    decoder: &G,
    images: Tensor<4>,
) -> (Tensor<2>, Tensor<4>) {
    let z = decoder.latent_size();
    let (code, _) = encoder.clone().encode(Dual::constant(images), Mode::Eval);
    let mean = code.value.narrow(1, 0, z);
    (mean.clone(), decoder.generate(mean))
}

impl<E: Discriminator + Encoder, G: Generator> Task for AutoencodeTask<E, G> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        let factor = self.pace.factor(step);
        self.encoder.learner.schedule(factor);
        self.decoder.learner.schedule(factor);
        self.discriminator.iter_mut().for_each(|judge| judge.schedule(factor));
        self.of_codes.iter_mut().for_each(|judge| judge.schedule(factor));
        self.encoder.learner.network.iterate();
        self.decoder.learner.network.iterate();
        self.discriminator.iter_mut().for_each(|judge| judge.network.iterate());
        let mut report = Report::new(batches.len());
        let first = (step - 1) * batches.len() as u64;
        let moments = (first..).map(|batch| Moment { step, batch });
        let passed: Vec<Passed> = moments.zip(&batches).map(|(moment, batch)| self.pass(batch, moment)).collect();
        let judged = self.discriminator.is_some();
        let shown: Vec<Tensor<4>> = passed.iter().filter(|_| judged).map(|passed| self.shown(passed)).collect();
        self.judges_learn(&passed, &shown, &mut report);
        self.autoencoder_learns(passed, shown, &mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        let judges = self.discriminator.iter().map(Learner::parameters);
        let judges = judges.chain(self.of_codes.iter().map(Learner::parameters));
        [self.encoder.learner.parameters(), self.decoder.learner.parameters()].into_iter().chain(judges).collect()
    }

    fn state(&self) -> TaskState {
        let mut state = TaskState::default();
        self.encoder.save(&mut state);
        self.decoder.save(&mut state);
        self.discriminator.iter().for_each(|judge| judge.save(&mut state));
        self.of_codes.iter().for_each(|judge| judge.save(&mut state));
        state
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.encoder.learner.restore_adam(&mut state, &inner)?;
        self.decoder.learner.restore_adam(&mut state, &inner)?;
        self.discriminator.iter_mut().try_for_each(|judge| judge.restore_adam(&mut state, &inner))?;
        self.of_codes.iter_mut().try_for_each(|judge| judge.restore_adam(&mut state, &inner))?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.encoder.restore_network(&mut state)?;
        self.decoder.restore_network(&mut state)?;
        self.discriminator.iter_mut().try_for_each(|judge| judge.restore_network(&mut state))?;
        self.of_codes.iter_mut().try_for_each(|judge| judge.restore_network(&mut state))
    }

    fn activations(&self) -> usize {
        let judge = self.discriminator.as_ref().map_or(0, |judge| 4 * judge.network.activations());
        let shown = if self.discriminator.is_some() { 3 } else { 1 };
        self.encoder.learner.network.activations() + shown * self.decoder.learner.network.activations() + judge
    }

    fn score_meaning(&self) -> Option<&'static str> {
        self.discriminator.is_some().then(|| self.game.loss.meaning())
    }

    /// Images, their reconstructions, and images of noise.
    fn preview(&self) -> Option<ImageGrid> {
        let real = images(self.preview.first()?, &self.device.clone().inner());
        let (_, made) = reconstructed(self.encoder.average(), self.decoder.average(), real.clone());
        let drawn = self.draw(0, real.dims()[0])?;
        Some(columns(vec![real, made, drawn]))
    }

    fn draw(&self, first: usize, count: usize) -> Option<Tensor<4>> {
        let space = LatentSpace::noise(self.latent);
        let device = self.device.clone().inner();
        Some(self.decoder.average().generate(space.draw(self.streams, "evaluate", first as u64, count, &device)))
    }

    fn slow_down(&mut self, factor: f64) {
        self.pace.slow_down(factor);
    }

    fn learning(&self, step: u64) -> f64 {
        self.pace.planned(step)
    }

    /// What held-out images cost: of a distribution of codes with its divergence, which bounds their evidence.
    fn judge(&mut self) -> Option<(String, f64)> {
        let device = self.device.clone().inner();
        let variational = self.weights.kind == CodeKind::Variational;
        let cost = self.held_out.iter().map(|batch| {
            let real = images(batch, &device);
            let (codes, _) = self.encoder.average().clone().encode(Dual::constant(real.clone()), Mode::Eval);
            let (code, kl) = if variational {
                let noise = self.normals("held out", 0, [batch.n, self.latent]).inner();
                let (code, kl) = sampled(codes.value, noise);
                (code, f64::from(kl.into_scalar::<f32>()))
            } else {
                (codes.value, 0.0)
            };
            let made = self.decoder.average().generate(code);
            f64::from(self.cost(made, real).into_scalar::<f32>()) + kl
        });
        let cost: Vec<f64> = cost.collect();
        let name = if variational { "judge/bound" } else { "judge/reconstruction" };
        (!cost.is_empty() && self.reconstructs())
            .then(|| (name.to_owned(), cost.iter().sum::<f64>() / cost.len() as f64))
    }
}
