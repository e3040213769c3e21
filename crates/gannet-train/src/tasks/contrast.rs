//! Contrastive Learning for Unpaired Image-to-Image Translation, Park, Efros, Zhang and Zhu 2020, arXiv:2007.15651, equation 5: one
//! translator, one judge, and patches that must be found again in what is made of them.
//!
//! ```text
//! D   loss(D(y), D(G(x)))
//! G   loss(D(G(x))) + contrast / 2 · (PatchNCE(x, G(x)) + PatchNCE(y, G(y)))
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_data::Batch;
use gannet_nn::architectures::cut::PatchHeads;
use gannet_nn::architectures::pix2pix::PatchDiscriminator;
use gannet_nn::{Discriminator, Encoding, Mode};
use gannet_objectives::contrast::patch_contrast;
use gannet_ops::random::Streams;
use gannet_weights::WeightsError;

use super::game::{Game, Moment, Origin};
use super::learner::{Averaged, Learner, Pace};
use super::problem::sides;
use super::translate::{columns, translated};
use super::{Report, Scalars, Task, TaskState, images};
use crate::grid::ImageGrid;
use crate::recipe::{Recipe, Translate};

/// Trains a translator one way between two kinds of images.
pub struct ContrastTask<G> {
    generator: Averaged<G>,
    heads: Learner<PatchHeads>,
    discriminator: Learner<PatchDiscriminator>,
    game: Game,
    weights: Translate,
    preview: Vec<Batch>,
    pace: Pace,
    streams: Streams,
    size: usize,
    device: Device,
}

impl<G: Encoding> ContrastTask<G> {
    /// A task that has made no step; the images of `preview` are shown.
    pub fn new(
        (generator, heads, discriminator): (G, PatchHeads, PatchDiscriminator),
        recipe: &Recipe,
        preview: Vec<Batch>,
        device: &Device,
    ) -> Self {
        let optim = &recipe.optim;
        Self {
            generator: Averaged::new(["generator", "ema"], generator, recipe),
            heads: Learner::new("heads", heads, optim, optim.generator_lr),
            discriminator: Learner::new("discriminator", discriminator, optim, optim.discriminator_lr),
            game: Game::new(recipe),
            weights: recipe.translate.clone(),
            preview,
            pace: Pace::new(recipe),
            streams: Streams::new(recipe.seed),
            size: recipe.data.size,
            device: device.clone(),
        }
    }

    /// How hard it is to find the patches of `images` again in what was made of them.
    fn contrast(&mut self, images: &Tensor<4>, made: &Tensor<4>, (name, batch): (&str, u64)) -> Tensor<1> {
        let network = &mut self.generator.learner.network;
        let (queries, keys) = (network.encode(made.clone(), Mode::Train), network.encode(images.clone(), Mode::Train));
        let mut stream = self.streams.at(name, batch);
        let places = queries.iter().map(|map| {
            let [_, _, h, w] = map.dims();
            let mut order = stream.permutation(h * w);
            order.truncate(self.weights.patches);
            order
        });
        let places: Vec<Vec<usize>> = places.collect();
        let heads = &self.heads.network;
        let (queries, keys) = (heads.points(&queries, &places), heads.points(&keys, &places));
        let count = queries.len() as f64;
        let prices = queries.into_iter().zip(keys).map(|(q, k)| patch_contrast(q, k.detach()));
        prices.reduce(|sum, price| sum + price).expect("an encoder has maps") / count
    }
}

/// A micro-batch of both kinds, and what was made of it.
struct Made {
    moment: Moment,
    sides: [Tensor<4>; 2],
    fake: Tensor<4>,
}

impl<G: Encoding> Task for ContrastTask<G> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        let factor = self.pace.factor(step);
        self.generator.learner.schedule(factor);
        self.heads.schedule(factor);
        self.discriminator.schedule(factor);
        let mut report = Report::new(batches.len());
        let first = (step - 1) * batches.len() as u64;
        let made = (first..).zip(&batches).map(|(batch, images_of)| {
            let sides = sides(images(images_of, &self.device), self.weights.reverse);
            let fake = self.generator.learner.network.translate(sides[0].clone(), Mode::Train, None);
            Made { moment: Moment { step, batch }, sides, fake }
        });
        let made: Vec<Made> = made.collect();
        for Made { moment, sides: [_, y], fake } in &made {
            let pair = [y.clone(), fake.clone().detach()];
            let network = &mut self.discriminator.network;
            let objective = self.game.discriminator_objective(network, pair, &Origin::default(), *moment, &mut report);
            self.discriminator.backward(objective, &mut report);
        }
        self.game.observe(step, &mut report);
        self.discriminator.learn(&mut report);
        let mut frozen = self.discriminator.network.clone().no_grad();
        for Made { moment, sides: [x, y], fake } in made {
            let near = self.contrast(&x, &fake, ("patches", moment.batch));
            let same = self.generator.learner.network.translate(y.clone(), Mode::Train, None);
            let kept = self.contrast(&y, &same, ("patches/kept", moment.batch));
            report.mean("loss/contrast", &near);
            report.mean("loss/contrast_kept", &kept);
            let (network, fake) = (&self.generator.learner.network, (fake, &Origin::default()));
            let fooled = self.game.generator_objective(network, &mut frozen, fake, || y.clone(), moment, &mut report);
            let objective = fooled * self.weights.adversarial + (near + kept) * (self.weights.contrast / 2.0);
            report.backward_in_both(self.generator.learner.named(), self.heads.named(), objective);
        }
        self.generator.learn(&mut report);
        self.heads.learn(&mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![self.generator.learner.parameters(), self.heads.parameters(), self.discriminator.parameters()]
    }

    fn state(&self) -> TaskState {
        let mut state = TaskState::default();
        self.generator.save(&mut state);
        self.heads.save(&mut state);
        self.discriminator.save(&mut state);
        state
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.generator.learner.restore_adam(&mut state, &inner)?;
        self.heads.restore_adam(&mut state, &inner)?;
        self.discriminator.restore_adam(&mut state, &inner)?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.generator.restore_network(&mut state)?;
        self.heads.restore_network(&mut state)?;
        self.discriminator.restore_network(&mut state)
    }

    /// Two whole passes, and the first half of four.
    fn activations(&self) -> usize {
        4 * self.generator.learner.network.activations(self.size) + 2 * self.discriminator.network.activations()
    }

    fn score_meaning(&self) -> Option<&'static str> {
        Some(self.game.loss.meaning())
    }

    /// Images of the first kind, what becomes of them, and images of the second.
    fn preview(&self) -> Option<ImageGrid> {
        let [x, y] = sides(images(self.preview.first()?, &self.device.clone().inner()), self.weights.reverse);
        let made = translated(self.generator.average(), x.clone(), None);
        Some(columns(vec![x, made, y]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.pace.slow_down(factor);
    }

    fn learning(&self, step: u64) -> f64 {
        self.pace.planned(step)
    }

    fn judge(&mut self) -> Option<(String, f64)> {
        None
    }
}
