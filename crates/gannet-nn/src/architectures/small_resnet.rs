//! A small residual classifier of RGB images of 32 pixels, after Deep Residual Learning for Image Recognition, He et al.
//! 2015, arXiv:1512.03385.
//!
//! ```text
//! 3 → 32, 3 × 3                      32 px
//! 32 → 64, 4 × 4 / 2, x + f(x)       16 px
//! 64 → 112, 4 × 4 / 2, x + f(x)       8 px
//! mean over the pixels → 112 features → classes
//! ```
//!
//! Batch norm and ReLU follow each convolution; f is two convolutions of 3 × 3. It can be trained in an hour on two CPU cores, and
//! is small enough to be embedded in a binary: an extractor where there is no other, not a substitute for Inception.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use crate::init::Init;
use crate::layers::{BatchNorm, Conv2d, ConvConfig, Linear, RELU, relu};
use crate::mode::Mode;
use crate::network::Classifier;
use crate::registry::{ClassifierConfig, Network, NetworkSettings, Role, Sizes, require_channels};

/// Channels of the three stages.
const WIDTHS: [usize; 3] = [32, 64, 112];

/// The configuration of the classifier.
#[derive(Debug, Clone, Copy)]
pub struct SmallResnetConfig {
    classes: usize,
}

impl SmallResnetConfig {
    /// For `classes` classes.
    pub fn new(classes: usize) -> Self {
        Self { classes }
    }
}

impl ClassifierConfig for SmallResnetConfig {
    type Network = SmallResnet;

    fn init(&self, stream: &mut Stream, device: &Device) -> SmallResnet {
        SmallResnet::new(self.classes, stream, device)
    }

    fn features(&self) -> usize {
        SmallResnet::FEATURES
    }

    fn classes(&self) -> usize {
        self.classes
    }
}

impl Network for SmallResnetConfig {
    const NAME: &'static str = "small-resnet";
    const SUMMARY: &'static str = "A small residual classifier of RGB images (after He et al. 2015, arXiv:1512.03385).";
    const PAPER: &'static str = "Deep Residual Learning for Image Recognition, He et al. 2015, arXiv:1512.03385";
    const ROLE: Role = Role::Classifier;
    const KEYS: &'static [&'static str] = &[];

    fn sizes() -> Sizes {
        Sizes::Of(&[SmallResnet::SIZE])
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        Self { classes: settings.classes }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_channels(settings, Self::NAME, 3, "RGB")
    }

    fn describe(&self) -> String {
        format!("a small residual classifier of {} classes", self.classes)
    }
}

/// The classifier for `images [n, 3, 32, 32]` in `[0, 1]`.
#[derive(Module, Debug)]
pub struct SmallResnet {
    stem: Unit,
    down1: Unit,
    block1: Block,
    down2: Unit,
    block2: Block,
    head: Linear,
}

impl SmallResnet {
    /// Side of the images, in pixels.
    pub const SIZE: usize = 32;
    /// Number of features of an image.
    pub const FEATURES: usize = WIDTHS[2];

    /// A network for `classes` classes, with initial weights from `stream`.
    pub fn new(classes: usize, stream: &mut Stream, device: &Device) -> Self {
        let [a, b, c] = WIDTHS;
        Self {
            stem: Unit::new(ConvConfig::new(3, a, 3).with_window(1, 1), stream, device),
            down1: Unit::new(ConvConfig::new(a, b, 4).with_window(2, 1), stream, device),
            block1: Block::new(b, stream, device),
            down2: Unit::new(ConvConfig::new(b, c, 4).with_window(2, 1), stream, device),
            block2: Block::new(c, stream, device),
            head: Linear::new(c, classes, stream, device),
        }
    }
}

impl Classifier for SmallResnet {
    fn classify(&mut self, images: Tensor<4>, mode: Mode) -> (Tensor<2>, Tensor<2>) {
        let x = self.stem.forward(Dual::constant(images * 2.0 - 1.0), mode, RELU);
        let x = self.down1.forward(x, mode, RELU);
        let x = self.block1.forward(x, mode);
        let x = self.down2.forward(x, mode, RELU);
        let x = self.block2.forward(x, mode);
        let [n, features, _, _] = x.dims();
        let features = x.mean(&[2, 3]).reshape([n, features]);
        (features.value.clone(), self.head.forward(features).value)
    }

    fn image_shape(&self) -> [usize; 3] {
        [3, Self::SIZE, Self::SIZE]
    }

    fn activations(&self) -> usize {
        let [a, b, c] = WIDTHS;
        let pixels = Self::SIZE * Self::SIZE;
        3 * pixels + 2 * (a * pixels + 4 * b * pixels / 4 + 4 * c * pixels / 16)
    }
}

/// A convolution with batch norm.
#[derive(Module, Debug)]
struct Unit {
    conv: Conv2d,
    norm: BatchNorm,
}

impl Unit {
    fn new(config: ConvConfig, stream: &mut Stream, device: &Device) -> Self {
        let fan_in = (config.input * config.kernel * config.kernel) as f32;
        // He et al. 2015, arXiv:1502.01852: a rectifier keeps the variance.
        let config = config.with_init(Init::Normal { mean: 0.0, std: (2.0 / fan_in).sqrt() });
        Self { conv: config.init(stream, device), norm: BatchNorm::new(config.output, stream, device) }
    }

    fn forward(&mut self, x: Dual<4>, mode: Mode, slope: f64) -> Dual<4> {
        self.norm.forward_leaky(self.conv.forward(x), mode, slope)
    }
}

/// A residual block, `relu(x + f(x))`.
#[derive(Module, Debug)]
struct Block {
    first: Unit,
    second: Unit,
}

impl Block {
    fn new(width: usize, stream: &mut Stream, device: &Device) -> Self {
        let config = ConvConfig::new(width, width, 3).with_window(1, 1);
        Self { first: Unit::new(config, stream, device), second: Unit::new(config, stream, device) }
    }

    fn forward(&mut self, x: Dual<4>, mode: Mode) -> Dual<4> {
        let y = self.first.forward(x.clone(), mode, RELU);
        relu(self.second.forward(y, mode, 1.0) + x)
    }
}
