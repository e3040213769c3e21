//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868: what a
//! decoder of features is to make of a picture and a painting, what it costs, and a trained one in use.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use gannet_nn::architectures::adain::AdainConfig;
use gannet_nn::extractors::style::{DEEPEST, StyleFeatures};
use gannet_nn::layers;
use gannet_objectives::adain::{Moments, content_distance, moment_distance};
use gannet_objectives::style::total_variation;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_weights::load;

use crate::TrainError;
use crate::recipe::ModelKind;
use crate::run::RunFolder;
use crate::style::{Price, Weighing, features, opened};
use crate::trained::{Which, checkpoint};
use crate::translator::TrainedTranslator;

/// What should come of pictures.
pub struct Aims {
    /// `[n, c, h, w]`: a map of the picture with the means and deviations of the painting's.
    pub map: Tensor<4>,
    /// How often that map was halved.
    halvings: usize,
    /// The painting's, map by map.
    moments: Vec<Moments>,
}

/// The aims for pictures and paintings `[n, 3, h, w]` in `[-1, 1]`, one painting each, by the map behind so many halvings; no gradient
/// goes into them.
pub fn aims(features: &StyleFeatures, halvings: usize, pictures: Tensor<4>, paintings: Tensor<4>) -> Aims {
    let style: Vec<Tensor<4>> = features.style_maps(paintings, DEEPEST).into_iter().map(Tensor::detach).collect();
    let content = map_behind(features, halvings, pictures).detach();
    let map = adaptive(content, style[halvings].clone(), 1.0);
    Aims { map, halvings, moments: style.into_iter().map(Moments::new).collect() }
}

/// The map of images `[n, 3, h, w]` behind so many halvings.
fn map_behind(features: &StyleFeatures, halvings: usize, images: Tensor<4>) -> Tensor<4> {
    features.style_maps(images, halvings).swap_remove(halvings)
}

/// What images `[n, 3, h, w]` cost that should be as the aims say.
pub fn price(features: &StyleFeatures, images: Tensor<4>, aims: &Aims, weighing: Weighing) -> Price {
    let maps = features.style_maps(images.clone(), DEEPEST);
    let content = content_distance(maps[aims.halvings].clone(), aims.map.clone(), &aims.moments[aims.halvings]);
    let style = moment_distance(maps.into_iter().map(Moments::new).collect(), &aims.moments);
    let rough = total_variation(images) * weighing.variation;
    let total = content.clone() * weighing.content + style.clone() * weighing.style + rough;
    Price { content, style, total }
}

/// The content's map with the style's means and deviations, that share of the way from the content's own (section 7.2).
fn adaptive(content: Tensor<4>, style: Tensor<4>, share: f64) -> Tensor<4> {
    let whole = layers::adain(Dual::constant(content.clone()), Dual::constant(style)).value;
    whole * share + content * (1.0 - share)
}

/// The features by which the run in `path` paints, where it paints as any painting.
///
/// # Errors
/// There is no run.
pub fn features_of(path: &Path) -> Result<Option<String>, TrainError> {
    let recipe = RunFolder::open(path)?.recipe(&[])?;
    Ok((recipe.model.kind == ModelKind::Adain).then_some(recipe.style.features))
}

/// A painter as the painting in a file, its longer side `size` pixels, by the run in `path` at a checkpoint; `share` of the hand is
/// the painting's, from 0 for a picture's own to 1.
///
/// # Errors
/// There is no run or no such checkpoint, or it paints otherwise; the painting or the features cannot be read.
pub fn painter(
    path: &Path,
    which: Which,
    (painting, size): (&Path, usize),
    share: f64,
    device: &Device,
) -> Result<TrainedTranslator, TrainError> {
    let run = RunFolder::open(path)?;
    let recipe = run.recipe(&[])?;
    if recipe.model.kind != ModelKind::Adain {
        return Err(TrainError::NoPainter { path: path.to_owned(), kind: recipe.model.kind.to_string() });
    }
    let features = features(&recipe.style.features, device)?;
    let (step, mut state, warnings) = checkpoint(&run, which)?;
    let halvings = recipe.model.halvings;
    let decoder =
        AdainConfig::new(features.blocks(halvings)).init(&mut Stream::new(0, "replaced by the file", 0), device);
    let decoder = load(decoder, state.take("ema")?)?;
    let map = move |images| map_behind(&features, halvings, images);
    let style = map(opened(painting, size, device)?);
    let scale = decoder.scale();
    let paint =
        move |images: Tensor<4>, _: Option<Stream>| decoder.forward(adaptive(map(images), style.clone(), share));
    let about = format!("step {step} of {}, as {}", path.display(), painting.display());
    // What the mirrored borders of the deepest map need.
    Ok(TrainedTranslator::painting(Box::new(paint), [scale, 2 * scale], about, warnings, device))
}
