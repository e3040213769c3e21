//! Style-transfer tasks: a network for one style, and AdaIN for any style.

use std::path::Path;

use burn::tensor::Device;
use gannet_apply::style_transfer::{StyleTarget, style_features};
use gannet_nn::architectures::adain::AdainConfig;
use gannet_nn::{TranslatorConfig, TranslatorVisitor};
use gannet_ops::random::Streams;
use gannet_recipe::{Adain, Recipe, Stylize};

use super::held_out::TaskImages;
use crate::error::TrainError;
use crate::tasks::adain::AdainTask;
use crate::tasks::stylize::StylizeTask;
use crate::tasks::task::Task;

/// Held-out pictures that measure a style-transfer network, at most.
const HELD_OUT_PICTURES: usize = 8;

/// Style transfer for one style.
pub fn stylize(
    settings: &Stylize,
    recipe: &Recipe,
    images: &TaskImages,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let build = BuildStylize { settings, recipe, images, device };
    recipe.model.kind.visit_translator(&recipe.network_settings(), build)?
}

struct BuildStylize<'a> {
    settings: &'a Stylize,
    recipe: &'a Recipe,
    images: &'a TaskImages,
    device: &'a Device,
}

impl TranslatorVisitor for BuildStylize<'_> {
    type Output = Result<Box<dyn Task>, TrainError>;

    fn visit<C: TranslatorConfig>(self, config: C) -> Self::Output {
        let Self { settings, recipe, images, device } = self;
        let target = StyleTarget::open(Path::new(&settings.image), settings.size, &settings.features, device)?;
        let generator = config.init(&mut Streams::new(recipe.seed).at("generator", 0), device);
        let sets = [images.held_out(recipe, 1, HELD_OUT_PICTURES)?, images.preview(recipe)?];
        Ok(Box::new(StylizeTask::new((generator, target), settings, recipe, sets, device)))
    }
}

/// AdaIN: style transfer for any style.
pub fn adain(
    settings: &Adain,
    recipe: &Recipe,
    images: &TaskImages,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let features = style_features(&settings.features, device)?;
    let decoder = AdainConfig::new(features.blocks(settings.depth));
    let decoder = decoder.init(&mut Streams::new(recipe.seed).at("decoder", 0), device);
    let sets = [images.held_out(recipe, 1, HELD_OUT_PICTURES)?, images.preview(recipe)?];
    Ok(Box::new(AdainTask::new((features, decoder), settings, recipe, sets, device)))
}
