//! One task for each kind of recipe.

use std::sync::Arc;

use burn::tensor::Device;
use gannet_data::Source;
use gannet_nn::{ClassifierConfig, ClassifierVisitor};
use gannet_ops::random::Streams;
use gannet_recipe::{Recipe, Task as TaskSettings};

use super::held_out::{HELD_OUT, TaskImages};
use super::{gan, image_to_image, style};
use crate::checkpoint_score::PixelScore;
use crate::error::TrainError;
use crate::tasks::classify::ClassifyTask;
use crate::tasks::task::Task;

/// The task of `recipe` with fresh networks on `device`, which is for training. `held_out` images measure the task where it
/// has a measure.
///
/// # Errors
/// The images, or the weights of a feature network, cannot be read.
pub fn build(
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    held_out: Option<Arc<dyn Source>>,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let images = TaskImages { source: source.clone(), held_out };
    match &recipe.task {
        TaskSettings::Generate => {
            let score = PixelScore::new(source.clone(), recipe.image_spec());
            Ok(gan::gan_task(recipe, device)?.with_score(score))
        }
        TaskSettings::Classify => classify(recipe, &images, device),
        TaskSettings::Autoencode(settings) => gan::autoencode(settings, recipe, &images, device),
        TaskSettings::Pix2pix(_) | TaskSettings::Upscale(_) | TaskSettings::Inpaint(_) => {
            image_to_image::paired(recipe, &images, device)
        }
        TaskSettings::Cyclegan(settings) => image_to_image::cyclegan(settings, recipe, &images, device),
        TaskSettings::Cut(settings) => image_to_image::cut(settings, recipe, &images, device),
        TaskSettings::Stylize(settings) => style::stylize(settings, recipe, &images, device),
        TaskSettings::Adain(settings) => style::adain(settings, recipe, &images, device),
    }
}

fn classify(recipe: &Recipe, images: &TaskImages, device: &Device) -> Result<Box<dyn Task>, TrainError> {
    let mut settings = recipe.network_settings();
    settings.classes = images.source.classes().len();
    recipe.model.kind.visit_classifier(&settings, Classify { recipe, images, device })?
}

struct Classify<'a> {
    recipe: &'a Recipe,
    images: &'a TaskImages,
    device: &'a Device,
}

impl ClassifierVisitor for Classify<'_> {
    type Output = Result<Box<dyn Task>, TrainError>;

    fn visit<C: ClassifierConfig>(self, config: C) -> Self::Output {
        let Self { recipe, images, device } = self;
        let network = config.init(&mut Streams::new(recipe.seed).at("classifier", 0), device);
        let held_out = images.held_out(recipe, recipe.train.batch, HELD_OUT)?;
        Ok(Box::new(ClassifyTask::new(network, held_out, recipe, device)))
    }
}
