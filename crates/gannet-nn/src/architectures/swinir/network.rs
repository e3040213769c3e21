//! SwinIR's network.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use super::attention::{SwinBlock, Windows};
use super::config::{GroupSize, SwinirConfig, Upsampling};
use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, LayerNorm, Resize, pixel_shuffle, pixel_unshuffle};
use crate::mode::Mode;
use crate::network::Translator;

/// The mean color that is subtracted from RGB images in `[0, 1]`.
const MEAN: [f32; 3] = [0.4488, 0.4371, 0.4040];
/// Smallest variance of a norm.
const EPSILON: f64 = 1e-5;
/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// Slope of the LeakyReLU before upsampling.
const SMALL_SLOPE: f64 = 0.01;
/// Channels between the three convolutions at the end of a group, as a part of those around them.
const NARROW: usize = 4;

/// One convolution, or three with LeakyReLU between them.
#[derive(Module, Debug)]
pub struct Tail {
    convs: Vec<Conv2d>,
}

impl Tail {
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let (last, others) = self.convs.split_last().expect("there is a convolution");
        last.forward(others.iter().fold(x, |x, conv| conv.forward_leaky(x, SLOPE)))
    }
}

/// A residual group of blocks.
#[derive(Module, Debug)]
pub struct Group {
    blocks: Vec<SwinBlock>,
    tail: Tail,
}

/// The layers from the map to the image.
#[derive(Module, Debug)]
pub struct Head {
    /// To the channels of the convolutions that follow.
    before: Option<Conv2d>,
    up: Vec<Conv2d>,
    last: Option<Conv2d>,
    to_image: Option<Conv2d>,
}

/// The network from images to larger or cleaner ones.
#[derive(Module, Debug)]
pub struct Swinir {
    from_image: Conv2d,
    first_norm: LayerNorm,
    groups: Vec<Group>,
    norm: LayerNorm,
    tail: Tail,
    head: Head,
    #[module(skip)]
    config: SwinirConfig,
}

/// Draws weights as PyTorch does.
struct Make<'a> {
    stream: &'a mut Stream,
    device: &'a Device,
}

impl Make<'_> {
    fn conv(&mut self, input: usize, output: usize, kernel: usize) -> Conv2d {
        self.sized(ConvConfig::new(input, output, kernel).with_window(1, kernel / 2))
    }

    fn sized(&mut self, conv: ConvConfig) -> Conv2d {
        conv.with_bias().with_init(Init::fan_in(conv.fan_in())).init(self.stream, self.device)
    }

    fn tail(&mut self, width: usize, narrow: bool) -> Tail {
        let few = width / NARROW;
        let convs = match narrow {
            true => vec![self.conv(width, few, 3), self.conv(few, few, 1), self.conv(few, width, 3)],
            false => vec![self.conv(width, width, 3)],
        };
        Tail { convs }
    }

    fn group(&mut self, config: &SwinirConfig, GroupSize { depth, heads }: GroupSize) -> Group {
        let SwinirConfig { width, hidden, window, narrow, .. } = *config;
        let mut block = |_| SwinBlock::new([width, hidden], [window, heads], self.stream, self.device);
        let blocks = (0..depth).map(&mut block).collect();
        Group { blocks, tail: self.tail(width, narrow) }
    }

    fn head(&mut self, config: &SwinirConfig) -> Head {
        let SwinirConfig { width, features, channels, .. } = *config;
        let mut head = Head { before: None, up: Vec::new(), last: None, to_image: None };
        match &config.upsampling {
            Upsampling::Shuffles(factors) => {
                head.before = Some(self.conv(width, features, 3));
                head.up = factors.iter().map(|factor| self.conv(features, features * factor * factor, 3)).collect();
                head.to_image = Some(self.conv(features, channels, 3));
            }
            Upsampling::Direct(factor) => head.up = vec![self.conv(width, channels * factor * factor, 3)],
            Upsampling::Nearest(times) => {
                head.before = Some(self.conv(width, features, 3));
                let double = ConvConfig::three(features, features, Resize::Double);
                head.up = (0..*times).map(|_| self.sized(double)).collect();
                head.last = Some(self.conv(features, features, 3));
                head.to_image = Some(self.conv(features, channels, 3));
            }
            Upsampling::Residual => head.to_image = Some(self.conv(width, channels, 3)),
        }
        head
    }
}

impl Head {
    /// The image of `x`, in the network's range.
    fn forward(&self, x: Dual<4>, upsampling: &Upsampling) -> Dual<4> {
        let x = match &self.before {
            Some(before) => before.forward_leaky(x, SMALL_SLOPE),
            None => x,
        };
        let x = match upsampling {
            Upsampling::Shuffles(factors) => {
                self.up.iter().zip(factors).fold(x, |x, (up, factor)| pixel_shuffle(up.forward(x), *factor))
            }
            Upsampling::Direct(factor) => return pixel_shuffle(self.up[0].forward(x), *factor),
            Upsampling::Nearest(_) => {
                let up = self.up.iter().chain(&self.last);
                up.fold(x, |x, conv| conv.forward_leaky(x, SLOPE))
            }
            Upsampling::Residual => x,
        };
        self.to_image.as_ref().expect("it ends with a convolution").forward(x)
    }
}

impl Swinir {
    pub(super) fn new(config: &SwinirConfig, stream: &mut Stream, device: &Device) -> Self {
        let make = &mut Make { stream, device };
        let from_image = make.conv(config.channels * config.unshuffle.pow(2), config.width, 3);
        let groups = config.groups.iter().map(|size| make.group(config, *size)).collect();
        let (tail, head) = (make.tail(config.width, config.narrow), make.head(config));
        let norm = || LayerNorm::new(config.width, EPSILON, stream, device);
        let (first_norm, norm) = (norm(), norm());
        Self { from_image, first_norm, groups, norm, tail, head, config: config.clone() }
    }

    /// The mean of images in `[0, 1]`: `[1, c, 1, 1]`.
    fn mean(&self, like: &Tensor<4>) -> Tensor<4> {
        let channels = self.config.channels;
        let values = if channels == MEAN.len() { MEAN.to_vec() } else { vec![0.0; channels] };
        Tensor::from_data(TensorData::new(values, [1, channels, 1, 1]), (&like.device(), like.dtype()))
    }

    /// The groups of blocks, between their norms: `x [n, c, h, w]` → the shape of x.
    fn body(&self, x: Dual<4>) -> Dual<4> {
        let ([n, c, h, w], device) = (x.dims(), x.value.device());
        let window = self.config.window;
        let windows = [0, window / 2].map(|shift| Windows::new(n, [h, w], window, shift, &device));
        let pixels = |x: Tensor<4>| x.permute([0, 2, 3, 1]).reshape([n * h * w, c]);
        let image = |x: Tensor<2>| Dual::constant(x.reshape([n, h, w, c]).permute([0, 3, 1, 2]));
        let group = |x: Tensor<2>, group: &Group| {
            let blocks = group.blocks.iter().enumerate();
            let y = blocks.fold(x.clone(), |x, (at, block)| block.forward(x, &windows[at % 2]));
            pixels(group.tail.forward(image(y)).value) + x
        };
        let x = self.first_norm.forward(pixels(x.value));
        image(self.norm.forward(self.groups.iter().fold(x, group)))
    }
}

/// The image padded by reflection at the bottom and the right to multiples of `multiple`.
fn padded(x: Tensor<4>, multiple: usize) -> Tensor<4> {
    [2, 3].into_iter().fold(x, |x, axis| {
        let side = x.dims()[axis];
        let whole = side.next_multiple_of(multiple);
        if whole == side {
            return x;
        }
        // There and back again, as often as it takes; the border itself is not repeated.
        let period = 2 * (side - 1);
        let source = |at: usize| at.checked_rem(period).map_or(0, |at| at.min(period - at) as i64);
        let sources: Vec<i64> = (0..whole).map(source).collect();
        let sources: Tensor<1, Int> = Tensor::from_data(TensorData::new(sources, [whole]), &x.device());
        x.select(axis, sources)
    })
}

impl Translator for Swinir {
    /// The network's own images are in `[0, 1]`.
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let SwinirConfig { window, unshuffle, range, .. } = self.config;
        let [_, _, h, w] = images.dims();
        let mean = self.mean(&images);
        let images = padded(images * 0.5 + 0.5, window * unshuffle);
        let input = Dual::constant((images - mean.clone()) * range);
        let input = if unshuffle > 1 { pixel_unshuffle(input, unshuffle) } else { input };
        let first = self.from_image.forward(input.clone()).shared();
        let x = self.tail.forward(self.body(first.read())) + first.read();
        let mut output = self.head.forward(x, &self.config.upsampling);
        if self.config.upsampling == Upsampling::Residual {
            output = output + input;
        }
        let output = output.value / range + mean;
        let [tall, wide] = [h, w].map(|side| side * self.scale());
        output.narrow(2, 0, tall).narrow(3, 0, wide) * 2.0 - 1.0
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels; 2]
    }

    fn multiple(&self) -> usize {
        self.config.unshuffle
    }

    fn grid(&self) -> usize {
        self.config.window * self.config.unshuffle
    }

    fn scale(&self) -> usize {
        self.config.map_scale() / self.config.unshuffle
    }

    fn activations(&self, size: usize) -> usize {
        let SwinirConfig { channels, width, window, hidden, unshuffle, .. } = self.config;
        let side = size.next_multiple_of(window * unshuffle) / unshuffle;
        // Norms, projections and their copies in another order; scores in several steps.
        let block = |heads: usize| 20 * width + 3 * hidden + 4 * heads * window.pow(2);
        let body: usize = self.config.groups.iter().map(|group| group.depth * block(group.heads) + 4 * width).sum();
        let head =
            6 * self.config.features * self.config.map_scale().pow(2) + 4 * channels * self.config.map_scale().pow(2);
        (body + head + 6 * width) * side.pow(2)
    }
}
