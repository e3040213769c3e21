//! Networks from images to images, ready for use: a run's, or those of another project's file.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Pixels;
use gannet_nn::Translator;
use gannet_nn::architectures::cyclegan::ResnetConfig;
use gannet_nn::architectures::deepfill::DeepfillConfig;
use gannet_nn::architectures::esrgan::RrdbConfig;
use gannet_nn::architectures::johnson::JohnsonConfig;
use gannet_nn::architectures::pix2pix::UnetConfig;
use gannet_nn::architectures::real_esrgan::CompactConfig;
use gannet_nn::architectures::srgan::SrresnetConfig;
use gannet_nn::layers::ImageNormKind;
use gannet_ops::random::{Stream, Streams};
use gannet_ops::resample::mirrored;
use gannet_weights::{Layout, NamedTensor, WeightsError, load, recognise};

use crate::TrainError;
use crate::grid::bytes;
use crate::recipe::{ModelKind, Recipe, TranslateKind};
use crate::run::RunFolder;
use crate::tasks::{compact, gated, johnson, resnet, rrdb, srresnet, translated, unet};
use crate::trained::{Which, checkpoint};

/// A translator.
pub struct TrainedTranslator {
    translate: Box<Translation>,
    /// Of what it takes and of what it makes.
    channels: [usize; 2],
    multiple: usize,
    /// The least side, in pixels.
    smallest: usize,
    scale: usize,
    noisy: bool,
    about: String,
    warnings: Vec<String>,
    device: Device,
}

/// From images `[n, c, h, w]` in `[-1, 1]` to others, with noise where it is given.
pub(crate) type Translation = dyn Fn(Tensor<4>, Option<Stream>) -> Tensor<4>;

/// The weights of a network from images to images, and what it is.
pub struct TranslatorWeights {
    network: Network,
    tensors: Vec<NamedTensor>,
    noisy: bool,
    about: String,
    warnings: Vec<String>,
}

/// What builds a network.
enum Network {
    Unet(UnetConfig),
    Resnet(ResnetConfig),
    Srresnet(SrresnetConfig),
    Rrdb(RrdbConfig),
    Compact(CompactConfig),
    Gated(DeepfillConfig),
    Johnson(JohnsonConfig),
}

impl Network {
    fn of_recipe(recipe: &Recipe) -> Option<Self> {
        Some(match recipe.model.kind {
            ModelKind::Unet => Self::Unet(unet(recipe)),
            ModelKind::Resnet => Self::Resnet(resnet(recipe)),
            ModelKind::Srresnet => Self::Srresnet(srresnet(recipe)),
            ModelKind::Rrdb => Self::Rrdb(rrdb(recipe)),
            ModelKind::Compact => Self::Compact(compact(recipe)),
            ModelKind::Gated => Self::Gated(gated(recipe)),
            ModelKind::Johnson => Self::Johnson(johnson(recipe)),
            _ => return None,
        })
    }

    fn of_layout(layout: &Layout) -> Option<Self> {
        let norm = |batch: bool| if batch { ImageNormKind::Batch } else { ImageNormKind::Instance };
        Some(match *layout {
            Layout::Unet { channels, levels, width, batch } => {
                Self::Unet(UnetConfig::new(levels).with_channels(channels).with_width(width).with_norm(norm(batch)))
            }
            Layout::Resnet { channels, blocks, width, batch, .. } => {
                Self::Resnet(ResnetConfig::new(blocks).with_channels(channels).with_width(width).with_norm(norm(batch)))
            }
            Layout::Srresnet { channels, scale, blocks, width } => {
                Self::Srresnet(SrresnetConfig::new(scale).with_channels(channels).with_blocks(blocks).with_width(width))
            }
            Layout::Rrdb { channels, scale, blocks, width, growth } => {
                Self::Rrdb(RrdbConfig::new(scale).with_channels(channels).with_blocks(blocks).with_width(width, growth))
            }
            Layout::Johnson { blocks, width } => {
                Self::Johnson(JohnsonConfig::new().with_blocks(blocks).with_width(width))
            }
            Layout::Compact { channels, scale, layers, width } => {
                Self::Compact(CompactConfig::new(scale).with_channels(channels).with_layers(layers).with_width(width))
            }
            _ => return None,
        })
    }
}

impl TranslatorWeights {
    /// Those of the run in `path` at a checkpoint; of one that learns both ways, the way `back` if asked for.
    ///
    /// # Errors
    /// There is no run or no such checkpoint, or the run trains no translator, or none that goes back.
    pub fn open(path: &Path, which: Which, back: bool) -> Result<Self, TrainError> {
        let run = RunFolder::open(path)?;
        let recipe = run.recipe(&[])?;
        if recipe.model.kind == ModelKind::Adain {
            return Err(TrainError::AnyPainting { path: path.to_owned() });
        }
        let Some(network) = Network::of_recipe(&recipe) else {
            return Err(TrainError::NoTranslator { path: path.to_owned(), kind: recipe.model.kind.to_string() });
        };
        if back && recipe.translate.kind != TranslateKind::Cycle {
            return Err(TrainError::OneWay { path: path.to_owned(), kind: recipe.translate.kind.to_string() });
        }
        let (step, mut state, warnings) = checkpoint(&run, which)?;
        let tensors = state.take(if back { "back_ema" } else { "ema" })?;
        let about = format!("step {step} of {}", path.display());
        Ok(Self { network, tensors, noisy: recipe.translate.dropout, about, warnings })
    }

    /// Those of a PyTorch or safetensors file of another project: pytorch-CycleGAN-and-pix2pix, SRGAN, ESRGAN or Real-ESRGAN.
    ///
    /// # Errors
    /// The file cannot be read or holds another network.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let misfit = |reason: String| WeightsError::Format { path: path.to_owned(), reason };
        let (tensors, _) = gannet_weights::read_weights(path)?;
        let (layout, tensors) = recognise(tensors).map_err(|error| misfit(error.to_string()))?;
        let what = layout.describe();
        let Some(network) = Network::of_layout(&layout) else {
            return Err(misfit(format!("it is {what}, and not from images to images")).into());
        };
        if let Layout::Unet { channels, .. } | Layout::Resnet { channels, .. } = layout
            && !channels.iter().all(|channels| [1, 3, 4].contains(channels))
        {
            return Err(misfit(format!("it is {what}, and pictures have 1, 3 or 4 channels")).into());
        }
        let noisy = matches!(layout, Layout::Unet { levels, .. } if levels > UnetConfig::FIRST_NOISY + 1);
        Ok(Self { network, tensors, noisy, about: format!("{}: {what}", path.display()), warnings: Vec::new() })
    }

    /// Each weight so far on its way to that of `other`, from 0 to 1: between a network of small errors and one of sharp
    /// images lie all others (Wang et al. 2018, arXiv:1809.00219, section 3.4).
    ///
    /// # Errors
    /// The other network has other weights.
    pub fn towards(mut self, other: &Self, share: f32) -> Result<Self, TrainError> {
        for tensor in &mut self.tensors {
            let same = |other: &&NamedTensor| other.name == tensor.name && other.shape == tensor.shape;
            let Some(other) = other.tensors.iter().find(same) else {
                let text = format!("{} has no {} of the shape {:?}", other.about, tensor.name, tensor.shape);
                return Err(WeightsError::Fit(format!("{text}: mix two networks of one architecture")).into());
            };
            let pairs = tensor.values.iter_mut().zip(&other.values);
            pairs.for_each(|(own, other)| *own += share * (other - *own));
        }
        self.about = format!("{}, {share} of the way to {}", self.about, other.about);
        Ok(self)
    }

    /// The network, on `device`.
    ///
    /// # Errors
    /// The weights do not fit it.
    pub fn build(self, device: &Device) -> Result<TrainedTranslator, TrainError> {
        let Self { network, tensors, noisy, about, warnings } = self;
        let stream = &mut Streams::new(0).at("replaced by the file", 0);
        let misfit = |error: WeightsError| WeightsError::Fit(format!("{about}: {error}"));
        let found = match network {
            Network::Unet(config) => built(load(config.init(stream, device), tensors).map_err(misfit)?, device),
            Network::Resnet(config) => built(load(config.init(stream, device), tensors).map_err(misfit)?, device),
            Network::Srresnet(config) => built(load(config.init(stream, device), tensors).map_err(misfit)?, device),
            Network::Rrdb(config) => built(load(config.init(stream, device), tensors).map_err(misfit)?, device),
            Network::Johnson(config) => built(load(config.init(stream, device), tensors).map_err(misfit)?, device),
            Network::Gated(config) => built(load(config.init(stream, device), tensors).map_err(misfit)?, device),
            Network::Compact(config) => built(load(config.init(stream, device), tensors).map_err(misfit)?, device),
        };
        Ok(TrainedTranslator { noisy, about, warnings, ..found })
    }
}

fn built<T: Translator + 'static>(network: T, device: &Device) -> TrainedTranslator {
    TrainedTranslator {
        channels: network.channels(),
        multiple: network.multiple(),
        smallest: network.smallest(),
        scale: network.scale(),
        translate: Box::new(move |images, noise| translated(&network, images, noise)),
        noisy: false,
        about: String::new(),
        warnings: Vec::new(),
        device: device.clone(),
    }
}

impl TrainedTranslator {
    /// What paints pictures in colour; their sides are multiples of the first number of pixels, and no smaller than the second.
    pub(crate) fn painting(
        translate: Box<Translation>,
        [multiple, smallest]: [usize; 2],
        about: String,
        warnings: Vec<String>,
        device: &Device,
    ) -> Self {
        let (channels, scale, noisy) = ([3, 3], 1, false);
        Self { translate, channels, multiple, smallest, scale, noisy, about, warnings, device: device.clone() }
    }

    /// Whether noise makes a difference: for a run's U-Net that was trained with dropout, and for any of another project, which does
    /// not tell.
    pub fn is_noisy(&self) -> bool {
        self.noisy
    }

    /// How many times as wide and high its pictures are as those it takes.
    pub fn scale(&self) -> usize {
        self.scale
    }

    /// Channels of what it takes and of what it makes.
    pub fn channels(&self) -> [usize; 2] {
        self.channels
    }

    /// Where it comes from, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// A line for each newer checkpoint that is damaged, where the newest was asked for.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A picture of any size to one of that size. With `noise` values of a U-Net's inner levels are dropped at random.
    pub fn translate(&self, picture: Pixels, noise: Option<Stream>) -> Pixels {
        let channels = self.channels[0];
        let picture = picture.convert(channels);
        let (height, width) = (picture.height, picture.width);
        let value =
            |c: usize, y: usize, x: usize| f32::from(picture.data[(y * width + x) * channels + c]) / 127.5 - 1.0;
        bytes(self.apply([height, width], value, noise))
    }

    /// What the network makes, `[1, c, s h, s w]` in `[-1, 1]`, of a picture of `[h, w]` pixels whose values in that range `value` tells
    /// by channel, row and column. What the network's stride leaves over is filled by the mirrored picture and cut off again.
    pub fn apply(
        &self,
        [height, width]: [usize; 2],
        value: impl Fn(usize, usize, usize) -> f32,
        noise: Option<Stream>,
    ) -> Tensor<4> {
        let [tall, wide] = [height, width].map(|side| side.max(self.smallest).next_multiple_of(self.multiple));
        let at = |c, y: usize, x: usize| value(c, mirrored(y as isize, height), mirrored(x as isize, width));
        let channels = self.channels[0];
        let places = (0..channels).flat_map(|c| (0..tall).flat_map(move |y| (0..wide).map(move |x| (c, y, x))));
        let planes: Vec<f32> = places.map(|(c, y, x)| at(c, y, x)).collect();
        let images = Tensor::from_data(TensorData::new(planes, [1, channels, tall, wide]), &self.device);
        (self.translate)(images, noise).narrow(2, 0, self.scale * height).narrow(3, 0, self.scale * width)
    }
}
