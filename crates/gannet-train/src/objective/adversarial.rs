//! The losses of the discriminator and the generator, by a recipe's settings.
//!
//! ```text
//! d_loss = loss(D(real), D(fake)) + label smoothing + penalties + LeCam + orthogonality + classification
//!          + invariant information clustering + consistency
//! g_loss = loss(D(fake), D(real)) + feature matching + pull-away + orthogonality + classification + latent diversity
//! ```

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use gannet_nn::{Discriminator, DiscriminatorOutput, Mode};
use gannet_objectives::losses::{AdversarialLoss, feature_matching, label_smoothing, pull_away, top_k};
use gannet_objectives::penalties::{GradientPenalties, LeCam, Points, orthogonal, penalty_objective};
use gannet_ops::dual::Dual;
use gannet_ops::random::Streams;
use gannet_recipe::Recipe;
use gannet_weights::NamedTensor;

use super::augmentation::Augmentation;
use super::classification::{Observed, classification_loss, iic_loss};
use super::conditioning::Conditioning;
use super::consistency::{consistency_loss, latent_diversity_loss};
use super::step_index::StepIndex;
use crate::step_report::StepReport;

/// The loss, the penalties, and all other settings of a recipe that shape the two objectives.
pub struct AdversarialObjective {
    loss: Box<dyn AdversarialLoss>,
    penalties: GradientPenalties,
    lecam: Option<LeCam>,
    /// Mean logits of real and of generated images since [`AdversarialObjective::observe`], where something depends on them.
    mean_logits: Vec<[Tensor<1>; 2]>,
    augmentation: Augmentation,
    recipe: Recipe,
    streams: Streams,
}

impl AdversarialObjective {
    /// The objective before the first step.
    pub fn new(recipe: &Recipe) -> Self {
        let lecam = recipe.penalty.lecam;
        Self {
            loss: recipe.loss.kind.build(&recipe.loss_settings()),
            penalties: recipe.penalties(),
            lecam: (lecam > 0.0).then(|| LeCam::new(lecam)),
            mean_logits: Vec::new(),
            augmentation: Augmentation::new(recipe),
            recipe: recipe.clone(),
            streams: Streams::new(recipe.seed),
        }
    }

    /// What the discriminator's scores mean, in words.
    pub fn score_meaning(&self) -> &'static str {
        self.loss.score_meaning()
    }

    /// Images `[n, c, h, w]` → `[n / pack, pack · c, h, w]`, where the discriminator sees several at once (PacGAN).
    pub fn pack(&self, images: Tensor<4>) -> Tensor<4> {
        let ([n, c, h, w], pack) = (images.dims(), self.recipe.train.pack);
        if pack == 1 { images } else { images.reshape([n / pack, pack * c, h, w]) }
    }

    /// Images as the discriminator sees them: augmented, packed, with instance noise. `name` selects the random streams.
    pub fn discriminator_input(&self, images: Tensor<4>, name: &str, at: StepIndex) -> Tensor<4> {
        let images = self.pack(self.augmentation.apply(images, name, at));
        let deviation = self.recipe.train.noise(at.step);
        if deviation == 0.0 {
            return images;
        }
        let normals = self.streams.at(&format!("noise/{name}"), at.batch).normals(images.shape().num_elements());
        let noise = TensorData::new(normals, images.dims());
        images.clone() + Tensor::from_data(noise, (&images.device(), images.dtype())) * deviation
    }

    /// The discriminator's loss `[1]` for a batch, penalties included.
    pub fn d_loss<D: Discriminator>(
        &mut self,
        discriminator: &mut D,
        [real, fake]: [Tensor<4>; 2],
        conditioning: &Conditioning,
        at: StepIndex,
        report: &mut StepReport,
    ) -> Tensor<1> {
        let (augment, streams) = (&self.recipe.augment, (self.streams, at));
        let consistency = consistency_loss(augment, discriminator, [&real, &fake], conditioning, streams, report);
        let real = self.augmentation.deceive(real, &fake, at);
        let (real, fake) = (self.discriminator_input(real, "real", at), self.discriminator_input(fake, "fake", at));
        let ([real_out, fake_out], gradient_penalties) =
            self.forward_with_penalties(discriminator, [&real, &fake], &conditioning.labels, at, report);
        let (real_logits, fake_logits) = (real_out.logits.value, fake_out.logits.value);
        let lecam = self.lecam.map(|lecam| lecam.penalty(&real_logits, &fake_logits));
        let orthogonality = self.orthogonality(discriminator);
        lecam.iter().for_each(|loss| report.mean("penalty/lecam", loss));
        orthogonality.iter().for_each(|loss| report.mean("penalty/orthogonal", loss));
        let observed = |images, features: &Dual<4>| Observed { images, features: features.value.clone() };
        let condition = &self.recipe.condition;
        let real_observed = observed(&real, &real_out.features);
        let iic = iic_loss(condition, discriminator, real_observed, self.streams, at, report);
        let both = [observed(&real, &real_out.features), observed(&fake, &fake_out.features)].map(Some);
        let classification = classification_loss(condition, discriminator, both, conditioning, report);
        report.mean("score/real", &self.loss.score(real_logits.clone()));
        report.mean("score/fake", &self.loss.score(fake_logits.clone()));
        self.remember(&real_logits, &fake_logits);
        self.augmentation.observe(&real_logits);
        let smoothing = self.recipe.loss.smoothing;
        let smoothing = (smoothing > 0.0).then(|| label_smoothing(real_logits.clone(), smoothing));
        let loss = sum(self.loss.discriminator(real_logits, fake_logits), [smoothing]);
        report.mean("loss/discriminator", &loss);
        let regularizers = [lecam, orthogonality, classification, iic, consistency];
        sum(loss, gradient_penalties.into_iter().chain(regularizers))
    }

    /// The discriminator's outputs for real and fake images, and the objectives of the gradient penalties: at real images, at
    /// fake images, and at other points.
    fn forward_with_penalties<D: Discriminator>(
        &self,
        discriminator: &mut D,
        [real, fake]: [&Tensor<4>; 2],
        labels: &[usize],
        at: StepIndex,
        report: &mut StepReport,
    ) -> ([DiscriminatorOutput; 2], [Option<Tensor<1>>; 3]) {
        let penalties = self.penalties_in(at.step);
        let mut reported = |name: &str, value: Tensor<1>| report.mean(&format!("penalty/{name}"), &value);
        let frozen = discriminator.clone().no_grad();
        let frozen_logits = |images: Dual<4>| frozen.clone().forward(images, labels, Mode::Train).logits;
        let trained_logits = |images: Dual<4>| discriminator.clone().forward(images, labels, Mode::Train).logits;
        let mut stream = self.streams.at("penalty", at.batch);
        let other_points =
            penalties.at_other_points(frozen_logits, trained_logits, [real, fake], &mut stream, &mut reported);
        let real = penalties.tangent(Points::Real, frozen_logits, real.clone(), &mut reported);
        let fake = penalties.tangent(Points::Fake, frozen_logits, fake.clone(), &mut reported);
        let real = discriminator.forward(real, labels, Mode::Train);
        let fake = discriminator.forward(fake, labels, Mode::Train);
        let objectives = [penalty_objective(&real.logits), penalty_objective(&fake.logits), other_points];
        ([real, fake], objectives)
    }

    /// The generator's loss `[1]` for its images, which the `frozen` discriminator scores. `real` gives as many real images.
    pub fn g_loss<G: Module, D: Discriminator>(
        &self,
        generator: &G,
        frozen: &mut D,
        (fake, conditioning): (Tensor<4>, &Conditioning),
        real: impl FnOnce() -> Tensor<4>,
        at: StepIndex,
        report: &mut StepReport,
    ) -> Tensor<1> {
        let labels = &conditioning.labels;
        let diversity = latent_diversity_loss(&self.recipe.augment, &fake, conditioning);
        let fake = self.discriminator_input(fake, "generated", at);
        let output = frozen.forward(Dual::constant(fake.clone()), labels, Mode::Train);
        let (logits, features) = (output.logits.value, output.features.value);
        report.mean("score/fake_after", &self.loss.score(logits.clone()));
        let [matching, pull] = [self.recipe.loss.feature_matching, self.recipe.loss.pull_away];
        let real = (self.loss.needs().real_logits || matching > 0.0).then(|| {
            let real = Dual::constant(self.discriminator_input(real(), "compared", at));
            let output = frozen.forward(real, labels, Mode::Train);
            (output.logits.value, output.features.value)
        });
        let (real_logits, real_features) = real.unzip();
        let count = logits.dims()[0];
        let kept = self.recipe.train.kept(count, at.step);
        let best = if kept < count { top_k(logits, kept) } else { logits };
        let loss = self.loss.generator(best, real_logits);
        let matching =
            real_features.filter(|_| matching > 0.0).map(|real| feature_matching(real, features.clone()) * matching);
        let observed = [None, Some(Observed { images: &fake, features: features.clone() })];
        let unreported = &mut StepReport::new(1);
        let classification = classification_loss(&self.recipe.condition, frozen, observed, conditioning, unreported);
        let pull = (pull > 0.0).then(|| pull_away(features) * pull);
        let loss = sum(loss, [matching, pull]);
        report.mean("loss/generator", &loss);
        sum(loss, [self.orthogonality(generator), classification, diversity])
    }

    /// Updates what is kept from step to step by the logits since the last call.
    pub fn observe(&mut self, step: u64, report: &mut StepReport) {
        self.augmentation.adapt(step, report);
        let count = self.mean_logits.len() as f64;
        let pairs = self.mean_logits.drain(..).map(|pair| pair.map(|mean| f64::from(mean.into_scalar::<f32>())));
        let Some([real, fake]) = pairs.reduce(|[a, b], [c, d]| [a + c, b + d]) else { return };
        let (real, fake) = (real / count, fake / count);
        if let Some(lecam) = &mut self.lecam {
            lecam.observe(real, fake);
        }
        if let Some(measure) = self.loss.observe(real, fake) {
            report.number("loss/convergence", measure);
        }
    }

    /// Whether latent consistency (zCR) compares images of perturbed latents.
    pub fn needs_perturbed_latents(&self) -> bool {
        self.recipe.augment.latent_consistency > 0.0
    }

    fn remember(&mut self, real: &Tensor<1>, fake: &Tensor<1>) {
        if self.lecam.is_some() || self.loss.remembers() {
            self.mean_logits.push([real, fake].map(|logits| logits.clone().inner().mean()));
        }
    }

    /// The gradient penalties of this step. Lazy regularization applies them every few steps, as much stronger.
    fn penalties_in(&self, step: u64) -> GradientPenalties {
        let every = self.recipe.penalty.every as u64;
        let strength = every as f64 * self.recipe.cosine.penalty(step, self.recipe.train.steps);
        if (step - 1).is_multiple_of(every) { self.penalties.scaled(strength) } else { GradientPenalties::default() }
    }

    fn orthogonality<M: Module>(&self, network: &M) -> Option<Tensor<1>> {
        let beta = self.recipe.penalty.orthogonal;
        if beta > 0.0 { orthogonal(network, beta) } else { None }
    }

    /// What a checkpoint keeps of the objective.
    pub fn state(&self) -> Vec<NamedTensor> {
        let named = |name: &str, values: Vec<f32>| NamedTensor { name: name.into(), shape: vec![values.len()], values };
        let averages = self.lecam.and_then(|lecam| lecam.averages).map(|averages| named("lecam", averages.to_vec()));
        let loss = Some(self.loss.state()).filter(|values| !values.is_empty()).map(|values| named("loss", values));
        averages.into_iter().chain(loss).chain(self.augmentation.state()).collect()
    }

    /// Restores a [`AdversarialObjective::state`].
    pub fn restore(&mut self, state: &[NamedTensor]) {
        for tensor in state {
            match (tensor.name.as_str(), &tensor.values[..], &mut self.lecam) {
                ("lecam", [real, fake], Some(lecam)) => lecam.averages = Some([*real, *fake]),
                ("augment", values, _) => self.augmentation.restore(values),
                ("loss", values, _) => self.loss.restore(values),
                _ => {}
            }
        }
    }
}

/// A loss plus the terms that are present.
fn sum(loss: Tensor<1>, terms: impl IntoIterator<Item = Option<Tensor<1>>>) -> Tensor<1> {
    terms.into_iter().flatten().fold(loss, |sum, term| sum + term)
}
