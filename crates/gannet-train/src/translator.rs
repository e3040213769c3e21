//! Networks from images to images, ready for use: a run's, or those of another project's file.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Pixels;
use gannet_nn::Translator;
use gannet_nn::architectures::cyclegan::ResnetConfig;
use gannet_nn::architectures::pix2pix::UnetConfig;
use gannet_nn::layers::ImageNormKind;
use gannet_ops::random::{Stream, Streams};
use gannet_ops::resample::mirrored;
use gannet_weights::{Layout, WeightsError, load, recognise};

use crate::TrainError;
use crate::grid::bytes;
use crate::recipe::{ModelKind, TranslateKind};
use crate::run::RunFolder;
use crate::tasks::{resnet, translated, unet};
use crate::trained::{Which, checkpoint};

/// A translator.
pub struct TrainedTranslator {
    translate: Box<dyn Fn(Tensor<4>, Option<Stream>) -> Tensor<4>>,
    /// Of what it takes.
    channels: usize,
    multiple: usize,
    /// The least side, in pixels.
    smallest: usize,
    noisy: bool,
    about: String,
    warnings: Vec<String>,
    device: Device,
}

impl TrainedTranslator {
    /// That of the run in `path` at a checkpoint, on `device`; of one that learns both ways, the way `back` if asked for.
    ///
    /// # Errors
    /// There is no run or no such checkpoint, or the run trains no translator, or none that goes back.
    pub fn open(path: &Path, which: Which, back: bool, device: &Device) -> Result<Self, TrainError> {
        let run = RunFolder::open(path)?;
        let recipe = run.recipe(&[])?;
        let stream = &mut Streams::new(0).at("replaced by the checkpoint", 0);
        let kind = recipe.model.kind;
        if !matches!(kind, ModelKind::Unet | ModelKind::Resnet) {
            return Err(TrainError::NoTranslator { path: path.to_owned(), kind: kind.to_string() });
        }
        if back && recipe.translate.kind != TranslateKind::Cycle {
            return Err(TrainError::OneWay { path: path.to_owned(), kind: recipe.translate.kind.to_string() });
        }
        let (step, mut state, warnings) = checkpoint(&run, which)?;
        let tensors = state.take(if back { "back_ema" } else { "ema" })?;
        let about = format!("step {step} of {}", path.display());
        let found = match kind {
            ModelKind::Unet => Self::of(load(unet(&recipe).init(stream, device), tensors)?, about, device),
            _ => Self::of(load(resnet(&recipe).init(stream, device), tensors)?, about, device),
        };
        Ok(Self { warnings, noisy: recipe.translate.dropout, ..found })
    }

    /// That of a PyTorch or safetensors file with the generator of pytorch-CycleGAN-and-pix2pix.
    ///
    /// # Errors
    /// The file cannot be read or holds another network.
    pub fn read(path: &Path, device: &Device) -> Result<Self, TrainError> {
        let misfit = |reason: String| WeightsError::Format { path: path.to_owned(), reason };
        let (tensors, _) = gannet_weights::read_weights(path)?;
        let (layout, tensors) = recognise(tensors).map_err(|error| misfit(error.to_string()))?;
        if let Layout::Unet { channels, .. } | Layout::Resnet { channels, .. } = layout
            && !channels.iter().all(|channels| [1, 3, 4].contains(channels))
        {
            let what = layout.describe();
            return Err(misfit(format!("it is {what}, and pictures have 1, 3 or 4 channels")).into());
        }
        let stream = &mut Streams::new(0).at("replaced by the file", 0);
        let norm = |batch: bool| if batch { ImageNormKind::Batch } else { ImageNormKind::Instance };
        let about = format!("{}: {}", path.display(), layout.describe());
        let misfitting = |error: WeightsError| misfit(error.to_string());
        Ok(match layout {
            Layout::Unet { channels, levels, width, batch } => {
                let config = UnetConfig::new(levels).with_channels(channels).with_width(width).with_norm(norm(batch));
                let found = Self::of(load(config.init(stream, device), tensors).map_err(misfitting)?, about, device);
                Self { noisy: levels > UnetConfig::FIRST_NOISY + 1, ..found }
            }
            Layout::Resnet { channels, blocks, width, batch, .. } => {
                let config = ResnetConfig::new(blocks).with_channels(channels).with_width(width).with_norm(norm(batch));
                Self::of(load(config.init(stream, device), tensors).map_err(misfitting)?, about, device)
            }
            other => {
                return Err(misfit(format!("it is {}, and not from images to images", other.describe())).into());
            }
        })
    }

    fn of<T: Translator + 'static>(network: T, about: String, device: &Device) -> Self {
        Self {
            channels: network.channels()[0],
            multiple: network.multiple(),
            smallest: network.smallest(),
            translate: Box::new(move |images, noise| translated(&network, images, noise)),
            noisy: false,
            about,
            warnings: Vec::new(),
            device: device.clone(),
        }
    }

    /// Whether noise makes a difference: for a run's U-Net that was trained with dropout, and for any of another project, which does
    /// not tell.
    pub fn is_noisy(&self) -> bool {
        self.noisy
    }

    /// Where it comes from, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// A line for each newer checkpoint that is damaged, where the newest was asked for.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A picture of any size to one of that size. What the network's stride leaves over is filled by the mirrored picture and
    /// cut off again. With `noise` values of a U-Net's inner levels are dropped at random.
    pub fn translate(&self, picture: Pixels, noise: Option<Stream>) -> Pixels {
        let input = self.channels;
        let picture = picture.convert(input);
        let (height, width) = (picture.height, picture.width);
        let [tall, wide] = [height, width].map(|side| side.max(self.smallest).next_multiple_of(self.multiple));
        let at = |c: usize, y: usize, x: usize| {
            let place = (mirrored(y as isize, height) * width + mirrored(x as isize, width)) * input + c;
            f32::from(picture.data[place]) / 127.5 - 1.0
        };
        let places = (0..input).flat_map(|c| (0..tall).flat_map(move |y| (0..wide).map(move |x| (c, y, x))));
        let planes: Vec<f32> = places.map(|(c, y, x)| at(c, y, x)).collect();
        let images = Tensor::from_data(TensorData::new(planes, [1, input, tall, wide]), &self.device);
        let made = (self.translate)(images, noise).narrow(2, 0, height).narrow(3, 0, width);
        bytes(made)
    }
}
