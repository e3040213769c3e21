//! Image-to-image tasks: pix2pix, super-resolution, inpainting, CycleGAN and CUT.

use burn::tensor::Device;
use gannet_apply::style_transfer::style_features;
use gannet_nn::architectures::cut::PatchHeads;
use gannet_nn::{DiscriminatorConfig, DiscriminatorVisitor, TranslatorConfig, TranslatorVisitor};
use gannet_ops::random::Streams;
use gannet_recipe::{Cut, Cyclegan, Recipe};

use super::held_out::TaskImages;
use crate::error::TrainError;
use crate::tasks::cut::CutTask;
use crate::tasks::cyclegan::CycleganTask;
use crate::tasks::pix2pix::PairedTranslationTask;
use crate::tasks::task::Task;

/// Held-out pairs that measure a translator, at most.
const HELD_OUT_PAIRS: usize = 64;

/// What builds a task once both networks are configured.
trait BuildTask {
    /// The task of a translator and a discriminator.
    fn build<G: TranslatorConfig, D: DiscriminatorConfig>(
        self,
        generator: G,
        discriminator: D,
        context: Context,
    ) -> Result<Box<dyn Task>, TrainError>;
}

/// What every task is built from.
#[derive(Clone, Copy)]
struct Context<'a> {
    recipe: &'a Recipe,
    images: &'a TaskImages,
    device: &'a Device,
}

/// Pix2pix, super-resolution or inpainting.
pub fn paired(recipe: &Recipe, images: &TaskImages, device: &Device) -> Result<Box<dyn Task>, TrainError> {
    configure(BuildPaired, Context { recipe, images, device })
}

/// CycleGAN.
pub fn cyclegan(
    settings: &Cyclegan,
    recipe: &Recipe,
    images: &TaskImages,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    configure(BuildCyclegan(settings), Context { recipe, images, device })
}

/// CUT.
pub fn cut(settings: &Cut, recipe: &Recipe, images: &TaskImages, device: &Device) -> Result<Box<dyn Task>, TrainError> {
    configure(BuildCut(settings), Context { recipe, images, device })
}

/// Configures the recipe's translator, then its discriminator, then builds.
fn configure<B: BuildTask>(build: B, context: Context) -> Result<Box<dyn Task>, TrainError> {
    let recipe = context.recipe;
    recipe.model.kind.visit_translator(&recipe.network_settings(), WithTranslator { build, context })?
}

struct WithTranslator<'a, B> {
    build: B,
    context: Context<'a>,
}

impl<B: BuildTask> TranslatorVisitor for WithTranslator<'_, B> {
    type Output = Result<Box<dyn Task>, TrainError>;

    fn visit<G: TranslatorConfig>(self, generator: G) -> Self::Output {
        let recipe = self.context.recipe;
        let visitor = WithDiscriminator { build: self.build, generator, context: self.context };
        recipe.model.discriminator.visit_discriminator(&recipe.discriminator_settings(), visitor)
    }
}

struct WithDiscriminator<'a, B, G> {
    build: B,
    generator: G,
    context: Context<'a>,
}

impl<B: BuildTask, G: TranslatorConfig> DiscriminatorVisitor for WithDiscriminator<'_, B, G> {
    type Output = Result<Box<dyn Task>, TrainError>;

    fn visit<D: DiscriminatorConfig>(self, discriminator: D) -> Self::Output {
        self.build.build(self.generator, discriminator, self.context)
    }
}

struct BuildPaired;

impl BuildTask for BuildPaired {
    fn build<G: TranslatorConfig, D: DiscriminatorConfig>(
        self,
        generator: G,
        discriminator: D,
        Context { recipe, images, device }: Context,
    ) -> Result<Box<dyn Task>, TrainError> {
        let preview = images.preview(recipe)?;
        let held_out = images.held_out(recipe, 1, HELD_OUT_PAIRS)?;
        let features = recipe.features().filter(|_| recipe.perceptual_weight() > 0.0);
        let features = features.map(|name| style_features(name, device)).transpose()?;
        let streams = Streams::new(recipe.seed);
        let discriminator = discriminator.init(&mut streams.at("discriminator", 0), device);
        let networks = (generator.init(&mut streams.at("generator", 0), device), discriminator);
        Ok(Box::new(PairedTranslationTask::new(networks, features, recipe, [held_out, preview], device)))
    }
}

struct BuildCyclegan<'a>(&'a Cyclegan);

impl BuildTask for BuildCyclegan<'_> {
    fn build<G: TranslatorConfig, D: DiscriminatorConfig>(
        self,
        generator: G,
        discriminator: D,
        Context { recipe, images, device }: Context,
    ) -> Result<Box<dyn Task>, TrainError> {
        let streams = Streams::new(recipe.seed);
        let networks = ["", "back/"].map(|direction| {
            let discriminator = discriminator.init(&mut streams.at(&format!("{direction}discriminator"), 0), device);
            (generator.init(&mut streams.at(&format!("{direction}generator"), 0), device), discriminator)
        });
        let preview = images.preview(recipe)?;
        Ok(Box::new(CycleganTask::new(networks, self.0, recipe, preview, device)))
    }
}

struct BuildCut<'a>(&'a Cut);

impl BuildTask for BuildCut<'_> {
    fn build<G: TranslatorConfig, D: DiscriminatorConfig>(
        self,
        generator: G,
        discriminator: D,
        Context { recipe, images, device }: Context,
    ) -> Result<Box<dyn Task>, TrainError> {
        let streams = Streams::new(recipe.seed);
        let channels = generator.encoder_channels();
        let networks = (
            generator.init(&mut streams.at("generator", 0), device),
            PatchHeads::new(&channels, &mut streams.at("heads", 0), device),
            discriminator.init(&mut streams.at("discriminator", 0), device),
        );
        let preview = images.training_preview(recipe)?;
        Ok(Box::new(CutTask::new(networks, self.0, recipe, preview, device)))
    }
}
