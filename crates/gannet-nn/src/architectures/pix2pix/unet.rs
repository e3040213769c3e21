//! The U-Net generator of pix2pix: Image-to-Image Translation with Conditional Adversarial Networks, Isola et al. 2016,
//! arXiv:1611.07004, section 3.2.1.
//!
//! ```text
//! downsampling: 4 × 4 convolutions with stride 2 to one pixel     upsampling: transposed convolutions back to the image
//! skip connections join the two halves at each size
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::layers::{Conv2d, ConvConfig, ConvTranspose2d, ImageNorm, ImageNormKind, leaky_relu, relu};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{
    Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, require_generator_norm,
};

/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// Most channels of a map, as a multiple of those next to the image.
const WIDEST: usize = 8;
/// Levels whose maps [`Translator::encode`] gives, where the network has more.
const ENCODED: usize = 3;
/// Most levels that are recognized in a file: pictures are padded to multiples of 2^levels pixels.
const MOST_LEVELS: usize = 10;
/// The probability with which dropout sets a value to zero.
const DROPPED: f32 = 0.5;

/// The configuration of a U-Net.
#[derive(Debug, Clone, Copy)]
pub struct UnetConfig {
    channels: [usize; 2],
    levels: usize,
    width: usize,
    norm: ImageNormKind,
}

impl UnetConfig {
    /// Levels of the paper's network, for images of 256 pixels.
    pub const LEVELS: usize = 8;
    /// The first level with dropout, counted from 0 next to the image. The innermost level has none.
    pub const FIRST_NOISY: usize = 4;

    /// From and to images of three channels whose sides are multiples of `2^levels` pixels, with the paper's width.
    pub fn new(levels: usize) -> Self {
        Self { channels: [3, 3], levels, width: 64, norm: ImageNormKind::Batch }
    }

    /// With these channels of input and output.
    pub fn with_channels(self, channels: [usize; 2]) -> Self {
        Self { channels, ..self }
    }

    /// With this many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With this norm.
    pub fn with_norm(self, norm: ImageNormKind) -> Self {
        Self { norm, ..self }
    }

    /// Channels of the map of a level.
    fn features(&self, level: usize) -> usize {
        self.width * WIDEST.min(1 << level)
    }
}

impl TranslatorConfig for UnetConfig {
    type Network = Unet;

    /// The initial weights are from N(0, 0.02).
    fn init(&self, stream: &mut Stream, device: &Device) -> Unet {
        let [input, output] = self.channels;
        let biased = self.norm != ImageNormKind::Batch;
        let conv = |from, to, bias: bool| {
            let conv = ConvConfig::new(from, to, 4).with_window(2, 1);
            if bias { conv.with_bias() } else { conv }
        };
        let (mut down, mut down_norm, mut up, mut up_norm) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for level in 0..self.levels {
            let features = self.features(level);
            let [before, from, to] = match level {
                0 => [input, 2 * features, output],
                _ if level == self.levels - 1 => [self.features(level - 1), features, self.features(level - 1)],
                _ => [self.features(level - 1), 2 * features, self.features(level - 1)],
            };
            down.push(conv(before, features, biased).init(stream, device));
            up.push(conv(from, to, biased || level == 0).init_transposed(stream, device));
            if level > 0 {
                up_norm.push(ImageNorm::new(self.norm, to, stream, device));
            }
            if level > 0 && level < self.levels - 1 {
                down_norm.push(ImageNorm::new(self.norm, features, stream, device));
            }
        }
        Unet { down, down_norm, up, up_norm, config: *self }
    }

    fn encoder_channels(&self) -> Vec<usize> {
        let levels = 0..ENCODED.min(self.levels - 1);
        std::iter::once(self.channels[0]).chain(levels.map(|level| self.features(level))).collect()
    }

    fn has_dropout(&self) -> bool {
        self.levels > Self::FIRST_NOISY + 1
    }
}

/// The network from images to images.
#[derive(Module, Debug)]
pub struct Unet {
    down: Vec<Conv2d>,
    down_norm: Vec<ImageNorm>,
    up: Vec<ConvTranspose2d>,
    up_norm: Vec<ImageNorm>,
    #[module(skip)]
    config: UnetConfig,
}

impl Unet {
    /// The maps of the first `levels` levels on the way down.
    fn down(&mut self, images: Tensor<4>, levels: usize, mode: Mode) -> Vec<Dual<4>> {
        let last = self.down.len() - 1;
        let mut maps = vec![self.down[0].forward(Dual::constant(images))];
        for level in 1..levels {
            let y = self.down[level].forward(leaky_relu(maps[level - 1].clone(), SLOPE));
            maps.push(if level < last { self.down_norm[level - 1].forward_leaky(y, mode, 1.0) } else { y });
        }
        maps
    }
}

impl Translator for Unet {
    fn translate(&mut self, images: Tensor<4>, mode: Mode, mut noise: Option<&mut Stream>) -> Tensor<4> {
        let last = self.down.len() - 1;
        let mut maps = self.down(images, last + 1, mode);
        let mut y = maps.pop().expect("a U-Net has levels");
        for level in (1..=last).rev() {
            y = self.up_norm[level - 1].forward_leaky(self.up[level].forward(relu(y)), mode, 1.0);
            if let Some(noise) = noise.as_deref_mut().filter(|_| (UnetConfig::FIRST_NOISY..last).contains(&level)) {
                y = dropout(y, noise);
            }
            y = maps[level - 1].clone().cat(y, 1);
        }
        tanh(self.up[0].forward(relu(y))).value
    }

    /// The image and the maps of the levels next to it.
    fn encode(&mut self, images: Tensor<4>, mode: Mode) -> Vec<Tensor<4>> {
        let levels = self.config.encoder_channels().len() - 1;
        let maps = self.down(images.clone(), levels, mode);
        std::iter::once(images).chain(maps.into_iter().map(|map| map.value)).collect()
    }

    fn channels(&self) -> [usize; 2] {
        self.config.channels
    }

    fn multiple(&self) -> usize {
        1 << self.config.levels
    }

    fn activations(&self, size: usize) -> usize {
        let down = (0..self.config.levels).map(|level| self.config.features(level) * (size >> (level + 1)).pow(2));
        // Each map is kept before and after its norm and its rectifiers, and once more in the concatenation on the way up.
        8 * down.sum::<usize>()
    }
}

/// Sets half of the values to 0 and doubles the others: Dropout, Srivastava et al. 2014, JMLR 15.
fn dropout(x: Dual<4>, noise: &mut Stream) -> Dual<4> {
    let shape = x.dims();
    let factor = |uniform: f32| if uniform < DROPPED { 0.0 } else { 1.0 / (1.0 - DROPPED) };
    let mask: Vec<f32> = (0..shape.iter().product()).map(|_| factor(noise.uniform())).collect();
    let mask = Tensor::<4>::from_data(TensorData::new(mask, shape), (&x.value.device(), x.value.dtype()));
    x.linear(|x| x * mask.clone())
}

impl Network for UnetConfig {
    const NAME: &'static str = "unet";
    const SUMMARY: &'static str = "A U-Net, down and up with skip connections (Isola et al. 2016, arXiv:1611.07004).";
    const PAPER: &'static str = "Image-to-Image Translation with Conditional Adversarial Networks, Isola, Zhu, Zhou and Efros \
                                 2016, arXiv:1611.07004";
    const ROLE: Role = Role::Translator;
    const KEYS: &'static [&'static str] = &["width", "generator_norm"];
    const PROJECT: &'static str = "pytorch-CycleGAN-and-pix2pix";

    fn sizes() -> Sizes {
        Sizes::Of(&[16, 32, 64, 128, 256, 512])
    }

    /// The levels go down to a map of one pixel, or are the paper's eight.
    fn from_settings(settings: &NetworkSettings) -> Self {
        let levels = (settings.size.ilog2() as usize).min(Self::LEVELS);
        let norm = ImageNormKind::of_generator(settings.generator_norm);
        Self { channels: [settings.channels; 2], levels, width: settings.width, norm }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_generator_norm(settings, Self::NAME, &ImageNormKind::IN_GENERATORS)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let [width, input, ..] = file.conv("model.model.0")?;
        let [_, output, ..] = file.conv("model.model.3")?;
        let levels = 1 + file.count(|file, at| file.has(&format!("{}.1.weight", nested(at + 1))));
        if !(2..=MOST_LEVELS).contains(&levels) {
            return Err(Mismatch::new(format!("it has {levels} levels")));
        }
        let norm = ImageNormKind::of_file(file, &format!("{}.4", nested(levels - 1)));
        let config = Self { channels: [input, output], levels, width, norm };
        Ok(Recognized::whole(config, file.renamed(|name| config.rename(name))))
    }

    fn describe(&self) -> String {
        let Self { channels: [from, to], levels, width, norm } = self;
        let to = counted(*to, "channel");
        format!("a U-Net from {from} to {to}, {levels} levels, width {width}, {}", norm.describe())
    }
}

/// The name of a level's sequence in pytorch-CycleGAN-and-pix2pix, from 0 next to the image.
fn nested(level: usize) -> String {
    match level {
        0 => "model.model".to_owned(),
        _ => format!("model.model.1{}.model", ".model.3".repeat(level - 1)),
    }
}

impl UnetConfig {
    /// Gannet's name of a tensor of pytorch-CycleGAN-and-pix2pix.
    fn rename(&self, name: &str) -> Renamed {
        let place = || {
            let (place, what) = name.rsplit_once('.')?;
            let inside = |depth: &usize| Some((*depth, place.strip_prefix(&format!("{}.", nested(*depth)))?));
            let (depth, at) = (0..self.levels).rev().find_map(|depth| inside(&depth))?;
            Some((depth, at, what))
        };
        let Some((depth, at, what)) = place() else { return Renamed::Unknown };
        match (depth, at, depth + 1 == self.levels) {
            (0, "0", _) | (1.., "1", _) => Renamed::layer(&format!("down.{depth}"), what),
            (0, "3", _) | (1.., "3", true) | (1.., "5", false) => Renamed::layer(&format!("up.{depth}"), what),
            (1.., "2", false) => self.norm.renamed(&format!("down_norm.{}", depth - 1), what),
            (1.., "4", true) | (1.., "6", false) => self.norm.renamed(&format!("up_norm.{}", depth - 1), what),
            _ => Renamed::Unknown,
        }
    }
}
