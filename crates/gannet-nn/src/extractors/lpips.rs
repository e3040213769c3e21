//! The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, Zhang et al. 2018, arXiv:1801.03924, version 0.1.
//!
//! ```text
//! d(x, y) = Σ over layers of the mean over pixels of w · (x̂ − ŷ)²
//! ```
//!
//! with maps x̂, ŷ of VGG16 or AlexNet whose channel vectors have norm 1 at each pixel, and a learned weight w ≥ 0 for each
//! channel.

use burn::tensor::Tensor;

use super::frozen::{Misfit, Weights, normalized};
use super::vgg::Chain;

/// The perceptual distance of images.
pub struct Lpips {
    chain: Chain,
    /// The maps that are compared, among those after each rectifier.
    layers: Vec<usize>,
    weights: Vec<Tensor<4>>,
}

impl Lpips {
    /// The distance with the weights `features.N…` of VGG16 or AlexNet, and its own learned weights `linN.model.1.weight
    /// [1, c, 1, 1]`.
    ///
    /// # Errors
    /// The weights are another network's.
    pub fn new(mut trunk: Weights, mut learned: Weights) -> Result<Self, Misfit> {
        let chain = Chain::new(&mut trunk);
        // VGG's last convolution before each pool; all of AlexNet's.
        let layers = if chain.channels().len() == 5 { vec![0, 1, 2, 3, 4] } else { vec![1, 3, 6, 9, 12] };
        let fits = layers.iter().all(|layer| *layer < chain.channels().len());
        if !fits {
            let complaints = format!("it has {} convolutions, and VGG16 has 13, AlexNet 5", chain.channels().len());
            return Err(Misfit { network: "LPIPS", complaints });
        }
        let of_layer = |(number, layer): (usize, &usize)| {
            learned.tensor(&format!("lin{number}.model.1.weight"), [1, chain.channels()[*layer], 1, 1])
        };
        let weights = layers.iter().enumerate().map(of_layer).collect();
        trunk.ignore(|name| name.starts_with("classifier."));
        let chain = trunk.finish("LPIPS' trunk", chain)?;
        learned.finish("LPIPS", Self { chain, layers, weights })
    }

    /// The least side of images in pixels: 16 for VGG16, 31 for AlexNet.
    pub fn smallest(&self) -> usize {
        self.chain.smallest()
    }

    /// The distance of each pair of images: `x`, `y [n, 3, h, w]` in `[0, 255]` → `[n]`, with sides of at least
    /// [`Lpips::smallest`] pixels.
    pub fn distance(&self, x: Tensor<4>, y: Tensor<4>) -> Tensor<1> {
        let maps = |images: Tensor<4>| self.chain.activations(prepared(images));
        let (x, y) = (maps(x), maps(y));
        let parts = self.layers.iter().zip(&self.weights).map(|(layer, weight)| {
            let difference = unit(x[*layer].clone()) - unit(y[*layer].clone());
            let [n, _, h, w] = difference.dims();
            (difference.clone() * difference * weight.clone()).reshape([n as i32, -1]).sum_dim(1).reshape([n])
                / (h * w) as f64
        });
        parts.reduce(|a, b| a + b).expect("there are layers")
    }
}

/// The pixels normalized as in the paper's code, nearly by ImageNet's mean and standard deviation.
fn prepared(images: Tensor<4>) -> Tensor<4> {
    // The numbers of the paper's code are for values in [-1, 1].
    let half = |values: [f64; 3], shift: f64| values.map(|value| value / 2.0 + shift);
    normalized(images, half([-0.030, -0.088, -0.188], 0.5), half([0.458, 0.448, 0.450], 0.0))
}

/// The channel vector of each pixel divided by its norm.
fn unit(x: Tensor<4>) -> Tensor<4> {
    let length = (x.clone() * x.clone()).sum_dim(1).sqrt();
    x / (length + 1e-10)
}
