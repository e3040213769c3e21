//! The averaged generator of a run, ready to generate.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use gannet_nn::{Architecture, GanVisitor, Generator, Role};
use gannet_ops::random::{Stream, Streams};
use gannet_recipe::{ConditionKind, Recipe, TaskKind};
use gannet_weights::load;

use crate::checkpoint::TrainingState;
use crate::checkpoint_choice::CheckpointChoice;
use crate::error::ApplyError;
use crate::latents::LatentSpace;
use crate::run::RunFolder;

/// Images generated at a time: few enough to need little memory.
const BATCH: usize = 64;

/// A generator as a function from latents `[n, z]` to images `[n, c, h, w]`.
type Generate = Box<dyn Fn(Tensor<2>) -> Tensor<4>>;

/// The averaged generator of a run.
pub struct TrainedGenerator {
    recipe: Recipe,
    step: u64,
    warnings: Vec<String>,
    space: LatentSpace,
    generate: Generate,
    device: Device,
}

impl TrainedGenerator {
    /// The generator of the run in `path` at a checkpoint, on `device`.
    ///
    /// # Errors
    /// There is no run or no such checkpoint, or the run trains no generator.
    pub fn open(path: &Path, choice: CheckpointChoice, device: &Device) -> Result<Self, ApplyError> {
        let run = RunFolder::open(path)?;
        let recipe = run.recipe(&[])?;
        let (task, role) = (recipe.task.kind(), recipe.model.kind.role());
        if role != Role::Gan {
            let (path, usage) = (path.to_owned(), recipe.usage(path));
            return Err(match task {
                TaskKind::Classify => ApplyError::NoGenerator { path, task: task.to_string(), usage },
                _ => ApplyError::OnlyTranslates { path, usage },
            });
        }
        let loaded = run.load(choice)?;
        let load = LoadGenerator { state: loaded.state, device };
        Ok(Self {
            step: loaded.step,
            warnings: loaded.warnings,
            space: LatentSpace::new(recipe.model.latent, &recipe.condition),
            generate: recipe.model.kind.visit_gan(&recipe.network_settings(), load)??,
            recipe,
            device: device.clone(),
        })
    }

    /// The recipe of the run.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Number of training steps.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// A line for each newer checkpoint that is damaged, where the newest was asked for, and one where the network is barely
    /// trained.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The parts of a latent vector.
    pub fn space(&self) -> LatentSpace {
        self.space
    }

    /// Latents `[count, z]` of evenly drawn classes. Equal seeds give equal latents, and the first rows do not depend on
    /// `count`.
    pub fn latents(&self, count: usize, seed: u64) -> Tensor<2> {
        self.space.draw(Streams::new(seed), "sample", 0, count, &self.device)
    }

    /// One latent `[n, z]` for each entry of `classes`; `truncation` bounds the absolute value of the noise.
    pub fn latents_of(&self, classes: &[usize], truncation: Option<f32>, seed: u64) -> Tensor<2> {
        let (streams, device) = (Streams::new(seed), &self.device);
        match truncation {
            None => self.space.of_classes(streams, "sample", 0, classes, device),
            Some(threshold) => self.space.truncated(streams, "sample", threshold, classes, device),
        }
    }

    /// The names of the classes; numbers for the categories of an InfoGAN; empty for an unconditional generator.
    pub fn class_names(&self) -> Vec<String> {
        let condition = &self.recipe.condition;
        match condition.kind {
            ConditionKind::None => Vec::new(),
            ConditionKind::Info => (0..condition.categories).map(|category| category.to_string()).collect(),
            _ => condition.names().collect(),
        }
    }

    /// The classes of the `count` latents that [`Self::latents`] gives for this seed.
    pub fn drawn_classes(&self, count: usize, seed: u64) -> Vec<usize> {
        self.space.draw_classes(Streams::new(seed), "sample", 0, count)
    }

    /// Latents `[n, z]` → images `[n, c, h, w]` in `[-1, 1]`, a few at a time.
    pub fn generate(&self, latents: Tensor<2>) -> impl Iterator<Item = Tensor<4>> {
        latents.split(BATCH, 0).into_iter().map(&self.generate)
    }

    /// `count` images `[count, c, h, w]` in `[-1, 1]` from the latents of `seed`.
    pub fn sample(&self, count: usize, seed: u64) -> Tensor<4> {
        Tensor::cat(self.generate(self.latents(count, seed)).collect(), 0)
    }
}

/// Builds a generator of any architecture and loads its averaged weights.
struct LoadGenerator<'a> {
    state: TrainingState,
    device: &'a Device,
}

impl GanVisitor for LoadGenerator<'_> {
    type Output = Result<Generate, ApplyError>;

    fn visit<A: Architecture>(mut self, architecture: A) -> Self::Output {
        let stream = &mut Stream::placeholder();
        let generator = load(architecture.init_generator(stream, self.device), self.state.take("ema")?)?;
        Ok(Box::new(move |latents| generator.generate(latents)))
    }
}
