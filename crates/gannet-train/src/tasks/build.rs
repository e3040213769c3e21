//! From a recipe to a task: the one place where names become types.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use gannet_data::{Batch, ImageSpec, Loader, Source};
use gannet_nn::architectures::Architecture;
use gannet_nn::architectures::adain::AdainConfig;
use gannet_nn::architectures::autoencoder::{Autoencoder, Distance};
use gannet_nn::architectures::conditional::{Conditional, Knowing};
use gannet_nn::architectures::cut::PatchHeads;
use gannet_nn::architectures::cyclegan::ResnetConfig;
use gannet_nn::architectures::dcgan::{DcganConfig, GeneratorNorm, NormKind};
use gannet_nn::architectures::deepfill::DeepfillConfig;
use gannet_nn::architectures::esrgan::RrdbConfig;
use gannet_nn::architectures::johnson::JohnsonConfig;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_nn::architectures::pix2pix::{PatchConfig, UnetConfig};
use gannet_nn::architectures::r3gan::R3ganConfig;
use gannet_nn::architectures::real_esrgan::{CompactConfig, UnetJudgeConfig};
use gannet_nn::architectures::sngan::SnganConfig;
use gannet_nn::architectures::srgan::SrresnetConfig;
use gannet_nn::extractors::convnet::ConvNet;
use gannet_nn::extractors::lenet::LeNet;
use gannet_nn::layers::{ImageNormKind, WeightKind};
use gannet_nn::{Encoding, Translator};
use gannet_objectives::losses::{Divergence, Equilibrium, Loss, Targets};
use gannet_objectives::penalties::{Kind, Penalties};
use gannet_ops::random::{Stream, Streams};

use super::adversarial::Pair;
use super::{
    AdainTask, AdversarialTask, AutoencodeTask, ClassifyTask, ContrastTask, CycleTask, Networks, Problem, StyliseTask,
    Task, TranslateTask,
};
use crate::TrainError;
use crate::judge::PixelJudge;
use crate::latents::LatentSpace;
use crate::recipe::{
    self, CodeKind, ConditionKind, GeneratorNormKind, JudgeKind, LossKind, ModelKind, Recipe, TaskKind, TranslateKind,
};
use crate::style::{self, Hand};

/// How many images measure a classifier.
const HELD_OUT: usize = 5000;
/// How many pairs measure a translator, and how many images are shown.
const HELD_OUT_PAIRS: usize = 64;
const SHOWN: usize = 8;

/// The task of `recipe` with fresh networks on `device`, which is for training; `source` is judged by,
/// `held_out` (the test split) measures a classifier or a translator.
///
/// # Errors
/// The held-out images cannot be read.
pub fn build(
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    held_out: Option<Arc<dyn Source>>,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let judge = || PixelJudge::new(source.clone(), image_spec(&recipe.data));
    let codes = recipe.task == TaskKind::Autoencode;
    Ok(match recipe.model.kind {
        ModelKind::Dcgan if codes => autoencoding(dcgan(recipe), recipe, (source, held_out), device)?,
        ModelKind::Sngan if codes => autoencoding(sngan(recipe), recipe, (source, held_out), device)?,
        ModelKind::R3gan if codes => autoencoding(r3gan(recipe), recipe, (source, held_out), device)?,
        ModelKind::Mlp if codes => autoencoding(mlp(recipe), recipe, (source, held_out), device)?,
        ModelKind::Dcgan => pair(dcgan(recipe), recipe, device).with_judge(judge()),
        ModelKind::Sngan => pair(sngan(recipe), recipe, device).with_judge(judge()),
        ModelKind::R3gan => pair(r3gan(recipe), recipe, device).with_judge(judge()),
        ModelKind::Mlp => pair(mlp(recipe), recipe, device).with_judge(judge()),
        ModelKind::Unet if recipe.translate.kind == TranslateKind::Contrast => {
            let (config, mut stream) = (unet(recipe), Streams::new(recipe.seed).at("generator", 0));
            contrasting((config.init(&mut stream, device), config.encoded()), recipe, source, device)?
        }
        ModelKind::Unet => {
            let generator = |stream: &mut Stream| unet(recipe).init(stream, device);
            translating(generator, recipe, (source, held_out), device)?
        }
        ModelKind::Resnet if recipe.translate.kind == TranslateKind::Contrast => {
            let (config, mut stream) = (resnet(recipe), Streams::new(recipe.seed).at("generator", 0));
            contrasting((config.init(&mut stream, device), config.encoded()), recipe, source, device)?
        }
        ModelKind::Resnet => {
            let generator = |stream: &mut Stream| resnet(recipe).init(stream, device);
            translating(generator, recipe, (source, held_out), device)?
        }
        ModelKind::Srresnet => {
            let generator = |stream: &mut Stream| srresnet(recipe).init(stream, device);
            translating(generator, recipe, (source, held_out), device)?
        }
        ModelKind::Rrdb => {
            let generator = |stream: &mut Stream| rrdb(recipe).init(stream, device);
            translating(generator, recipe, (source, held_out), device)?
        }
        ModelKind::Compact => {
            let generator = |stream: &mut Stream| compact(recipe).init(stream, device);
            translating(generator, recipe, (source, held_out), device)?
        }
        ModelKind::Gated => {
            let generator = |stream: &mut Stream| gated(recipe).init(stream, device);
            translating(generator, recipe, (source, held_out), device)?
        }
        ModelKind::Johnson => stylising(recipe, (source, held_out), device)?,
        ModelKind::Adain => adaptive(recipe, (source, held_out), device)?,
        ModelKind::Lenet => {
            let network = LeNet::new(&mut fresh_classifier(recipe), device);
            Box::new(ClassifyTask::new(network, held_out_batches(recipe, held_out)?, recipe, device))
        }
        ModelKind::Convnet => {
            let network = ConvNet::new(source.classes().len(), &mut fresh_classifier(recipe), device);
            Box::new(ClassifyTask::new(network, held_out_batches(recipe, held_out)?, recipe, device))
        }
    })
}

fn fresh_classifier(recipe: &Recipe) -> Stream {
    Streams::new(recipe.seed).at("classifier", 0)
}

/// Two fresh networks of a recipe that play against each other.
pub fn pair<A: Architecture>(architecture: A, recipe: &Recipe, device: &Device) -> Box<dyn Pair> {
    let streams = Streams::new(recipe.seed);
    let (mut g, mut d) = (streams.at("generator", 0), streams.at("discriminator", 0));
    let generator = architecture.init_generator(&mut g, device);
    let condition = &recipe.condition;
    let knowing = match condition.kind {
        ConditionKind::None => None,
        ConditionKind::Concatenation => Some(Knowing::Concatenation),
        ConditionKind::Projection => Some(Knowing::Projection),
        ConditionKind::Auxiliary => Some(Knowing::Head(0)),
        ConditionKind::Info if condition.own => Some(Knowing::Informer(informer(recipe), condition.codes)),
        ConditionKind::Info => Some(Knowing::Head(condition.codes)),
    };
    if let Some(knowing) = knowing {
        let kind = weight(recipe.model.weight);
        let discriminator = Conditional::new(architecture, knowing, condition.count(), kind, &mut d, device);
        return Box::new(AdversarialTask::new(generator, discriminator, recipe, device));
    }
    let judge = architecture.packed(recipe.train.pack);
    let distance = match recipe.loss.kind {
        LossKind::EnergyBased => Distance::Squared,
        LossKind::BoundaryEquilibrium => Distance::Absolute,
        _ => {
            let discriminator = judge.init_discriminator(&mut d, device);
            return Box::new(AdversarialTask::new(generator, discriminator, recipe, device));
        }
    };
    let encoder = judge.init_encoder(judge.latent(), &mut d, device);
    let autoencoder = Autoencoder::new(encoder, judge.init_generator(&mut d, device), distance);
    Box::new(AdversarialTask::new(generator, autoencoder, recipe, device))
}

/// What names categories and codes by itself.
fn informer(recipe: &Recipe) -> DcganConfig {
    DcganConfig::new(recipe.data.size).with_channels(recipe.data.channels).with_width(recipe.model.width)
}

/// The configuration of DCGAN in `recipe`.
pub fn dcgan(recipe: &Recipe) -> DcganConfig {
    let model = &recipe.model;
    let config = DcganConfig::new(recipe.data.size).with_channels(recipe.data.channels);
    let norm = match model.norm {
        recipe::NormKind::Batch => NormKind::Batch,
        recipe::NormKind::Layer => NormKind::Layer,
        recipe::NormKind::Instance => NormKind::Instance,
        recipe::NormKind::Group => NormKind::Group,
        recipe::NormKind::Virtual => NormKind::Virtual,
        recipe::NormKind::None => NormKind::None,
    };
    let generator_norm = match model.generator_norm {
        GeneratorNormKind::Batch => GeneratorNorm::Batch,
        GeneratorNormKind::Pixel => GeneratorNorm::Pixel,
        GeneratorNormKind::None => GeneratorNorm::None,
        // Refused with a remedy by the recipe's rules.
        GeneratorNormKind::Conditional | GeneratorNormKind::Instance => GeneratorNorm::Batch,
    };
    let config = config.with_width(model.width).with_latent(latent(recipe)).with_norm(norm);
    let config = config.with_generator_norm(generator_norm).with_references(recipe.train.batch / recipe.train.pack);
    let config = config.with_weight(weight(model.weight)).with_generator_weight(weight(model.generator_weight));
    config.with_minibatch_std(model.minibatch_std)
}

/// The configuration of SNGAN's residual networks in `recipe`.
pub fn sngan(recipe: &Recipe) -> SnganConfig {
    let model = &recipe.model;
    let conditional = model.generator_norm == GeneratorNormKind::Conditional;
    let config = SnganConfig::new(recipe.data.size).with_channels(recipe.data.channels).with_width(model.width);
    let config = config.with_latent(latent(recipe)).with_attention(model.attention);
    let config = config.with_classes(if conditional { recipe.condition.count() } else { 0 });
    config.with_weight(weight(model.weight)).with_generator_weight(weight(model.generator_weight))
}

/// The configuration of R3GAN in `recipe`.
pub fn r3gan(recipe: &Recipe) -> R3ganConfig {
    let config = R3ganConfig::new(recipe.data.size).with_channels(recipe.data.channels);
    config.with_width(recipe.model.width).with_latent(latent(recipe))
}

/// The length of a latent, classes and codes among it.
fn latent(recipe: &Recipe) -> usize {
    LatentSpace::new(recipe.model.latent, &recipe.condition).size()
}

/// The configuration of the fully connected networks in `recipe`.
pub fn mlp(recipe: &Recipe) -> MlpConfig {
    points(recipe, [recipe.data.channels, recipe.data.size, recipe.data.size])
}

/// The same for images of another shape `[c, h, w]`.
pub fn points(recipe: &Recipe, shape: [usize; 3]) -> MlpConfig {
    let model = &recipe.model;
    let config = MlpConfig::new(shape).with_hidden(model.hidden).with_latent(latent(recipe));
    let config = config.with_weight(weight(model.weight)).with_generator_weight(weight(model.generator_weight));
    config.with_minibatch_std(model.minibatch_std)
}

fn weight(kind: recipe::WeightKind) -> WeightKind {
    match kind {
        recipe::WeightKind::Plain => WeightKind::Plain,
        recipe::WeightKind::Spectral => WeightKind::Spectral,
        recipe::WeightKind::Normalised => WeightKind::Normalised,
        recipe::WeightKind::Equalised => WeightKind::Equalised,
    }
}

/// What a recipe asks of its images.
pub fn image_spec(data: &recipe::Data) -> ImageSpec {
    let (size, channels) = (data.size, data.channels);
    ImageSpec { size, channels, fit: data.fit, flip: data.flip, shift: data.shift, pair: false }
}

/// The same, of two images side by side where it translates.
pub fn batch_spec(recipe: &Recipe) -> ImageSpec {
    let single =
        matches!(recipe.translate.kind, TranslateKind::Upscale | TranslateKind::Inpaint | TranslateKind::Stylise);
    let pair = recipe.task == TaskKind::Translate && !single;
    ImageSpec { pair, ..image_spec(&recipe.data) }
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
        LossKind::EnergyBased => Loss::EnergyBased(loss.margin),
        LossKind::BoundaryEquilibrium => Loss::BoundaryEquilibrium(Equilibrium::new(loss.gamma, loss.k_rate)),
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
    batches(recipe, source, recipe.train.batch, HELD_OUT)
}

/// About `most` images, as the recipe's but without what happens at random, in whole batches: a last one would begin the set
/// again.
fn batches(recipe: &Recipe, source: Arc<dyn Source>, batch: usize, most: usize) -> Result<Vec<Batch>, TrainError> {
    let spec = ImageSpec { flip: false, shift: 0, ..batch_spec(recipe) };
    let count = (most.min(source.len()) / batch).max(1);
    let mut loader = Loader::new(source, spec, batch, 0, 0);
    (0..count).map(|_| Ok(loader.next()?)).collect()
}

/// A task that trains an autoencoder of an architecture's networks: what judges images makes codes, and what makes images is the
/// decoder.
fn autoencoding<A: Architecture>(
    architecture: A,
    recipe: &Recipe,
    (source, held_out): (&Arc<dyn Source>, Option<Arc<dyn Source>>),
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let streams = Streams::new(recipe.seed);
    let [e, g, d, c] = ["encoder", "generator", "discriminator", "of codes"].map(|name| streams.at(name, 0));
    let weights = &recipe.autoencode;
    let networks = Networks {
        encoder: architecture.init_encoder(code_values(recipe), &mut { e }, device),
        decoder: architecture.init_generator(&mut { g }, device),
        discriminator: (weights.adversarial > 0.0).then(|| architecture.init_discriminator(&mut { d }, device)),
        of_codes: (weights.kind == CodeKind::Adversarial).then(|| {
            let config = MlpConfig::new([architecture.latent(), 1, 1]);
            config.init_discriminator(&mut { c }, device)
        }),
    };
    let shown = held_out.clone().unwrap_or_else(|| source.clone());
    let batch = recipe.train.batch;
    let held_out = held_out.map(|source| batches(recipe, source, batch, HELD_OUT)).transpose()?.unwrap_or_default();
    let shown = batches(recipe, shown, SHOWN, SHOWN)?;
    Ok(Box::new(AutoencodeTask::new(networks, recipe, [held_out, shown], device)))
}

/// How many numbers an encoder gives for an image: of a distribution two for each of the code.
pub fn code_values(recipe: &Recipe) -> usize {
    let variational = recipe.autoencode.kind == CodeKind::Variational;
    if variational { 2 * recipe.model.latent } else { recipe.model.latent }
}

/// A task that trains a translator of the recipe, with a judge of pairs or of single images.
fn translating<G: Translator + 'static>(
    generator: impl Fn(&mut Stream) -> G,
    recipe: &Recipe,
    (source, held_out): (&Arc<dyn Source>, Option<Arc<dyn Source>>),
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let streams = Streams::new(recipe.seed);
    let shown = held_out.clone().unwrap_or_else(|| source.clone());
    let shown = batches(recipe, shown, SHOWN, SHOWN)?;
    let networks = |way: &str, channels: usize| {
        let discriminator = patches(recipe, channels).init(&mut streams.at(&format!("{way}discriminator"), 0), device);
        (generator(&mut streams.at(&format!("{way}generator"), 0)), discriminator)
    };
    if recipe.translate.kind == TranslateKind::Cycle {
        let channels = recipe.data.channels;
        let (there, back) = (networks("", channels), networks("back/", channels));
        return Ok(Box::new(CycleTask::new(there, back, recipe, shown, device)));
    }
    let held_out = held_out.map(|source| batches(recipe, source, 1, HELD_OUT_PAIRS)).transpose()?.unwrap_or_default();
    let judged = Problem::new(recipe).judged(recipe.data.channels);
    let translate = &recipe.translate;
    let features = (translate.perceptual > 0.0).then(|| style::features(&translate.features, device)).transpose()?;
    if recipe.model.judge == JudgeKind::Unet {
        let judge = UnetJudgeConfig::new(recipe.data.size).with_channels(judged).with_width(recipe.model.width);
        let judge = judge.init(&mut streams.at("discriminator", 0), device);
        let generator = generator(&mut streams.at("generator", 0));
        return Ok(Box::new(TranslateTask::new((generator, judge), features, recipe, held_out, shown, device)));
    }
    Ok(Box::new(TranslateTask::new(networks("", judged), features, recipe, held_out, shown, device)))
}

/// A task that trains a painter of the recipe's painting.
fn stylising(
    recipe: &Recipe,
    (source, held_out): (&Arc<dyn Source>, Option<Arc<dyn Source>>),
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let style = &recipe.style;
    let hand = Hand::open(Path::new(&style.image), style.size, &style.features, device)?;
    let generator = johnson(recipe).init(&mut Streams::new(recipe.seed).at("generator", 0), device);
    let shown = held_out.clone().unwrap_or_else(|| source.clone());
    let shown = batches(recipe, shown, SHOWN, SHOWN)?;
    let held_out = held_out.map(|source| batches(recipe, source, 1, SHOWN)).transpose()?.unwrap_or_default();
    Ok(Box::new(StyliseTask::new((generator, hand), recipe, held_out, shown, device)))
}

/// A task that trains a painter as any painting.
fn adaptive(
    recipe: &Recipe,
    (source, held_out): (&Arc<dyn Source>, Option<Arc<dyn Source>>),
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let features = style::features(&recipe.style.features, device)?;
    let decoder = AdainConfig::new(features.blocks(recipe.model.halvings));
    let decoder = decoder.init(&mut Streams::new(recipe.seed).at("decoder", 0), device);
    let shown = held_out.clone().unwrap_or_else(|| source.clone());
    let shown = batches(recipe, shown, SHOWN, SHOWN)?;
    let held_out = held_out.map(|source| batches(recipe, source, 1, SHOWN)).transpose()?.unwrap_or_default();
    Ok(Box::new(AdainTask::new((features, decoder), recipe, held_out, shown, device)))
}

/// A task that trains a translator, whose maps have so many channels, by patches that are found again.
fn contrasting<G: Encoding + 'static>(
    (generator, channels): (G, Vec<usize>),
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let streams = Streams::new(recipe.seed);
    let [h, d] = ["heads", "discriminator"].map(|name| streams.at(name, 0));
    let networks = (
        generator,
        PatchHeads::new(&channels, &mut { h }, device),
        patches(recipe, recipe.data.channels).init(&mut { d }, device),
    );
    let shown = batches(recipe, source.clone(), SHOWN, SHOWN)?;
    Ok(Box::new(ContrastTask::new(networks, recipe, shown, device)))
}

/// The judge of patches in `recipe`, of so many channels.
fn patches(recipe: &Recipe, channels: usize) -> PatchConfig {
    let norm = match recipe.model.norm {
        recipe::NormKind::Batch => ImageNormKind::Batch,
        recipe::NormKind::None => ImageNormKind::None,
        // Others are refused with a remedy by the recipe's rules.
        _ => ImageNormKind::Instance,
    };
    let config = PatchConfig::new(recipe.data.size).with_channels(channels).with_norm(norm);
    let config = config.with_halvings(recipe.model.halvings).with_width(recipe.model.width);
    config.with_weight(weight(recipe.model.weight))
}

/// The norm of a network from images to images.
fn image_norm(recipe: &Recipe) -> ImageNormKind {
    match recipe.model.generator_norm {
        GeneratorNormKind::Batch => ImageNormKind::Batch,
        GeneratorNormKind::None => ImageNormKind::None,
        // Others are refused with a remedy by the recipe's rules.
        _ => ImageNormKind::Instance,
    }
}

/// The U-Net in `recipe`, down to a map of one pixel or the paper's eight levels.
pub fn unet(recipe: &Recipe) -> UnetConfig {
    let levels = (recipe.data.size.ilog2() as usize).min(UnetConfig::LEVELS);
    let config = UnetConfig::new(levels).with_channels([recipe.data.channels; 2]).with_norm(image_norm(recipe));
    config.with_width(recipe.model.width)
}

/// The residual network from images to images in `recipe`.
pub fn resnet(recipe: &Recipe) -> ResnetConfig {
    let config = ResnetConfig::new(recipe.model.blocks).with_channels([recipe.data.channels; 2]);
    config.with_norm(image_norm(recipe)).with_width(recipe.model.width)
}

/// SRResNet in `recipe`.
pub fn srresnet(recipe: &Recipe) -> SrresnetConfig {
    let config = SrresnetConfig::new(recipe.upscale.scale).with_channels(recipe.data.channels);
    config.with_blocks(recipe.model.blocks).with_width(recipe.model.width).with_norm(image_norm(recipe))
}

/// ESRGAN's network in `recipe`, whose dense blocks grow by half its width, as in the paper.
pub fn rrdb(recipe: &Recipe) -> RrdbConfig {
    let (model, config) = (&recipe.model, RrdbConfig::new(recipe.upscale.scale));
    let config = config.with_channels(recipe.data.channels).with_blocks(model.blocks);
    config.with_width(model.width, (model.width / 2).max(1))
}

/// Real-ESRGAN's compact network in `recipe`.
pub fn compact(recipe: &Recipe) -> CompactConfig {
    let config = CompactConfig::new(recipe.upscale.scale).with_channels(recipe.data.channels);
    config.with_layers(recipe.model.blocks).with_width(recipe.model.width)
}

/// The network of gated convolutions in `recipe`.
pub fn gated(recipe: &Recipe) -> DeepfillConfig {
    let config = DeepfillConfig::new().with_channels(recipe.data.channels);
    config.with_stages(recipe.model.stages).with_width(recipe.model.width)
}

/// The painter in `recipe`.
pub fn johnson(recipe: &Recipe) -> JohnsonConfig {
    JohnsonConfig::new().with_blocks(recipe.model.blocks).with_width(recipe.model.width)
}
