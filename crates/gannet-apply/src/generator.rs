//! A trained generator, ready to generate: the averaged one of a run, or that of another project's file.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use gannet_nn::{Architecture, GanVisitor, Generator, Part, Role};
use gannet_ops::random::{Stream, Streams};
use gannet_recipe::{ConditionKind, Recipe, TaskKind};
use gannet_weights::{NamedTensor, WeightsError, load};

use crate::checkpoint_choice::CheckpointChoice;
use crate::error::ApplyError;
use crate::latents::LatentSpace;
use crate::network_file::{file_and_key, file_usage, read_network};
use crate::run::RunFolder;

/// Images generated at a time: few enough to need little memory.
const BATCH: usize = 64;

/// A generator as a function from latents `[n, z]` to images `[n, c, h, w]`.
type Generate = Box<dyn Fn(Tensor<2>) -> Tensor<4>>;

/// What the tensors of a variational autoencoder's decoder are called before their own names.
const DECODER: &str = "decoder.";
/// Channels of generated images: gray or RGB.
const CHANNELS: [usize; 2] = [1, 3];

/// Where a generator comes from.
enum Kind {
    Run { recipe: Box<Recipe>, step: u64 },
    File,
}

/// The averaged generator of a run, or the generator of another project's file.
pub struct TrainedGenerator {
    kind: Kind,
    about: String,
    warnings: Vec<String>,
    space: LatentSpace,
    image_shape: [usize; 3],
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
        let mut loaded = run.load(choice)?;
        let load = LoadGenerator { tensors: loaded.state.take("ema")?, device };
        let (generate, image_shape, _) = recipe.model.kind.visit_gan(&recipe.network_settings(), load)??;
        Ok(Self {
            about: format!("step {} of {}", loaded.step, path.display()),
            warnings: loaded.warnings,
            space: LatentSpace::new(recipe.model.latent, &recipe.condition),
            image_shape,
            generate,
            kind: Kind::Run { recipe: Box::new(recipe), step: loaded.step },
            device: device.clone(),
        })
    }

    /// The generator in a file of another project, recognized by the names and shapes of its tensors, on
    /// `device`: the one under `key`, where one is given, and else under the preferred key of the file. Its latents are noise, and then
    /// a one-hot class where there are `classes`, which a file does not tell.
    ///
    /// # Errors
    /// The file cannot be read, lacks the key, holds another network, or has latents of fewer values than `classes`.
    pub fn read(path: &Path, key: Option<&str>, classes: usize, device: &Device) -> Result<Self, ApplyError> {
        let misfit = |reason: String| WeightsError::Unsuited { path: path.to_owned(), reason };
        let found = read_network(path, key)?;
        let what = found.describe();
        let tensors = match found.part {
            Part::Generator => found.tensors,
            Part::VariationalAutoencoder => decoder(found.tensors),
            Part::Whole | Part::Discriminator => {
                let usage = file_usage(&found, path, key);
                return Err(misfit(format!("it is {what}, which generates nothing from noise: {usage}")).into());
            }
        };
        let fit = |error: WeightsError| WeightsError::Fit(format!("{}: {what}: {error}", path.display()));
        let (generate, image_shape, latent) =
            found.config.visit_gan(LoadGenerator { tensors, device })?.map_err(fit)?;
        let [channels, height, width] = image_shape;
        if !CHANNELS.contains(&channels) || height != width {
            let reason = format!("it is {what}, and images are gray or RGB squares, not {channels}×{height}×{width}");
            return Err(misfit(reason).into());
        }
        let Some(noise) = latent.checked_sub(classes).filter(|noise| *noise > 0) else {
            return Err(misfit(format!("its latents have {latent} values, too few for {classes} classes")).into());
        };
        let space = LatentSpace { classes, ..LatentSpace::noise(noise) };
        let one_hot = if classes == 0 { String::new() } else { format!(" and one of {classes} classes, one-hot") };
        let file = file_and_key(path, key);
        let about = format!("{file}: {what}; latents of {noise} values from N(0, 1){one_hot}");
        let (kind, warnings, device) = (Kind::File, Vec::new(), device.clone());
        Ok(Self { kind, about, warnings, space, image_shape, generate, device })
    }

    /// The recipe of the run; none for a file.
    pub fn recipe(&self) -> Option<&Recipe> {
        match &self.kind {
            Kind::Run { recipe, .. } => Some(recipe),
            Kind::File => None,
        }
    }

    /// Number of training steps of the run; none for a file.
    pub fn step(&self) -> Option<u64> {
        match &self.kind {
            Kind::Run { step, .. } => Some(*step),
            Kind::File => None,
        }
    }

    /// Where the generator comes from, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Shape `[c, h, w]` of its images.
    pub fn image_shape(&self) -> [usize; 3] {
        self.image_shape
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

    /// The names of the classes; numbers for the categories of an InfoGAN and for the classes of a file; empty for an
    /// unconditional generator.
    pub fn class_names(&self) -> Vec<String> {
        let Some(recipe) = self.recipe() else {
            return (0..self.space.classes).map(|class| class.to_string()).collect();
        };
        let condition = &recipe.condition;
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

/// The tensors of a variational autoencoder's decoder.
fn decoder(tensors: Vec<NamedTensor>) -> Vec<NamedTensor> {
    let own = |tensor: NamedTensor| {
        let name = tensor.name.strip_prefix(DECODER)?.to_owned();
        Some(NamedTensor { name, ..tensor })
    };
    tensors.into_iter().filter_map(own).collect()
}

/// Builds a generator of any architecture and loads its weights.
struct LoadGenerator<'a> {
    tensors: Vec<NamedTensor>,
    device: &'a Device,
}

impl GanVisitor for LoadGenerator<'_> {
    /// The generator, the shape of its images, and the length of its latents.
    type Output = Result<(Generate, [usize; 3], usize), WeightsError>;

    fn visit<A: Architecture>(self, architecture: A) -> Self::Output {
        let stream = &mut Stream::placeholder();
        let generator = load(architecture.init_generator(stream, self.device), self.tensors)?;
        let (shape, latent) = (generator.image_shape(), generator.latent_size());
        Ok((Box::new(move |latents| generator.generate(latents)), shape, latent))
    }
}
