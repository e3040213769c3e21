//! The averaged encoder and decoder of a run, ready to reconstruct.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::{ImageSpec, Pixels};
use gannet_nn::{Architecture, Discriminator, Encoder, GanVisitor, Generator, Mode};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_recipe::TaskKind;
use gannet_weights::load;
use image::DynamicImage;

use crate::checkpoint::TrainingState;
use crate::checkpoint_choice::CheckpointChoice;
use crate::error::ApplyError;
use crate::image_grid::pixels;
use crate::run::RunFolder;

/// A function from images `[n, c, h, w]` to their reconstructions.
type Reconstruct = Box<dyn Fn(Tensor<4>) -> Tensor<4>>;

/// The averaged encoder and decoder of a run.
pub struct TrainedAutoencoder {
    reconstruct: Reconstruct,
    spec: ImageSpec,
    about: String,
    warnings: Vec<String>,
    device: Device,
}

impl TrainedAutoencoder {
    /// The autoencoder of the run in `path` at a checkpoint, on `device`.
    ///
    /// # Errors
    /// There is no run or no such checkpoint, or the run trains no autoencoder.
    pub fn open(path: &Path, choice: CheckpointChoice, device: &Device) -> Result<Self, ApplyError> {
        let run = RunFolder::open(path)?;
        let recipe = run.recipe(&[])?;
        if recipe.task.kind() != TaskKind::Autoencode {
            return Err(ApplyError::NoAutoencoder { path: path.to_owned(), task: recipe.task.kind().to_string() });
        }
        let loaded = run.load(choice)?;
        let load = LoadAutoencoder { state: loaded.state, code_values: recipe.code_values(), device };
        Ok(Self {
            reconstruct: recipe.model.kind.visit_gan(&recipe.network_settings(), load)??,
            spec: ImageSpec { flip: false, shift: 0, ..recipe.image_spec() },
            about: format!("step {} of {}", loaded.step, path.display()),
            warnings: loaded.warnings,
            device: device.clone(),
        })
    }

    /// Where the networks come from, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// A line for each newer checkpoint that is damaged, where the newest was asked for, and one where the network is barely
    /// trained.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A picture as training sees it, and its reconstruction.
    pub fn reconstruct(&self, picture: &DynamicImage) -> [Pixels; 2] {
        let ImageSpec { size, channels, .. } = self.spec;
        let planes = TensorData::new(self.spec.apply(picture, false), [1, channels, size, size]);
        let reconstruction = (self.reconstruct)(Tensor::from_data(planes, &self.device));
        [self.spec.square(picture), pixels(reconstruction)]
    }
}

/// Codes `[n, z]` (the mean, where the code is a distribution) and reconstructions of images `[n, c, h, w]` by networks
/// that are not being trained.
pub fn reconstruct<E: Discriminator + Encoder, G: Generator>(
    encoder: &E,
    decoder: &G,
    images: Tensor<4>,
) -> (Tensor<2>, Tensor<4>) {
    let z = decoder.latent_size();
    let (code, _) = encoder.clone().encode(Dual::constant(images), Mode::Eval);
    let mean = code.value.narrow(1, 0, z);
    (mean.clone(), decoder.generate(mean))
}

/// Builds an encoder and a decoder of any architecture and loads their averaged weights.
struct LoadAutoencoder<'a> {
    state: TrainingState,
    code_values: usize,
    device: &'a Device,
}

impl GanVisitor for LoadAutoencoder<'_> {
    type Output = Result<Reconstruct, ApplyError>;

    fn visit<A: Architecture>(mut self, architecture: A) -> Self::Output {
        let stream = &mut Stream::placeholder();
        let encoder = architecture.init_encoder(self.code_values, stream, self.device);
        let encoder = load(encoder, self.state.take("encoder-ema")?)?;
        let decoder = load(architecture.init_generator(stream, self.device), self.state.take("ema")?)?;
        Ok(Box::new(move |images| reconstruct(&encoder, &decoder, images).1))
    }
}
