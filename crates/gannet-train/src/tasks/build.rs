//! From a recipe to a task: the one place where names become types.

use std::sync::Arc;

use burn::tensor::Device;
use gannet_data::{Batch, ImageSpec, Loader, Source};
use gannet_nn::architectures::dcgan::{DcganConfig, NormKind};
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_nn::extractors::lenet::LeNet;
use gannet_nn::{Discriminator, Generator};
use gannet_objectives::losses::{Divergence, Loss, Targets};
use gannet_objectives::penalties::{Kind, Penalties};
use gannet_ops::random::Streams;

use super::{AdversarialTask, ClassifyTask, Task};
use crate::TrainError;
use crate::judge::PixelJudge;
use crate::recipe::{self, LossKind, ModelKind, Recipe};

/// How many images measure a classifier.
const HELD_OUT: usize = 1000;

/// The task of `recipe` with fresh networks on `device`, which is for training; `source` is judged by,
/// `held_out` (the test split) measures a classifier.
///
/// # Errors
/// The held-out images cannot be read.
pub fn build(
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    held_out: Option<Arc<dyn Source>>,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let streams = Streams::new(recipe.seed);
    let (mut g, mut d) = (streams.at("generator", 0), streams.at("discriminator", 0));
    Ok(match recipe.model.kind {
        ModelKind::Dcgan => {
            let config = dcgan(recipe);
            let pair = (config.init_generator(&mut g, device), config.init_discriminator(&mut d, device));
            adversarial(pair, recipe, source, device)
        }
        ModelKind::Mlp => {
            let config = mlp(recipe);
            let pair = (config.init_generator(&mut g, device), config.init_discriminator(&mut d, device));
            adversarial(pair, recipe, source, device)
        }
        ModelKind::Lenet => {
            let network = LeNet::new(&mut streams.at("classifier", 0), device);
            Box::new(ClassifyTask::new(network, held_out_batches(recipe, held_out)?, recipe, device))
        }
    })
}

/// The configuration of DCGAN in `recipe`.
pub fn dcgan(recipe: &Recipe) -> DcganConfig {
    let config = DcganConfig::new(recipe.data.size).with_channels(recipe.data.channels);
    let norm = match recipe.model.norm {
        recipe::NormKind::Batch => NormKind::Batch,
        recipe::NormKind::Layer => NormKind::Layer,
        recipe::NormKind::Instance => NormKind::Instance,
        recipe::NormKind::None => NormKind::None,
    };
    config.with_width(recipe.model.width).with_latent(recipe.model.latent).with_norm(norm)
}

/// The configuration of the fully connected networks in `recipe`.
pub fn mlp(recipe: &Recipe) -> MlpConfig {
    let config = MlpConfig::new([recipe.data.channels, recipe.data.size, recipe.data.size]);
    config.with_hidden(recipe.model.hidden).with_latent(recipe.model.latent)
}

/// What a recipe asks of its images.
pub fn image_spec(data: &recipe::Data) -> ImageSpec {
    ImageSpec { size: data.size, channels: data.channels, fit: data.fit, flip: data.flip }
}

fn adversarial<G: Generator + 'static, D: Discriminator + 'static>(
    (generator, discriminator): (G, D),
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    device: &Device,
) -> Box<dyn Task> {
    let task = AdversarialTask::new(generator, discriminator, recipe, device);
    Box::new(task.with_judge(PixelJudge::new(source.clone(), image_spec(&recipe.data))))
}

/// The loss of a recipe.
pub fn loss(loss: &recipe::Loss) -> Loss {
    match loss.kind {
        LossKind::Minimax => Loss::Minimax,
        LossKind::NonSaturating => Loss::NonSaturating,
        LossKind::LeastSquares => Loss::LeastSquares(Targets { a: loss.a, b: loss.b, c: loss.c }),
        LossKind::Hinge => Loss::Hinge,
        LossKind::Wasserstein => Loss::Wasserstein,
        LossKind::RelativisticPairing => Loss::RelativisticPairing,
        LossKind::RelativisticAverage => Loss::RelativisticAverage,
        LossKind::KullbackLeibler => Loss::Divergence(Divergence::KullbackLeibler),
        LossKind::ReverseKullbackLeibler => Loss::Divergence(Divergence::ReverseKullbackLeibler),
        LossKind::Pearson => Loss::Divergence(Divergence::Pearson),
        LossKind::Hellinger => Loss::Divergence(Divergence::Hellinger),
        LossKind::JensenShannon => Loss::Divergence(Divergence::JensenShannon),
    }
}

/// The penalties of a recipe that are on.
pub fn penalties(penalty: &recipe::Penalty) -> Penalties {
    let weight = |kind| match kind {
        Kind::R1 => penalty.r1,
        Kind::R2 => penalty.r2,
        Kind::WganGp => penalty.wgan_gp,
        Kind::Dragan => penalty.dragan,
        Kind::ZeroCentred => penalty.zero_gp,
    };
    Penalties(Kind::ALL.into_iter().map(|kind| (kind, weight(kind))).filter(|(_, weight)| *weight > 0.0).collect())
}

fn held_out_batches(recipe: &Recipe, source: Option<Arc<dyn Source>>) -> Result<Vec<Batch>, TrainError> {
    let Some(source) = source else { return Ok(Vec::new()) };
    let spec = ImageSpec { flip: false, ..image_spec(&recipe.data) };
    let batch = recipe.train.batch;
    // Whole batches only: a last one would begin the set again.
    let count = (HELD_OUT.min(source.len()) / batch).max(1);
    let mut loader = Loader::new(source, spec, batch, 0, 0);
    (0..count).map(|_| Ok(loader.next()?)).collect()
}
