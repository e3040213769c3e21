//! Free-Form Image Inpainting with Gated Convolution, Yu et al. 2018, arXiv:1806.03589 (DeepFill v2): convolutions that learn
//! where to look, since pixels of a hole say nothing.
//!
//! ```text
//! gated  rectified(features) · sigmoid(gates), both of one convolution
//! stage  5 × 5 to w channels; 3 × 3 with stride 2 and 3 × 3, twice, to 2w and 4w; 3 × 3; 3 × 3 that see every second, fourth
//!        and eighth pixel; 3 × 3; pixels repeated and 3 × 3, then 3 × 3, twice, to 2w and w; 3 × 3 to the image
//! glance from the image to 4w as in a stage, with weights of its own; contextual attention; 3 × 3 twice
//! ```
//!
//! All are gated but the last; rectified by LeakyReLU 0.2. A second stage, if there is one, is given what the first has put into
//! the hole, and goes on, after its middle, with what it has made and what a glance has. Unlike the paper's, a stage makes what is
//! to be added to the image that it is given, whose hole is filled already, by diffusion: so a network that has learned little does
//! little harm.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::conv::Window;
use gannet_ops::dual::Dual;
use gannet_ops::gate;
use gannet_ops::random::Stream;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Resize, contextual_attention};
use crate::{Mode, Translator};

const SLOPE: f64 = 0.2;
/// How strong gated convolutions start, beside He et al.'s: a rectifier and a gate leave about a sixth of the variance.
const GAIN: f64 = 2.5;
/// How weak the convolution to the image starts, beside He et al.'s.
const FAINT: f64 = 0.1;
/// How often the image is halved.
const HALVINGS: usize = 2;
/// Every how many pixels the middle layers see.
const DILATIONS: [usize; 3] = [2, 4, 8];

/// The settings of the network.
#[derive(Debug, Clone, Copy)]
pub struct DeepfillConfig {
    channels: usize,
    stages: usize,
    width: usize,
}

impl DeepfillConfig {
    /// The paper's width and two stages, for colour images.
    pub fn new() -> Self {
        Self { channels: 3, stages: 2, width: 48 }
    }

    /// For images of so many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With so many networks behind each other.
    pub fn with_stages(self, stages: usize) -> Self {
        Self { stages, ..self }
    }

    /// With so many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The network with fresh weights.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Deepfill {
        Deepfill { stages: (0..self.stages).map(|at| self.stage(at > 0, stream, device)).collect(), config: *self }
    }

    fn stage(&self, glances: bool, stream: &mut Stream, device: &Device) -> Stage {
        let w = self.width;
        let middle = w << HALVINGS;
        let far = |step| ConvConfig {
            window: Window { padding: [step; 2], dilation: step, ..Window::default() },
            ..three(middle, middle)
        };
        let (from_image, down, before) = self.encoder(stream, device);
        let dilated = DILATIONS.map(|step| gated(far(step), stream, device)).into();
        let joined = if glances { 2 * middle } else { middle };
        let behind = vec![gated(three(joined, middle), stream, device)];
        let up = (0..HALVINGS).rev().flat_map(|level| {
            let (from, to) = (w << (level + 1), w << level);
            [ConvConfig::three(from, to, Resize::Double), three(to, to)]
        });
        let up = up.map(|conv| gated(conv, stream, device)).collect();
        let to_image = three(w, self.channels).with_bias().with_init(Init::he(FAINT, 9 * w)).init(stream, device);
        let glance = glances.then(|| {
            let (from_image, down, before) = self.encoder(stream, device);
            let behind = (0..2).map(|_| gated(three(middle, middle), stream, device)).collect();
            Glance { from_image, down, before, behind }
        });
        Stage { from_image, down, before, dilated, behind, up, to_image, glance }
    }

    /// From the image to a quarter of its sides.
    fn encoder(&self, stream: &mut Stream, device: &Device) -> (Gated, Vec<Gated>, Vec<Gated>) {
        let w = self.width;
        let from_image = gated(ConvConfig::new(self.channels + 1, w, 5).with_window(1, 2), stream, device);
        let down = (0..HALVINGS).flat_map(|level| {
            let (from, to) = (w << level, w << (level + 1));
            [three(from, to).with_window(2, 1), three(to, to)]
        });
        let down = down.map(|conv| gated(conv, stream, device)).collect();
        (from_image, down, vec![gated(three(w << HALVINGS, w << HALVINGS), stream, device)])
    }
}

fn three(input: usize, output: usize) -> ConvConfig {
    ConvConfig::three(input, output, Resize::Same)
}

/// Of so many features as `conv` makes.
fn gated(conv: ConvConfig, stream: &mut Stream, device: &Device) -> Gated {
    let conv = ConvConfig { output: 2 * conv.output, ..conv }.with_bias();
    Gated { conv: conv.with_init(Init::he(GAIN, conv.fan_in())).init(stream, device) }
}

impl Default for DeepfillConfig {
    fn default() -> Self {
        Self::new()
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

/// Without a tangent, which a generator has no use for.
fn convolved(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    conv.forward(Dual::constant(x)).value
}

/// From an image and its hole to what should be added.
#[derive(Module, Debug)]
pub struct Stage {
    from_image: Gated,
    down: Vec<Gated>,
    before: Vec<Gated>,
    dilated: Vec<Gated>,
    behind: Vec<Gated>,
    up: Vec<Gated>,
    to_image: Conv2d,
    glance: Option<Glance>,
}

impl Stage {
    /// `image [n, c, h, w]` and `hole [n, 1, h, w]` → `[n, c, h, w]`.
    fn forward(&self, image: Tensor<4>, hole: Tensor<4>) -> Tensor<4> {
        let seen = Tensor::cat(vec![image, hole.clone()], 1);
        let x = row(row(self.from_image.forward(seen.clone()), &self.down), &self.before);
        let x = row(x, &self.dilated);
        let x = match &self.glance {
            Some(glance) => Tensor::cat(vec![x, glance.forward(seen, hole)], 1),
            None => x,
        };
        convolved(&self.to_image, row(row(x, &self.behind), &self.up))
    }
}

/// What contextual attention puts into the hole.
#[derive(Module, Debug)]
pub struct Glance {
    from_image: Gated,
    down: Vec<Gated>,
    before: Vec<Gated>,
    behind: Vec<Gated>,
}

impl Glance {
    /// `seen [n, c + 1, h, w]` → `[n, 4w, h / 4, w / 4]`.
    fn forward(&self, seen: Tensor<4>, hole: Tensor<4>) -> Tensor<4> {
        let x = row(row(self.from_image.forward(seen), &self.down), &self.before);
        row(contextual_attention(x, hole), &self.behind)
    }
}

/// Layers behind each other.
fn row(x: Tensor<4>, layers: &[Gated]) -> Tensor<4> {
    layers.iter().fold(x, |x, layer| layer.forward(x))
}

/// Images with filled holes to images; see the module's text.
#[derive(Module, Debug)]
pub struct Deepfill {
    stages: Vec<Stage>,
    #[module(skip)]
    config: DeepfillConfig,
}

impl Translator for Deepfill {
    /// The last channel is 1 in the hole and 0 elsewhere.
    fn translate(&mut self, images: Tensor<4>, mode: Mode, noise: Option<&mut Stream>) -> Tensor<4> {
        self.stages(images, mode, noise).pop().expect("there is a stage")
    }

    fn stages(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Vec<Tensor<4>> {
        let c = self.config.channels;
        let (mut seen, hole) = (images.clone().narrow(1, 0, c), images.narrow(1, c, 1));
        let stage = |stage: &Stage| {
            seen = seen.clone() + stage.forward(seen.clone(), hole.clone()) * hole.clone();
            seen.clone()
        };
        self.stages.iter().map(stage).collect()
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels + 1, self.config.channels]
    }

    fn multiple(&self) -> usize {
        // Contextual attention halves once more.
        (1 << HALVINGS) * if self.config.stages > 1 { 2 } else { 1 }
    }

    fn activations(&self, size: usize) -> usize {
        let level = |level: usize| (self.config.width << level) * (size >> level).pow(2);
        // A gated layer keeps both halves, and what they become.
        let (down, middle) = (2 * (0..=HALVINGS).map(level).sum::<usize>(), level(HALVINGS));
        let stage = 5 * (2 * down + (DILATIONS.len() + 2) * middle);
        // Scores, moved and weighed, beside patches of nine places and of sixteen.
        let scores = (size >> (HALVINGS + 1)).pow(4);
        let glance = 5 * (down + 3 * middle) + 10 * scores + 20 * middle;
        self.config.stages * stage + (self.config.stages - 1) * glance
    }
}
