//! Free-Form Image Inpainting with Gated Convolution, Yu et al. 2018, arXiv:1806.03589 (DeepFill v2): gated
//! convolutions, which learn where pixels are valid.
//!
//! ```text
//! gated  rectified(features) · sigmoid(gates), both of one convolution
//! stage  5 × 5 to w channels; 3 × 3 with stride 2 and 3 × 3, twice, to 2w and 4w; 3 × 3; 3 × 3 with dilation 2, 4 and 8;
//!        3 × 3; nearest-neighbor upsampling and 3 × 3, then 3 × 3, twice, to 2w and w; 3 × 3 to the image
//! attention branch  from the image to 4w as in a stage, with its own weights; contextual attention; 3 × 3 twice
//! ```
//!
//! All convolutions but the last are gated, with LeakyReLU 0.2. A second stage, if there is one, takes the result of the first, and
//! concatenates its middle maps with those of an attention branch. Unlike the paper's, a stage computes a residual, which is added
//! to its input inside the hole; the input's hole is filled by diffusion, so that an untrained network leaves a plausible image.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::conv::Window;
use gannet_ops::dual::Dual;
use gannet_ops::gate;
use gannet_ops::random::Stream;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Resize, contextual_attention};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{Network, NetworkSettings, Role, Sizes, TranslatorConfig, counted, require};

/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// Gain of He's initialization for gated convolutions: a rectifier and a gate leave about a sixth of the variance.
const GAIN: f64 = 2.5;
/// Gain of He's initialization of the convolution to the image.
const SMALL_GAIN: f64 = 0.1;
/// Number of downsamplings.
const DOWNSAMPLINGS: usize = 2;
/// Dilations of the middle layers.
const DILATIONS: [usize; 3] = [2, 4, 8];

/// The configuration of the network.
#[derive(Debug, Clone, Copy)]
pub struct DeepfillConfig {
    channels: usize,
    stages: usize,
    width: usize,
}

impl DeepfillConfig {
    /// With the paper's width and two stages, for RGB images.
    pub fn new() -> Self {
        Self { channels: 3, stages: 2, width: 48 }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many stages in a row.
    pub fn with_stages(self, stages: usize) -> Self {
        Self { stages, ..self }
    }

    /// With this many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// A stage; `attends` says whether it has an attention branch.
    fn stage(&self, attends: bool, stream: &mut Stream, device: &Device) -> Stage {
        let w = self.width;
        let middle = w << DOWNSAMPLINGS;
        let dilated = |step| ConvConfig {
            window: Window { padding: [step; 2], dilation: step, ..Window::default() },
            ..three(middle, middle)
        };
        let (from_image, down, before) = self.encoder(stream, device);
        let dilated = DILATIONS.map(|step| gated(dilated(step), stream, device)).into();
        let concatenated = if attends { 2 * middle } else { middle };
        let behind = vec![gated(three(concatenated, middle), stream, device)];
        let up = (0..DOWNSAMPLINGS).rev().flat_map(|level| {
            let (from, to) = (w << (level + 1), w << level);
            [ConvConfig::three(from, to, Resize::Double), three(to, to)]
        });
        let up = up.map(|conv| gated(conv, stream, device)).collect();
        let to_image = three(w, self.channels).with_bias().with_init(Init::he(SMALL_GAIN, 9 * w)).init(stream, device);
        let glance = attends.then(|| {
            let (from_image, down, before) = self.encoder(stream, device);
            let behind = (0..2).map(|_| gated(three(middle, middle), stream, device)).collect();
            AttentionBranch { from_image, down, before, behind }
        });
        Stage { from_image, down, before, dilated, behind, up, to_image, glance }
    }

    /// The layers from the image to the middle, at a quarter of its sides.
    fn encoder(&self, stream: &mut Stream, device: &Device) -> (Gated, Vec<Gated>, Vec<Gated>) {
        let w = self.width;
        let from_image = gated(ConvConfig::new(self.channels + 1, w, 5).with_window(1, 2), stream, device);
        let down = (0..DOWNSAMPLINGS).flat_map(|level| {
            let (from, to) = (w << level, w << (level + 1));
            [three(from, to).with_window(2, 1), three(to, to)]
        });
        let down = down.map(|conv| gated(conv, stream, device)).collect();
        (from_image, down, vec![gated(three(w << DOWNSAMPLINGS, w << DOWNSAMPLINGS), stream, device)])
    }
}

/// A 3 × 3 convolution.
fn three(input: usize, output: usize) -> ConvConfig {
    ConvConfig::three(input, output, Resize::Same)
}

/// The gated convolution with as many features as `conv` has outputs.
fn gated(conv: ConvConfig, stream: &mut Stream, device: &Device) -> Gated {
    let conv = ConvConfig { output: 2 * conv.output, ..conv }.with_bias();
    Gated { conv: conv.with_init(Init::he(GAIN, conv.fan_in())).init(stream, device) }
}

impl Default for DeepfillConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl TranslatorConfig for DeepfillConfig {
    type Network = Deepfill;

    fn init(&self, stream: &mut Stream, device: &Device) -> Deepfill {
        Deepfill { stages: (0..self.stages).map(|at| self.stage(at > 0, stream, device)).collect(), config: *self }
    }
}

/// A gated convolution.
#[derive(Module, Debug)]
pub struct Gated {
    conv: Conv2d,
}

impl Gated {
    /// `x [n, in, h, w]` → `[n, out, h', w']`.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        gate::gated(convolved(&self.conv, x), SLOPE)
    }
}

/// The convolution without tangents.
fn convolved(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    conv.forward(Dual::constant(x)).value
}

/// A network from an image and its hole to a residual.
#[derive(Module, Debug)]
pub struct Stage {
    from_image: Gated,
    down: Vec<Gated>,
    before: Vec<Gated>,
    dilated: Vec<Gated>,
    behind: Vec<Gated>,
    up: Vec<Gated>,
    to_image: Conv2d,
    /// The attention branch. The field's name is part of the names of tensors in checkpoints.
    glance: Option<AttentionBranch>,
}

impl Stage {
    /// `image [n, c, h, w]` and `hole [n, 1, h, w]` → `[n, c, h, w]`.
    fn forward(&self, image: Tensor<4>, hole: Tensor<4>) -> Tensor<4> {
        let input = Tensor::cat(vec![image, hole.clone()], 1);
        let x = row(row(self.from_image.forward(input.clone()), &self.down), &self.before);
        let x = row(x, &self.dilated);
        let x = match &self.glance {
            Some(branch) => Tensor::cat(vec![x, branch.forward(input, hole)], 1),
            None => x,
        };
        convolved(&self.to_image, row(row(x, &self.behind), &self.up))
    }
}

/// The branch of a stage with contextual attention.
#[derive(Module, Debug)]
pub struct AttentionBranch {
    from_image: Gated,
    down: Vec<Gated>,
    before: Vec<Gated>,
    behind: Vec<Gated>,
}

impl AttentionBranch {
    /// `input [n, c + 1, h, w]` → `[n, 4w, h / 4, w / 4]`.
    fn forward(&self, input: Tensor<4>, hole: Tensor<4>) -> Tensor<4> {
        let x = row(row(self.from_image.forward(input), &self.down), &self.before);
        row(contextual_attention(x, hole), &self.behind)
    }
}

/// `x` through the layers in a row.
fn row(x: Tensor<4>, layers: &[Gated]) -> Tensor<4> {
    layers.iter().fold(x, |x, layer| layer.forward(x))
}

/// The network from images with holes to whole ones.
#[derive(Module, Debug)]
pub struct Deepfill {
    stages: Vec<Stage>,
    #[module(skip)]
    config: DeepfillConfig,
}

impl Translator for Deepfill {
    /// The last channel of the input is 1 in the hole and 0 elsewhere.
    fn translate(&mut self, images: Tensor<4>, mode: Mode, noise: Option<&mut Stream>) -> Tensor<4> {
        self.stages(images, mode, noise).pop().expect("there is a stage")
    }

    fn stages(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Vec<Tensor<4>> {
        let c = self.config.channels;
        let (mut image, hole) = (images.clone().narrow(1, 0, c), images.narrow(1, c, 1));
        let stage = |stage: &Stage| {
            image = image.clone() + stage.forward(image.clone(), hole.clone()) * hole.clone();
            image.clone()
        };
        self.stages.iter().map(stage).collect()
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels + 1, self.config.channels]
    }

    fn multiple(&self) -> usize {
        // Contextual attention downsamples once more.
        (1 << DOWNSAMPLINGS) * if self.config.stages > 1 { 2 } else { 1 }
    }

    fn activations(&self, size: usize) -> usize {
        let level = |level: usize| (self.config.width << level) * (size >> level).pow(2);
        // A gated layer keeps features and gates, and both after their activations.
        let (down, middle) = (2 * (0..=DOWNSAMPLINGS).map(level).sum::<usize>(), level(DOWNSAMPLINGS));
        let stage = 5 * (2 * down + (DILATIONS.len() + 2) * middle);
        // Scores in several steps, and patches of 9 and of 16 places.
        let scores = (size >> (DOWNSAMPLINGS + 1)).pow(4);
        let branch = 5 * (down + 3 * middle) + 10 * scores + 20 * middle;
        self.config.stages * stage + (self.config.stages - 1) * branch
    }
}

impl Network for DeepfillConfig {
    const NAME: &'static str = "deepfill";
    const SUMMARY: &'static str =
        "Gated convolutions, with contextual attention in later stages (Yu et al. 2018, arXiv:1806.03589).";
    const PAPER: &'static str =
        "Free-Form Image Inpainting with Gated Convolution, Yu et al. 2018, arXiv:1806.03589 (DeepFill v2)";
    const ROLE: Role = Role::Inpainter;
    const KEYS: &'static [&'static str] = &["width", "stages"];

    fn sizes() -> Sizes {
        Sizes::MultipleOf(1 << DOWNSAMPLINGS)
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        Self { channels: settings.channels, stages: settings.stages, width: settings.width }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        let NetworkSettings { size, stages, .. } = *settings;
        // Contextual attention downsamples once more.
        let multiple = 2 << DOWNSAMPLINGS;
        require(stages <= 1 || size.is_multiple_of(multiple), || {
            format!("data.size must be a multiple of {multiple} with model.stages {stages}, not {size}")
        })
    }

    fn describe(&self) -> String {
        let Self { channels, stages, width } = self;
        let channels = counted(*channels, "channel");
        format!("DeepFill v2 for images of {channels}, {stages} stages, width {width}")
    }
}
