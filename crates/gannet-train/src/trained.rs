//! Networks that a run has trained, ready for use: the averaged generator, or the classifier.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use burn::tensor::{Device, Tensor};
use gannet_data::Fit;
use gannet_nn::Generator;
use gannet_nn::architectures::Architecture;
use gannet_nn::extractors::convnet::ConvNet;
use gannet_nn::extractors::lenet::LeNet;
use gannet_ops::random::Streams;
use gannet_weights::{WeightsError, load};

use crate::TrainError;
use crate::latents::LatentSpace;
use crate::recipe::{ConditionKind, ModelKind, Recipe};
use crate::run::RunFolder;
use crate::tasks::{TaskState, dcgan, mlp, r3gan, sngan};

/// Images generated at a time: few enough to need little memory.
const BATCH: usize = 64;

/// Which checkpoint of a run to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// The newest whole one.
    #[default]
    Newest,
    /// The one with the best score; see [`crate::tasks::Task::judge`].
    Best,
    /// That of this step.
    Step(u64),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "newest" => Ok(Self::Newest),
            "best" => Ok(Self::Best),
            _ => text.parse().map(Self::Step).map_err(|_| format!("'{text}' is none: give newest, best or a step")),
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => f.write_str("newest"),
            Self::Best => f.write_str("best"),
            Self::Step(step) => write!(f, "{step}"),
        }
    }
}

/// The averaged generator of a run.
pub struct TrainedGenerator {
    recipe: Recipe,
    step: u64,
    warnings: Vec<String>,
    space: LatentSpace,
    generate: Box<dyn Fn(Tensor<2>) -> Tensor<4>>,
    device: Device,
}

impl TrainedGenerator {
    /// The generator of the run in `path` at a checkpoint, on `device`.
    ///
    /// # Errors
    /// There is no run or no such checkpoint, or the run trains no generator.
    pub fn open(path: &Path, which: Which, device: &Device) -> Result<Self, TrainError> {
        let run = RunFolder::open(path)?;
        let recipe = run.recipe(&[])?;
        let stream = &mut Streams::new(0).at("replaced by the checkpoint", 0);
        match recipe.model.kind {
            ModelKind::Dcgan => Self::load(dcgan(&recipe).init_generator(stream, device), &run, which, recipe, device),
            ModelKind::Sngan => Self::load(sngan(&recipe).init_generator(stream, device), &run, which, recipe, device),
            ModelKind::R3gan => Self::load(r3gan(&recipe).init_generator(stream, device), &run, which, recipe, device),
            ModelKind::Mlp => Self::load(mlp(&recipe).init_generator(stream, device), &run, which, recipe, device),
            kind if kind.translates() => {
                Err(TrainError::OnlyTranslates { path: path.to_owned(), usage: recipe.usage(path) })
            }
            kind => Err(TrainError::NoGenerator { path: path.to_owned(), task: kind.to_string() }),
        }
    }

    fn load<G: Generator + 'static>(
        generator: G,
        run: &RunFolder,
        which: Which,
        recipe: Recipe,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let (step, mut state, warnings) = checkpoint(run, which)?;
        let generator = load(generator, state.take("ema")?)?;
        let space = LatentSpace::new(recipe.model.latent, &recipe.condition);
        Ok(Self {
            recipe,
            step,
            warnings,
            space,
            generate: Box::new(move |latent| generator.generate(latent)),
            device: device.clone(),
        })
    }

    /// What the run was trained with.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// How many steps the generator was trained for.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// A line for each newer checkpoint that is damaged, where the newest was asked for.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What latents are made of.
    pub fn space(&self) -> LatentSpace {
        self.space
    }

    /// `count` latents `[count, z]`, with classes drawn evenly where there are some; the same seed gives the same, and the
    /// first do not depend on `count`.
    pub fn latents(&self, count: usize, seed: u64) -> Tensor<2> {
        self.space.draw(Streams::new(seed), "sample", 0, count, &self.device)
    }

    /// A latent `[n, z]` of each of `classes`; noise is at most `truncation` in size, where that is given.
    pub fn latents_of(&self, classes: &[usize], truncation: Option<f32>, seed: u64) -> Tensor<2> {
        let (streams, device) = (Streams::new(seed), &self.device);
        match truncation {
            None => self.space.of_classes(streams, "sample", 0, classes, device),
            Some(most) => self.space.truncated(streams, "sample", most, classes, device),
        }
    }

    /// The names of the classes, or numbers of those that the generator made up itself; none where it knows of none.
    pub fn class_names(&self) -> Vec<String> {
        let condition = &self.recipe.condition;
        match condition.kind {
            ConditionKind::None => Vec::new(),
            ConditionKind::Info => (0..condition.categories).map(|category| category.to_string()).collect(),
            _ => condition.names().map(str::to_owned).collect(),
        }
    }

    /// The classes that `count` images of a seed show, where nobody chose them.
    pub fn some_classes(&self, count: usize, seed: u64) -> Vec<usize> {
        self.space.some_classes(Streams::new(seed), "sample", 0, count)
    }

    /// `latents [n, z]` → images `[n, c, h, w]` in `[-1, 1]`, a few at a time.
    pub fn generate(&self, latents: Tensor<2>) -> impl Iterator<Item = Tensor<4>> {
        latents.split(BATCH, 0).into_iter().map(&self.generate)
    }

    /// `count` images `[count, c, h, w]` in `[-1, 1]` of the latents of `seed`.
    pub fn sample(&self, count: usize, seed: u64) -> Tensor<4> {
        Tensor::cat(self.generate(self.latents(count, seed)).collect(), 0)
    }
}

/// A classifier that a run has trained.
pub enum TrainedClassifier {
    /// Of digits, and how they were fitted into its images.
    Digits(Box<LeNet>, Fit),
    /// Of colour images, and how many classes it tells apart.
    Colour(Box<ConvNet>, usize),
}

/// The classifier of the run in `path` at a checkpoint.
///
/// # Errors
/// There is no run or no such checkpoint, or the run trains no classifier.
pub fn open_any_classifier(path: &Path, which: Which, device: &Device) -> Result<TrainedClassifier, TrainError> {
    let run = RunFolder::open(path)?;
    if run.recipe(&[])?.model.kind != ModelKind::Convnet {
        let (network, recipe) = open_classifier(path, which, device)?;
        return Ok(TrainedClassifier::Digits(Box::new(network), recipe.data.fit));
    }
    let tensors = checkpoint(&run, which)?.1.take("classifier")?;
    let classes = tensors.iter().find(|tensor| tensor.name == "head.bias").map_or(1, |bias| bias.values.len());
    let fresh = ConvNet::new(classes, &mut Streams::new(0).at("replaced by the checkpoint", 0), device);
    Ok(TrainedClassifier::Colour(Box::new(load(fresh, tensors)?), classes))
}

/// The classifier of digits of the run in `path` at a checkpoint, and its recipe.
///
/// # Errors
/// There is no run or no such checkpoint, or the run trains no classifier of digits.
pub fn open_classifier(path: &Path, which: Which, device: &Device) -> Result<(LeNet, Recipe), TrainError> {
    let run = RunFolder::open(path)?;
    let recipe = run.recipe(&[])?;
    if recipe.model.kind != ModelKind::Lenet {
        let kind = recipe.model.kind.to_string();
        return Err(TrainError::NoClassifier { path: path.to_owned(), kind });
    }
    let (_, mut state, _) = checkpoint(&run, which)?;
    let network = LeNet::new(&mut Streams::new(0).at("replaced by the checkpoint", 0), device);
    Ok((load(network, state.take("classifier")?)?, recipe))
}

/// LeNet-5, and the SHA-256 of its file, from a PyTorch or safetensors file whose layers are called `convnet.c1`, … and `fc.f6`, ….
///
/// # Errors
/// The file cannot be read or holds other weights.
pub fn read_lenet(path: &Path, device: &Device) -> Result<(LeNet, String), WeightsError> {
    let (mut tensors, hash) = gannet_weights::read_weights(path)?;
    for tensor in &mut tensors {
        let name = tensor.name.trim_start_matches("convnet.").trim_start_matches("fc.").to_owned();
        tensor.name = name;
    }
    let fresh = LeNet::new(&mut Streams::new(0).at("replaced by the file", 0), device);
    Ok((load(fresh, tensors)?, hash))
}

/// The point at `t` in [0, 1] of the great circle from `a` to `b`, both `[1, z]` (Shoemake 1985; White 2016,
/// arXiv:1609.04468); nearly parallel ends are joined by a line.
pub fn slerp(a: Tensor<2>, b: Tensor<2>, t: f64) -> Tensor<2> {
    let scalar = |x: Tensor<2>| f64::from(x.sum().into_scalar::<f32>());
    let norms = (scalar(a.clone() * a.clone()) * scalar(b.clone() * b.clone())).sqrt();
    let angle = (scalar(a.clone() * b.clone()) / norms).clamp(-1.0, 1.0).acos();
    let (from, to) = if angle.sin().abs() < 1e-4 {
        (1.0 - t, t)
    } else {
        (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin())
    };
    a * from + b * to
}

/// A checkpoint's step and state, and a line for each newer one that is damaged.
pub(crate) fn checkpoint(run: &RunFolder, which: Which) -> Result<(u64, TaskState, Vec<String>), TrainError> {
    let checkpoints = run.checkpoints();
    let step = match which {
        Which::Newest => {
            let (found, damaged) = run.newest()?;
            let (state, task) = found.ok_or_else(|| TrainError::NoCheckpoint { path: run.path().to_owned() })?;
            return Ok((state.step, task, damaged));
        }
        Which::Best => checkpoints.best().map(|(step, _)| step),
        Which::Step(step) => checkpoints.steps().contains(&step).then_some(step),
    };
    let Some(step) = step else {
        let steps: Vec<String> = checkpoints.steps().iter().map(u64::to_string).collect();
        return Err(TrainError::NoSuchCheckpoint { path: run.path().to_owned(), which, steps: steps.join(", ") });
    };
    Ok((step, checkpoints.load(step)?.1, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slerp_goes_along_the_circle_at_even_speed() {
        let device = gannet_ops::device::device("cpu").unwrap();
        let at = |degrees: f64| {
            let angle = degrees.to_radians();
            Tensor::<2>::from_floats([[angle.cos(), angle.sin()]], &device)
        };
        let values = |x: Tensor<2>| x.into_data().iter::<f32>().collect::<Vec<_>>();
        for (from, to) in [(20.0, 110.0), (0.0, 170.0), (30.0, 30.0001)] {
            for part in [0.0, 0.25, 0.5, 1.0] {
                let found = values(slerp(at(from), at(to), part));
                let expected = values(at(from + part * (to - from)));
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
                }
            }
        }
        // Each end keeps its length.
        let found = values(slerp(at(0.0) * 2.0, at(90.0) * 3.0, 1.0));
        assert!((found[1] - 3.0).abs() < 1e-5 && found[0].abs() < 1e-5, "{found:?}");
    }
}
