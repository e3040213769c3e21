//! The rules that the two players play by: what each of them pays, and what the discriminator is shown.

use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};
use gannet_nn::augment::{distort, view};
use gannet_nn::{Discriminator, Mode};
use gannet_objectives::losses::{
    Loss, code_distance, cross_entropy, feature_matching, misnamed, mutual_information, pull_away, smoothing, top_k,
};
use gannet_objectives::penalties::{LeCam, Penalties, Points, orthogonal, price};
use gannet_ops::dual::Dual;
use gannet_ops::random::Streams;
use gannet_weights::NamedTensor;

use super::Report;
use super::augment::Augment;
use super::build::{loss, penalties};
use crate::recipe::{self, ConditionKind, ConsistencyKind, Recipe};

/// How much generated images of latents that lie close by should differ, beside how much they should be judged alike; and the
/// deviation of the noise between such latents (Zhao et al. 2020, arXiv:2002.04724, section 3).
const APART: f64 = 0.1;
pub const NEAR: f64 = 0.03;

/// The loss, the penalties, and the other settings of a recipe that change the game.
pub struct Game {
    pub loss: Loss,
    penalties: Penalties,
    lecam: Option<LeCam>,
    /// Mean logits of real and of generated images since [`Game::observe`], where something depends on them.
    seen: Vec<[Tensor<1>; 2]>,
    of_loss: recipe::Loss,
    of_penalty: recipe::Penalty,
    of_train: recipe::Train,
    of_condition: recipe::Condition,
    of_augment: recipe::Augment,
    augment: Augment,
    cosine: recipe::Cosine,
    streams: Streams,
}

/// What images were made of, or of which classes they are.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// A class for each image; none without classes.
    pub classes: Vec<usize>,
    /// Codes `[n, k]` of generated images, where there are some.
    pub codes: Option<Tensor<2>>,
    /// Generated images of latents that lie close by, where they are compared.
    pub near: Option<Tensor<4>>,
}

/// When something happens.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The step, from 1.
    pub step: u64,
    /// The number of the micro-batch, over the whole run.
    pub batch: u64,
}

impl Game {
    /// Before the first step.
    pub fn new(recipe: &Recipe) -> Self {
        let lecam = recipe.penalty.lecam;
        Self {
            loss: loss(&recipe.loss),
            penalties: penalties(&recipe.penalty),
            lecam: (lecam > 0.0).then(|| LeCam::new(lecam)),
            seen: Vec::new(),
            of_loss: recipe.loss.clone(),
            of_penalty: recipe.penalty.clone(),
            of_train: recipe.train.clone(),
            of_condition: recipe.condition.clone(),
            of_augment: recipe.augment.clone(),
            augment: Augment::new(recipe),
            cosine: recipe.cosine.clone(),
            streams: Streams::new(recipe.seed),
        }
    }

    /// Images `[n, c, h, w]` as the discriminator judges them: `[n / pack, pack · c, h, w]`.
    pub fn packed(&self, images: Tensor<4>) -> Tensor<4> {
        let ([n, c, h, w], pack) = (images.dims(), self.of_train.pack);
        if pack == 1 { images } else { images.reshape([n / pack, pack * c, h, w]) }
    }

    /// The same after what the recipe does to all that is shown, and with noise for as long as there is some; `name` tells
    /// its streams apart.
    pub fn shown(&self, images: Tensor<4>, name: &str, moment: Moment) -> Tensor<4> {
        let images = self.packed(self.augment.apply(images, name, moment));
        let deviation = self.of_train.noise(moment.step);
        if deviation == 0.0 {
            return images;
        }
        let normals = self.streams.at(&format!("noise/{name}"), moment.batch).normals(images.shape().num_elements());
        let noise = TensorData::new(normals, images.dims());
        images.clone() + Tensor::from_data(noise, (&images.device(), images.dtype())) * deviation
    }

    /// What the discriminator pays for a batch, with what penalties add to it; `[1]`.
    pub fn discriminator_objective<D: Discriminator>(
        &mut self,
        discriminator: &mut D,
        [real, fake]: [Tensor<4>; 2],
        origin: &Origin,
        moment: Moment,
        report: &mut Report,
    ) -> Tensor<1> {
        let of_views = self.of_views(discriminator, [&real, &fake], origin, moment, report);
        let real = self.augment.deceive(real, &fake, moment);
        let (real, fake) = (self.shown(real, "real", moment), self.shown(fake, "fake", moment));
        let mut measured = |name: &str, value: Tensor<1>| report.mean(&format!("penalty/{name}"), &value);
        let penalties = self.penalties_of(moment.step);
        let frozen = discriminator.clone().no_grad();
        let mut stream = self.streams.at("penalty", moment.batch);
        let beside = penalties.beside(discriminator, &real, &fake, &mut stream, &mut measured);
        let real = penalties.moving(Points::Real, &frozen, real, &mut measured);
        let fake = penalties.moving(Points::Fake, &frozen, fake, &mut measured);
        let [real_shown, fake_shown] = [&real, &fake].map(|images| images.value.clone());
        let (real, real_features) = discriminator.judge(real, Mode::Train);
        let (fake, fake_features) = discriminator.judge(fake, Mode::Train);
        let of_gradients = [price(&real), price(&fake), beside];
        let (real, fake) = (real.value, fake.value);
        let lecam = self.lecam.map(|lecam| lecam.price(&real, &fake));
        let orthogonal = self.orthogonal(discriminator);
        lecam.iter().for_each(|price| measured("lecam", price.clone()));
        orthogonal.iter().for_each(|price| measured("orthogonal", price.clone()));
        let sorted = self.sorted(discriminator, (&real_shown, real_features.value.clone()), moment, report);
        let known = [(&real_shown, real_features.value), (&fake_shown, fake_features.value)].map(Some);
        let named = self.named(discriminator, known, origin, report);
        report.mean("score/real", &self.loss.score(real.clone()));
        report.mean("score/fake", &self.loss.score(fake.clone()));
        self.see(&real, &fake);
        self.augment.see(&real);
        let smoothed = self.of_loss.smoothing;
        let smoothing = (smoothed > 0.0).then(|| smoothing(real.clone(), smoothed));
        let loss = total(self.loss.discriminator(real, fake), [smoothing]);
        report.mean("loss/discriminator", &loss);
        total(loss, of_gradients.into_iter().chain([lecam, orthogonal, named, sorted, of_views]))
    }

    /// What the generator pays for its images, which `frozen` judges; `[1]`. `real` gives as many real ones.
    pub fn generator_objective<G: Module, D: Discriminator>(
        &self,
        generator: &G,
        frozen: &mut D,
        (fakes, origin): (Tensor<4>, &Origin),
        real: impl FnOnce() -> Tensor<4>,
        moment: Moment,
        report: &mut Report,
    ) -> Tensor<1> {
        let apart = origin.near.clone().map(|near| {
            let off = fakes.clone() - near;
            (off.clone() * off).mean() * (-APART * self.of_augment.latent_consistency)
        });
        let fakes = self.shown(fakes, "generated", moment);
        let (logits, features) = frozen.judge(Dual::constant(fakes.clone()), Mode::Train);
        report.mean("score/fake_after", &self.loss.score(logits.value.clone()));
        let [matching, pulled] = [self.of_loss.feature_matching, self.of_loss.pull_away];
        let compared = (self.loss.compares() || matching > 0.0).then(|| {
            let (logits, features) = frozen.judge(Dual::constant(self.shown(real(), "compared", moment)), Mode::Train);
            (logits.value, features.value)
        });
        let (of_real, real_features) = compared.unzip();
        let judged = logits.dims()[0];
        let kept = self.of_train.kept(judged, moment.step);
        let best = if kept < judged { top_k(logits.value, kept) } else { logits.value };
        let loss = self.loss.generator(best, || of_real.expect("what compares has real images"));
        let matched = real_features
            .filter(|_| matching > 0.0)
            .map(|real| feature_matching(real, features.value.clone()) * matching);
        let known = [None, Some((&fakes, features.value.clone()))];
        let named = self.named(frozen, known, origin, &mut Report::new(1));
        let pulled = (pulled > 0.0).then(|| pull_away(features.value) * pulled);
        let loss = total(loss, [matched, pulled]);
        report.mean("loss/generator", &loss);
        total(loss, [self.orthogonal(generator), named, apart])
    }

    /// What is paid where an image and another view of it are judged differently; nothing where nobody asks.
    fn of_views<D: Discriminator>(
        &self,
        discriminator: &mut D,
        [real, fake]: [&Tensor<4>; 2],
        origin: &Origin,
        moment: Moment,
        report: &mut Report,
    ) -> Option<Tensor<1>> {
        let augment = &self.of_augment;
        let mut off = |name: &str, images: &Tensor<4>, other: Tensor<4>, weight: f64| {
            let [a, b] = [images.clone(), other].map(|images| discriminator.logits(images, Mode::Train));
            let off = a - b;
            let price = (off.clone() * off).mean() * weight;
            report.mean(&format!("penalty/{name}"), &price);
            price
        };
        let viewed = |name: &str, images: &Tensor<4>| view(images.clone(), &mut self.streams.at(name, moment.batch));
        let weight = augment.consistency_weight;
        let of_real =
            (augment.consistency != ConsistencyKind::None).then(|| off("cr", real, viewed("view/real", real), weight));
        let of_fake = (augment.consistency == ConsistencyKind::Balanced)
            .then(|| off("bcr", fake, viewed("view/fake", fake), weight));
        let of_near = origin.near.clone().map(|near| off("zcr", fake, near.detach(), augment.latent_consistency));
        [of_real, of_fake, of_near].into_iter().flatten().reduce(|sum, price| sum + price)
    }

    /// What is paid for the names that a discriminator gives to images with these features, real and generated; nothing
    /// where it gives none. InfoGAN's codes are of generated images only.
    fn named<D: Discriminator>(
        &self,
        discriminator: &mut D,
        [real, fake]: [Option<(&Tensor<4>, Tensor<4>)>; 2],
        origin: &Origin,
        report: &mut Report,
    ) -> Option<Tensor<1>> {
        let condition = &self.of_condition;
        let real = real.filter(|_| condition.kind == ConditionKind::Auxiliary);
        let mut guess = |known: Option<(&Tensor<4>, Tensor<4>)>| {
            let (images, features) = known?;
            discriminator.guess(images, Some(features), Mode::Train)
        };
        let classes = |guess: &Tensor<2>| guess.clone().narrow(1, 0, condition.count());
        let (real, fake) = (guess(real).map(|guess| classes(&guess)), guess(fake)?);
        report.mean("error/class_fake", &misnamed(classes(&fake), &origin.classes));
        if let Some(real) = &real {
            report.mean("error/class_real", &misnamed(real.clone(), &origin.classes));
        }
        let codes = origin.codes.clone().map(|codes| {
            let found = fake.clone().narrow(1, condition.count(), codes.dims()[1]);
            code_distance(found, codes) * condition.code_weight
        });
        let named = real.into_iter().chain([classes(&fake)]);
        let prices = named.map(|logits| cross_entropy(logits, &origin.classes) * condition.weight);
        let all = prices.chain(codes).reduce(|sum, price| sum + price);
        all.iter().for_each(|price| report.mean("loss/naming", price));
        all
    }

    /// What is paid where real images, with these features, and the same distorted are not sorted into categories alike.
    fn sorted<D: Discriminator>(
        &self,
        discriminator: &mut D,
        (real, features): (&Tensor<4>, Tensor<4>),
        moment: Moment,
        report: &mut Report,
    ) -> Option<Tensor<1>> {
        let condition = &self.of_condition;
        if condition.invariance == 0.0 {
            return None;
        }
        let copies = distort(real.clone(), &mut self.streams.at("distort", moment.batch));
        let mut kinds = |images, features| {
            let guess = discriminator.guess(images, features, Mode::Train)?;
            Some(softmax(guess.narrow(1, 0, condition.count()), 1))
        };
        let information = mutual_information(kinds(real, Some(features))?, kinds(&copies, None)?);
        report.mean("information", &information);
        Some(information * -condition.invariance)
    }

    /// Moves what is kept from step to step by what the last objectives saw.
    pub fn observe(&mut self, step: u64, report: &mut Report) {
        self.augment.adapt(step, report);
        let count = self.seen.len() as f64;
        let pairs = self.seen.drain(..).map(|pair| pair.map(|mean| f64::from(mean.into_scalar::<f32>())));
        let Some([real, fake]) = pairs.reduce(|[a, b], [c, d]| [a + c, b + d]) else { return };
        let (real, fake) = (real / count, fake / count);
        if let Some(lecam) = &mut self.lecam {
            lecam.observe(real, fake);
        }
        if let Some(measure) = self.loss.observe(real, fake) {
            report.number("loss/convergence", measure);
        }
    }

    /// Whether images of latents that lie close by are compared.
    pub fn looks_nearby(&self) -> bool {
        self.of_augment.latent_consistency > 0.0
    }

    /// Whether anything is kept from step to step.
    fn remembers(&self) -> bool {
        self.lecam.is_some() || matches!(self.loss, Loss::BoundaryEquilibrium(_))
    }

    fn see(&mut self, real: &Tensor<1>, fake: &Tensor<1>) {
        if self.remembers() {
            self.seen.push([real, fake].map(|logits| logits.clone().inner().mean()));
        }
    }

    /// The penalties on gradients in this step.
    fn penalties_of(&self, step: u64) -> Penalties {
        let every = self.of_penalty.every as u64;
        let strength = every as f64 * self.cosine.penalty(step, self.of_train.steps);
        if (step - 1).is_multiple_of(every) { self.penalties.scaled(strength) } else { Penalties::default() }
    }

    fn orthogonal<M: Module>(&self, network: &M) -> Option<Tensor<1>> {
        let beta = self.of_penalty.orthogonal;
        if beta > 0.0 { orthogonal(network, beta) } else { None }
    }

    /// What is kept from step to step.
    pub fn state(&self) -> Vec<NamedTensor> {
        let named = |name: &str, values: Vec<f32>| NamedTensor { name: name.into(), shape: vec![values.len()], values };
        let averages = self.lecam.and_then(|lecam| lecam.averages).map(|averages| named("lecam", averages.to_vec()));
        let balance = match &self.loss {
            Loss::BoundaryEquilibrium(equilibrium) => Some(named("equilibrium", vec![equilibrium.k])),
            _ => None,
        };
        averages.into_iter().chain(balance).chain(self.augment.state()).collect()
    }

    /// Goes on from a [`Game::state`].
    pub fn restore(&mut self, state: &[NamedTensor]) {
        for tensor in state {
            match (tensor.name.as_str(), &tensor.values[..], &mut self.lecam, &mut self.loss) {
                ("lecam", [real, fake], Some(lecam), _) => lecam.averages = Some([*real, *fake]),
                ("augment", values, ..) => self.augment.restore(values),
                ("equilibrium", [k], _, Loss::BoundaryEquilibrium(equilibrium)) => equilibrium.k = *k,
                _ => {}
            }
        }
    }
}

/// A price with others, where there are some.
fn total(price: Tensor<1>, others: impl IntoIterator<Item = Option<Tensor<1>>>) -> Tensor<1> {
    others.into_iter().flatten().fold(price, |sum, other| sum + other)
}
