//! Rethinking the Inception Architecture for Computer Vision, Szegedy et al. 2015, arXiv:1512.00567: Inception-v3, in the two
//! forms for which weights are published.
//!
//! [`Kind::Fid`] is the graph of TensorFlow's `inception-2015-12-05`, by which the Fréchet Inception distance is defined
//! (Heusel et al. 2017, arXiv:1706.08500). It differs from torchvision's classifier
//! ([`Kind::Torchvision`]): average pooling leaves the padding out of the mean, the last block has max pooling where the others
//! have average pooling, and there are 1,008 classes.

use burn::tensor::Tensor;
use gannet_ops::pool::{Pool, Windows, pool};

use super::extractor::{ExtractedFeatures, Extractor};
use super::frozen::{Conv, ConvSizes, Dense, Misfit, Weights, imagenet, max_pool, mean_over_pixels};
use crate::layers::RELU;

/// Which of the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The network of the Fréchet Inception distance.
    Fid,
    /// Torchvision's `inception_v3`.
    Torchvision,
}

/// Inception-v3 for `images [n, 3, 299, 299]` in `[0, 255]`; the 2,048 features are those of the last mean over pixels.
pub struct Inception {
    kind: Kind,
    classes: usize,
    stem: [Conv; 5],
    /// 35 × 35 pixels.
    a: [BlockA; 3],
    b: BlockB,
    /// 17 × 17 pixels.
    c: [BlockC; 4],
    d: BlockD,
    /// 8 × 8 pixels.
    e: [BlockE; 2],
    head: Dense,
}

impl Inception {
    /// Side of the images, in pixels.
    pub const SIZE: usize = 299;
    /// Number of features of an image.
    pub const FEATURES: usize = 2048;

    /// The network with weights under PyTorch's names.
    ///
    /// # Errors
    /// The weights are another network's.
    pub fn new(kind: Kind, mut weights: Weights) -> Result<Self, Misfit> {
        let w = &mut weights;
        let classes = match kind {
            Kind::Fid => 1008,
            Kind::Torchvision => w.axes("fc.weight").map_or(1000, |[classes, _]| classes),
        };
        let plain = |input, output, kernel, stride, padding| ConvSizes::new(input, output, kernel, stride, padding);
        let network = Self {
            kind,
            classes,
            stem: [
                unit(w, "Conv2d_1a_3x3", plain(3, 32, 3, 2, 0)),
                unit(w, "Conv2d_2a_3x3", plain(32, 32, 3, 1, 0)),
                unit(w, "Conv2d_2b_3x3", plain(32, 64, 3, 1, 1)),
                unit(w, "Conv2d_3b_1x1", plain(64, 80, 1, 1, 0)),
                unit(w, "Conv2d_4a_3x3", plain(80, 192, 3, 1, 0)),
            ],
            a: [("5b", 192, 32), ("5c", 256, 64), ("5d", 288, 64)].map(|(name, c, pool)| BlockA::new(w, name, c, pool)),
            b: BlockB::new(w, "6a", 288),
            c: [("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)].map(|(name, width)| BlockC::new(w, name, width)),
            d: BlockD::new(w, "7a"),
            e: [("7b", 1280), ("7c", 2048)].map(|(name, c)| BlockE::new(w, name, c)),
            head: Dense::new(w, "fc", [Self::FEATURES, classes]),
        };
        weights.ignore(|name| kind == Kind::Torchvision && name.starts_with("AuxLogits."));
        weights.finish("Inception-v3", network)
    }

    /// The maps after both pools of the stem and of the last two levels, averaged over their pixels: `images` as for
    /// [`Extractor::extract`] → 64, 192, 768 and 2,048 channels.
    pub fn levels(&self, images: Tensor<4>) -> [Tensor<2>; 4] {
        self.maps(images).map(mean_over_pixels)
    }

    fn maps(&self, images: Tensor<4>) -> [Tensor<4>; 4] {
        let x = self.prepared(images);
        let [first, second, third, fourth, fifth] = &self.stem;
        let x = third.forward(second.forward(first.forward(x, RELU), RELU), RELU);
        let first = max_pool(x, 3, 2, 0);
        let x = fifth.forward(fourth.forward(first.clone(), RELU), RELU);
        let second = max_pool(x, 3, 2, 0);
        let pool = self.means();
        let x = self.a.iter().fold(second.clone(), |x, block| block.forward(x, pool));
        let third = self.c.iter().fold(self.b.forward(x), |x, block| block.forward(x, pool));
        let x = self.e[0].forward(self.d.forward(third.clone()), pool);
        let last = if self.kind == Kind::Fid { Pool::Max } else { pool };
        [first, second, third, self.e[1].forward(x, last)]
    }

    /// The pixels normalized as in training.
    fn prepared(&self, images: Tensor<4>) -> Tensor<4> {
        match self.kind {
            Kind::Fid => (images - 128.0) / 128.0,
            Kind::Torchvision => imagenet(images),
        }
    }

    /// The average pooling of the blocks.
    fn means(&self) -> Pool {
        match self.kind {
            Kind::Fid => Pool::MeanInside,
            Kind::Torchvision => Pool::MeanWithPadding,
        }
    }
}

impl Extractor for Inception {
    fn input(&self) -> [usize; 3] {
        [3, Self::SIZE, Self::SIZE]
    }

    fn features(&self) -> usize {
        Self::FEATURES
    }

    fn classes(&self) -> usize {
        self.classes
    }

    /// The logits of [`Kind::Fid`] are without bias, as in the Inception Score.
    fn extract(&self, images: Tensor<4>) -> ExtractedFeatures {
        let [_, _, _, map] = self.maps(images);
        let features = mean_over_pixels(map);
        let logits = match self.kind {
            Kind::Fid => self.head.linear(features.clone()),
            Kind::Torchvision => self.head.forward(features.clone(), 1.0),
        };
        ExtractedFeatures { features, logits: Some(logits) }
    }
}

/// A convolution with batch norm; ReLU follows.
fn unit(w: &mut Weights, name: &str, sizes: ConvSizes) -> Conv {
    Conv::normalized(w, &format!("{name}.conv"), &format!("{name}.bn"), sizes, 1e-3)
}

/// 3 × 3 pooling that keeps the image's size, and a 1 × 1 convolution. Average pooling comes after the convolution, whose result has
/// fewer channels; the two linear maps commute.
fn pooled(x: Tensor<4>, conv: &Conv, kind: Pool) -> Tensor<4> {
    let windows = Windows { side: 3, stride: 1, padding: 1 };
    match kind {
        Pool::Max => conv.forward(pool(x, kind, windows), RELU),
        _ => conv.finish(pool(conv.linear(x), kind, windows), RELU),
    }
}

/// Concatenates maps by their channels, which are last in memory.
fn concatenated<const N: usize>(parts: [Tensor<4>; N]) -> Tensor<4> {
    let last = parts.map(|part| part.permute([0, 2, 3, 1]));
    Tensor::cat(last.to_vec(), 3).permute([0, 3, 1, 2])
}

/// `x` through the convolutions in a row, with ReLU after each.
fn chain(x: Tensor<4>, convs: &[Conv]) -> Tensor<4> {
    convs.iter().fold(x, |x, conv| conv.forward(x, RELU))
}

/// Builds the convolutions of one block by the names of their branches.
struct Branches<'a> {
    weights: &'a mut Weights,
    block: &'a str,
}

impl Branches<'_> {
    fn unit(&mut self, branch: &str, sizes: ConvSizes) -> Conv {
        unit(self.weights, &format!("Mixed_{}.branch{branch}", self.block), sizes)
    }

    fn pixel(&mut self, branch: &str, input: usize, output: usize) -> Conv {
        self.unit(branch, ConvSizes::new(input, output, 1, 1, 0))
    }
}

struct BlockA {
    pixel: Conv,
    five: [Conv; 2],
    three: [Conv; 3],
    pool: Conv,
}

impl BlockA {
    fn new(weights: &mut Weights, block: &str, c: usize, pool: usize) -> Self {
        let mut b = Branches { weights, block };
        Self {
            pixel: b.pixel("1x1", c, 64),
            five: [b.pixel("5x5_1", c, 48), b.unit("5x5_2", ConvSizes::new(48, 64, 5, 1, 2))],
            three: [
                b.pixel("3x3dbl_1", c, 64),
                b.unit("3x3dbl_2", ConvSizes::new(64, 96, 3, 1, 1)),
                b.unit("3x3dbl_3", ConvSizes::new(96, 96, 3, 1, 1)),
            ],
            pool: b.pixel("_pool", c, pool),
        }
    }

    fn forward(&self, x: Tensor<4>, pool: Pool) -> Tensor<4> {
        let branches =
            [self.pixel.forward(x.clone(), RELU), chain(x.clone(), &self.five), chain(x.clone(), &self.three)];
        let [pixel, five, three] = branches;
        concatenated([pixel, five, three, pooled(x, &self.pool, pool)])
    }
}

struct BlockB {
    three: Conv,
    double: [Conv; 3],
}

impl BlockB {
    fn new(weights: &mut Weights, block: &str, c: usize) -> Self {
        let mut b = Branches { weights, block };
        Self {
            three: b.unit("3x3", ConvSizes::new(c, 384, 3, 2, 0)),
            double: [
                b.pixel("3x3dbl_1", c, 64),
                b.unit("3x3dbl_2", ConvSizes::new(64, 96, 3, 1, 1)),
                b.unit("3x3dbl_3", ConvSizes::new(96, 96, 3, 2, 0)),
            ],
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        concatenated([self.three.forward(x.clone(), RELU), chain(x.clone(), &self.double), max_pool(x, 3, 2, 0)])
    }
}

struct BlockC {
    pixel: Conv,
    seven: [Conv; 3],
    double: [Conv; 5],
    pool: Conv,
}

impl BlockC {
    fn new(weights: &mut Weights, block: &str, width: usize) -> Self {
        const C: usize = 768;
        let mut b = Branches { weights, block };
        let (row, column) = ([1, 7], [7, 1]);
        let mut rectangular =
            |branch: &str, output, kernel| b.unit(branch, ConvSizes::rectangular(width, output, kernel));
        let seven = [rectangular("7x7_2", width, row), rectangular("7x7_3", 192, column)];
        let double = [
            rectangular("7x7dbl_2", width, column),
            rectangular("7x7dbl_3", width, row),
            rectangular("7x7dbl_4", width, column),
            rectangular("7x7dbl_5", 192, row),
        ];
        let ([s2, s3], [d2, d3, d4, d5]) = (seven, double);
        Self {
            pixel: b.pixel("1x1", C, 192),
            seven: [b.pixel("7x7_1", C, width), s2, s3],
            double: [b.pixel("7x7dbl_1", C, width), d2, d3, d4, d5],
            pool: b.pixel("_pool", C, 192),
        }
    }

    fn forward(&self, x: Tensor<4>, pool: Pool) -> Tensor<4> {
        let pixel = self.pixel.forward(x.clone(), RELU);
        let (seven, double) = (chain(x.clone(), &self.seven), chain(x.clone(), &self.double));
        concatenated([pixel, seven, double, pooled(x, &self.pool, pool)])
    }
}

struct BlockD {
    three: [Conv; 2],
    seven: [Conv; 4],
}

impl BlockD {
    fn new(weights: &mut Weights, block: &str) -> Self {
        let mut b = Branches { weights, block };
        Self {
            three: [b.pixel("3x3_1", 768, 192), b.unit("3x3_2", ConvSizes::new(192, 320, 3, 2, 0))],
            seven: [
                b.pixel("7x7x3_1", 768, 192),
                b.unit("7x7x3_2", ConvSizes::rectangular(192, 192, [1, 7])),
                b.unit("7x7x3_3", ConvSizes::rectangular(192, 192, [7, 1])),
                b.unit("7x7x3_4", ConvSizes::new(192, 192, 3, 2, 0)),
            ],
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        concatenated([chain(x.clone(), &self.three), chain(x.clone(), &self.seven), max_pool(x, 3, 2, 0)])
    }
}

struct BlockE {
    pixel: Conv,
    three: Conv,
    three_fork: Fork,
    double: [Conv; 2],
    double_fork: Fork,
    pool: Conv,
}

/// Two rectangular convolutions of one map.
type Fork = [Conv; 2];

impl BlockE {
    fn new(weights: &mut Weights, block: &str, c: usize) -> Self {
        let mut b = Branches { weights, block };
        let mut fork = |branch: &str| {
            let mut part =
                |part: &str, kernel| b.unit(&format!("{branch}{part}"), ConvSizes::rectangular(384, 384, kernel));
            [part("a", [1, 3]), part("b", [3, 1])]
        };
        let (three_fork, double_fork) = (fork("3x3_2"), fork("3x3dbl_3"));
        Self {
            pixel: b.pixel("1x1", c, 320),
            three: b.pixel("3x3_1", c, 384),
            three_fork,
            double: [b.pixel("3x3dbl_1", c, 448), b.unit("3x3dbl_2", ConvSizes::new(448, 384, 3, 1, 1))],
            double_fork,
            pool: b.pixel("_pool", c, 192),
        }
    }

    fn forward(&self, x: Tensor<4>, pool: Pool) -> Tensor<4> {
        let fork = |x: Tensor<4>, [a, b]: &Fork| [a.forward(x.clone(), RELU), b.forward(x, RELU)];
        let [a, b] = fork(self.three.forward(x.clone(), RELU), &self.three_fork);
        let [c, d] = fork(chain(x.clone(), &self.double), &self.double_fork);
        concatenated([self.pixel.forward(x.clone(), RELU), a, b, c, d, pooled(x, &self.pool, pool)])
    }
}
