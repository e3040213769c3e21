//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868: the
//! target that a decoder of features is trained towards, its loss, and a trained decoder in use.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use gannet_nn::architectures::adain::AdainConfig;
use gannet_nn::extractors::style::{DEEPEST, StyleFeatures};
use gannet_nn::layers;
use gannet_objectives::adain::{ChannelStatistics, content_loss, style_loss};
use gannet_objectives::style::total_variation;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_recipe::{Adain, Recipe, Task};
use gannet_weights::load;

use crate::checkpoint_choice::CheckpointChoice;
use crate::error::ApplyError;
use crate::run::RunFolder;
use crate::style_transfer::{LossWeights, StyleTransferLoss, open_style_image, style_features};
use crate::translator::TrainedTranslator;

/// What the decoder's output is compared with.
pub struct AdainTarget {
    /// `[n, c, h, w]`: the content's feature map with the style's means and deviations.
    pub map: Tensor<4>,
    /// The encoder level of that map: how often the encoder has halved the image.
    level: usize,
    /// Means and deviations of the style, for each encoder level.
    statistics: Vec<ChannelStatistics>,
}

/// The targets for pictures and style images `[n, 3, h, w]` in `[-1, 1]`, one style for each picture, at an encoder level. No
/// gradient flows into them.
pub fn adain_target(features: &StyleFeatures, level: usize, pictures: Tensor<4>, paintings: Tensor<4>) -> AdainTarget {
    let style: Vec<Tensor<4>> = features.style_maps(paintings, DEEPEST).into_iter().map(Tensor::detach).collect();
    let content = feature_map(features, level, pictures).detach();
    let map = adaptive_instance_norm(content, style[level].clone(), 1.0);
    AdainTarget { map, level, statistics: style.into_iter().map(ChannelStatistics::new).collect() }
}

/// The feature map of images `[n, 3, h, w]` at an encoder level.
fn feature_map(features: &StyleFeatures, level: usize, images: Tensor<4>) -> Tensor<4> {
    features.style_maps(images, level).swap_remove(level)
}

/// The loss of decoded images `[n, 3, h, w]` (equations 11 to 13).
pub fn adain_loss(
    features: &StyleFeatures,
    images: Tensor<4>,
    target: &AdainTarget,
    weights: LossWeights,
) -> StyleTransferLoss {
    let maps = features.style_maps(images.clone(), DEEPEST);
    let content = content_loss(maps[target.level].clone(), target.map.clone(), &target.statistics[target.level]);
    let style = style_loss(maps.into_iter().map(ChannelStatistics::new).collect(), &target.statistics);
    let variation = total_variation(images) * weights.variation;
    let total = content.clone() * weights.content + style.clone() * weights.style + variation;
    StyleTransferLoss { content, style, total }
}

/// The content's map with the style's means and deviations, interpolated from the content's own by `strength` (section 7.2).
fn adaptive_instance_norm(content: Tensor<4>, style: Tensor<4>, strength: f64) -> Tensor<4> {
    let whole = layers::adain(Dual::constant(content.clone()), Dual::constant(style)).value;
    whole * strength + content * (1.0 - strength)
}

/// The name of the features of the run in `path`, where it is an AdaIN run.
///
/// # Errors
/// There is no run.
pub fn adain_features(path: &Path) -> Result<Option<String>, ApplyError> {
    let recipe = RunFolder::open(path)?.recipe(&[])?;
    Ok(settings(&recipe).map(|adain| adain.features.clone()))
}

fn settings(recipe: &Recipe) -> Option<&Adain> {
    match &recipe.task {
        Task::Adain(adain) => Some(adain),
        _ => None,
    }
}

/// The AdaIN decoder of the run in `path` at a checkpoint, for the style image in a file, its longer side `size` pixels.
/// `strength` interpolates from the picture's own style (0) to the given one (1).
///
/// # Errors
/// There is no run or no such checkpoint, or it is no AdaIN run; the style image or the features cannot be read.
pub fn open_adain(
    path: &Path,
    choice: CheckpointChoice,
    (style, size): (&Path, usize),
    strength: f64,
    device: &Device,
) -> Result<TrainedTranslator, ApplyError> {
    let run = RunFolder::open(path)?;
    let recipe = run.recipe(&[])?;
    let Some(adain) = settings(&recipe) else {
        return Err(ApplyError::NoStyleTransfer { path: path.to_owned(), task: recipe.task.kind().to_string() });
    };
    let features = style_features(&adain.features, device)?;
    let mut loaded = run.load(choice)?;
    let level = adain.depth;
    let decoder = AdainConfig::new(features.blocks(level)).init(&mut Stream::placeholder(), device);
    let decoder = load(decoder, loaded.state.take("ema")?)?;
    let map = move |images| feature_map(&features, level, images);
    let style_map = map(open_style_image(style, size, device)?);
    let scale = decoder.scale();
    let transfer = move |images: Tensor<4>, _: Option<Stream>| {
        decoder.forward(adaptive_instance_norm(map(images), style_map.clone(), strength))
    };
    let about = format!("step {} of {}, in the style of {}", loaded.step, path.display(), style.display());
    // What the mirrored borders of the deepest map need.
    let sides = [scale, 2 * scale];
    Ok(TrainedTranslator::style_transfer(Box::new(transfer), sides, about, loaded.warnings, device))
}
