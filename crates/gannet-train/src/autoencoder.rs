//! Autoencoders that runs have trained, ready for use.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::{ImageSpec, Pixels};
use gannet_nn::architectures::Architecture;
use gannet_ops::random::Streams;
use gannet_weights::load;
use image::DynamicImage;

use crate::TrainError;
use crate::grid::bytes;
use crate::recipe::{ModelKind, Recipe, TaskKind};
use crate::run::RunFolder;
use crate::tasks::{code_values, dcgan, image_spec, mlp, r3gan, reconstructed, sngan};
use crate::trained::{Which, checkpoint};

/// The averaged encoder and decoder of a run.
pub struct TrainedAutoencoder {
    reconstruct: Box<dyn Fn(Tensor<4>) -> Tensor<4>>,
    spec: ImageSpec,
    about: String,
    warnings: Vec<String>,
    device: Device,
}

impl TrainedAutoencoder {
    /// Those of the run in `path` at a checkpoint, on `device`.
    ///
    /// # Errors
    /// There is no run or no such checkpoint, or the run trains no autoencoder.
    pub fn open(path: &Path, which: Which, device: &Device) -> Result<Self, TrainError> {
        let run = RunFolder::open(path)?;
        let recipe = run.recipe(&[])?;
        if recipe.task != TaskKind::Autoencode {
            return Err(TrainError::NoAutoencoder { path: path.to_owned(), task: recipe.task.to_string() });
        }
        match recipe.model.kind {
            ModelKind::Sngan => Self::load(sngan(&recipe), &run, which, &recipe, device),
            ModelKind::R3gan => Self::load(r3gan(&recipe), &run, which, &recipe, device),
            ModelKind::Mlp => Self::load(mlp(&recipe), &run, which, &recipe, device),
            // The recipe's rules refuse what is no architecture.
            _ => Self::load(dcgan(&recipe), &run, which, &recipe, device),
        }
    }

    fn load<A: Architecture>(
        architecture: A,
        run: &RunFolder,
        which: Which,
        recipe: &Recipe,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let stream = &mut Streams::new(0).at("replaced by the checkpoint", 0);
        let (step, mut state, warnings) = checkpoint(run, which)?;
        let encoder = architecture.init_encoder(code_values(recipe), stream, device);
        let encoder = load(encoder, state.take("encoder-ema")?)?;
        let decoder = load(architecture.init_generator(stream, device), state.take("ema")?)?;
        Ok(Self {
            reconstruct: Box::new(move |images| reconstructed(&encoder, &decoder, images).1),
            spec: ImageSpec { flip: false, shift: 0, ..image_spec(&recipe.data) },
            about: format!("step {step} of {}", run.path().display()),
            warnings,
            device: device.clone(),
        })
    }

    /// Where it comes from, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// A line for each newer checkpoint that is damaged, where the newest was asked for.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A picture as training sees it, and what the autoencoder makes of it.
    pub fn reconstruct(&self, picture: &DynamicImage) -> [Pixels; 2] {
        let ImageSpec { size, channels, .. } = self.spec;
        let planes = TensorData::new(self.spec.apply(picture, false), [1, channels, size, size]);
        let made = (self.reconstruct)(Tensor::from_data(planes, &self.device));
        [self.spec.square(picture), bytes(made)]
    }
}
