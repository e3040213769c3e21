//! Real-ESRGAN's discriminator.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, upsample2x};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, WeightKind, leaky_relu};
use crate::mode::Mode;
use crate::network::{Discriminator, DiscriminatorOutput};
use crate::registry::{DiscriminatorConfig, DiscriminatorSettings, counted, require};

/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// Number of downsamplings.
const DOWNSAMPLINGS: usize = 3;

/// The configuration of a U-Net discriminator.
#[derive(Debug, Clone, Copy)]
pub struct UnetDiscriminatorConfig {
    size: usize,
    channels: usize,
    width: usize,
}

impl UnetDiscriminatorConfig {
    /// The paper's discriminator for RGB images of `size` pixels, a multiple of 8.
    pub fn new(size: usize) -> Self {
        Self { size, channels: 3, width: 64 }
    }

    /// For images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }
}

impl DiscriminatorConfig for UnetDiscriminatorConfig {
    type Network = UnetDiscriminator;

    const NAME: &'static str = "unet";
    const SUMMARY: &'static str =
        "A U-Net with spectral norm that has a logit for each pixel (Wang et al. 2021, arXiv:2107.10833).";
    const PAPER: &'static str = "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, Wang et al. 2021, \
                                 arXiv:2107.10833";
    const KEYS: &'static [&'static str] = &["width"];

    fn from_settings(settings: &DiscriminatorSettings) -> Self {
        let DiscriminatorSettings { size, channels, width, .. } = *settings;
        Self { size, channels, width }
    }

    fn check(settings: &DiscriminatorSettings) -> Result<(), String> {
        let (size, multiple) = (settings.size, 1 << DOWNSAMPLINGS);
        require(size.is_multiple_of(multiple), || {
            format!("data.size must be a multiple of {multiple} with model.discriminator unet, not {size}")
        })
    }

    fn init(&self, stream: &mut Stream, device: &Device) -> UnetDiscriminator {
        let spectral = |conv: ConvConfig| conv.with_weight(WeightKind::Spectral);
        let initialized = |conv: ConvConfig| conv.with_init(Init::fan_in(conv.fan_in()));
        let three = |input, output| ConvConfig::new(input, output, 3).with_window(1, 1);
        let w = self.width;
        let down = |level: usize| ConvConfig::new(w << level, w << (level + 1), 4).with_window(2, 1);
        let mut init = |conv: ConvConfig| initialized(conv).init(stream, device);
        UnetDiscriminator {
            from_image: init(three(self.channels, w).with_bias()),
            down: (0..DOWNSAMPLINGS).map(|level| init(spectral(down(level)))).collect(),
            up: (0..DOWNSAMPLINGS).rev().map(|level| init(spectral(three(w << (level + 1), w << level)))).collect(),
            behind: (0..2).map(|_| init(spectral(three(w, w)))).collect(),
            score: init(three(w, 1).with_bias()),
            config: *self,
        }
    }

    fn describe(&self) -> String {
        let Self { channels, width, .. } = self;
        let channels = counted(*channels, "channel");
        format!("a U-Net discriminator of {channels}, width {width}")
    }
}

/// The network from images to a logit for each pixel.
#[derive(Module, Debug)]
pub struct UnetDiscriminator {
    from_image: Conv2d,
    down: Vec<Conv2d>,
    up: Vec<Conv2d>,
    behind: Vec<Conv2d>,
    score: Conv2d,
    #[module(skip)]
    config: UnetDiscriminatorConfig,
}

impl Discriminator for UnetDiscriminator {
    fn forward(&mut self, images: Dual<4>, _: &[usize], _: Mode) -> DiscriminatorOutput {
        let mut x = self.from_image.forward_leaky(images, SLOPE);
        let mut skipped = Vec::new();
        for conv in &self.down {
            skipped.push(x.clone());
            x = conv.forward_leaky(x, SLOPE);
        }
        for conv in &self.up {
            let y = leaky_relu(conv.forward(upsample2x(x, Blur::Triangle)), SLOPE);
            x = y + skipped.pop().expect("there are as many levels up as down");
        }
        for conv in &self.behind {
            x = conv.forward_leaky(x, SLOPE);
        }
        let logits = self.score.forward(x.clone());
        let pixels = logits.dims().iter().product();
        DiscriminatorOutput { logits: logits.reshape([pixels]), features: x }
    }

    fn power_iterate(&mut self) {
        let all = self.down.iter_mut().chain(&mut self.up).chain(&mut self.behind);
        all.for_each(Conv2d::power_iterate);
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.config.width, self.config.size, self.config.size]
    }

    fn activations(&self) -> usize {
        let map = |level: usize| (self.config.width << level) * (self.config.size >> level).pow(2);
        8 * (0..=DOWNSAMPLINGS).map(map).sum::<usize>()
    }
}
