//! Networks that are one chain of convolutions, rectifiers and pools: Very Deep Convolutional Networks for Large-Scale Image
//! Recognition, Simonyan and Zisserman 2014, arXiv:1409.1556 (VGG, also with batch norm), and One weird trick for
//! parallelizing convolutional neural networks, Krizhevsky 2014, arXiv:1404.5997 (AlexNet), under torchvision's names.
//!
//! The numbers of the layers give the places of the pools: between the convolutions `features.0` and `features.2` there is only a
//! rectifier; where the next number is larger there is a pool between.

use burn::tensor::Tensor;
use burn::tensor::module::adaptive_avg_pool2d;

use super::extractor::{ExtractedFeatures, Extractor};
use super::frozen::{Conv, ConvSizes, Dense, Misfit, Weights, imagenet, max_pool};
use crate::layers::RELU;

/// Pools of VGG; AlexNet has fewer.
const MOST_POOLS: usize = 5;

/// A link of the chain.
enum Link {
    /// A convolution followed by ReLU.
    Conv(Box<Conv>),
    Pool,
}

/// The convolutions of VGG or AlexNet.
pub struct Chain {
    links: Vec<Link>,
    /// Side and stride of the pools.
    pool: [usize; 2],
    channels: Vec<usize>,
}

impl Chain {
    /// The chain with weights called `features.N…`. AlexNet is recognized by its first kernel of 11 pixels.
    pub fn new(weights: &mut Weights) -> Self {
        let alexnet = weights.shape("features.0.weight").is_some_and(|shape| shape.len() == 4 && shape[2] == 11);
        let (mut links, mut channels, mut input) = (Vec::new(), Vec::new(), 3);
        let convs = convolutions(weights);
        // A convolution, its norm if it has one, and its rectifier.
        let step = if weights.shape("features.1.running_var").is_some() { 3 } else { 2 };
        for (number, at) in convs.iter().enumerate() {
            let (conv, depth) = link(weights, *at, alexnet && number == 0, input);
            channels.push(depth);
            input = depth;
            links.push(Link::Conv(Box::new(conv)));
            if convs.get(number + 1).is_none_or(|next| next - at > step) {
                links.push(Link::Pool);
            }
        }
        let pools = links.iter().filter(|link| matches!(link, Link::Pool)).count();
        if pools > MOST_POOLS {
            weights.complain(format!("there are {pools} pools, and VGG has {MOST_POOLS}"));
        }
        Self { links, pool: if alexnet { [3, 2] } else { [2, 2] }, channels }
    }

    /// `x [n, 3, h, w]` → the map after the last pool.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.links.iter().fold(x, |x, link| self.step(x, link))
    }

    /// `x [n, 3, h, w]` → the map after each convolution's rectifier.
    pub fn activations(&self, x: Tensor<4>) -> Vec<Tensor<4>> {
        self.first_activations(x, self.channels.len())
    }

    /// `x [n, 3, h, w]` → the map after the rectifier of each of the first `count` convolutions.
    pub fn first_activations(&self, x: Tensor<4>, count: usize) -> Vec<Tensor<4>> {
        self.maps(x, count, |x, link| self.step(x, link))
    }

    /// [`Chain::first_activations`] with reflection padding in place of zero padding.
    pub fn reflected_activations(&self, x: Tensor<4>, count: usize) -> Vec<Tensor<4>> {
        self.maps(x, count, |x, link| match link {
            Link::Conv(conv) => conv.forward_reflected(x, RELU),
            Link::Pool => self.step(x, link),
        })
    }

    /// The map after each of the first `count` convolutions; `step` computes one link.
    fn maps(&self, mut x: Tensor<4>, count: usize, step: impl Fn(Tensor<4>, &Link) -> Tensor<4>) -> Vec<Tensor<4>> {
        let mut maps = Vec::new();
        let mut links = self.links.iter();
        // The pool after the last map is not needed, and small images have no pixels left for it.
        while maps.len() < count
            && let Some(link) = links.next()
        {
            x = step(x, link);
            if let Link::Conv(_) = link {
                maps.push(x.clone());
            }
        }
        maps
    }

    /// The least side in pixels of images of which the maps after all convolutions have pixels.
    pub fn smallest(&self) -> usize {
        let last = self.links.iter().rposition(|link| matches!(link, Link::Conv(_))).map_or(0, |last| last + 1);
        let map = |side: usize, link: &Link| match (side, link) {
            (0, _) => 0,
            (side, Link::Conv(conv)) => conv.output_side(side),
            (side, Link::Pool) => side.checked_sub(self.pool[0]).map_or(0, |room| room / self.pool[1] + 1),
        };
        (1..).find(|side| self.links[..last].iter().fold(*side, map) > 0).expect("large images have maps")
    }

    /// The numbers of the convolutions that begin a block: the first, and each first one after a pool.
    pub fn blocks(&self) -> Vec<usize> {
        let (mut first, mut number, mut begins) = (Vec::new(), 0, true);
        for link in &self.links {
            match link {
                Link::Pool => begins = true,
                Link::Conv(_) => {
                    if begins {
                        first.push(number);
                    }
                    (number, begins) = (number + 1, false);
                }
            }
        }
        first
    }

    fn step(&self, x: Tensor<4>, link: &Link) -> Tensor<4> {
        match link {
            Link::Conv(conv) => conv.forward(x, RELU),
            Link::Pool => max_pool(x, self.pool[0], self.pool[1], 0),
        }
    }

    /// Channels of each convolution.
    pub fn channels(&self) -> &[usize] {
        &self.channels
    }
}

/// The numbers of the convolutions.
fn convolutions(weights: &Weights) -> Vec<usize> {
    let number = |name: &str| name.strip_prefix("features.")?.strip_suffix(".weight")?.parse().ok();
    let of_rank_4 = |at: &usize| weights.shape(&format!("features.{at}.weight")).is_some_and(|shape| shape.len() == 4);
    let mut numbers: Vec<usize> = weights.names().filter_map(number).filter(of_rank_4).collect();
    numbers.sort_unstable();
    numbers
}

/// Convolution number `at` of maps with `input` channels, and its channels; AlexNet's first one (`wide`) has stride 4.
fn link(weights: &mut Weights, at: usize, wide: bool, input: usize) -> (Conv, usize) {
    let (name, norm) = (format!("features.{at}"), format!("features.{}", at + 1));
    let [output, _, kernel, _] = weights.axes(&format!("{name}.weight")).unwrap_or([1; 4]);
    let (stride, padding) = if wide { (4, 2) } else { (1, kernel / 2) };
    let sizes = ConvSizes::new(input, output, kernel, stride, padding);
    let conv = match weights.shape(&format!("{norm}.running_var")) {
        Some(_) => Conv::normalized(weights, &name, &norm, sizes, 1e-5),
        None => Conv::new(weights, &name, sizes),
    };
    (conv, output)
}

/// VGG or AlexNet for `images [n, 3, 224, 224]` in `[0, 255]`; the 4,096 features are those before the last layer.
pub struct Vgg {
    chain: Chain,
    /// Side of the map that the fully connected layers take, in pixels.
    side: usize,
    dense: [Dense; 3],
    sizes: [usize; 2],
}

impl Vgg {
    /// The network with weights called `features.N…` and `classifier.N…`.
    ///
    /// # Errors
    /// The weights are another network's.
    pub fn new(mut weights: Weights) -> Result<Self, Misfit> {
        let chain = Chain::new(&mut weights);
        let last = chain.channels.last().copied().unwrap_or(1);
        // AlexNet has dropout before its first connected layer, VGG after it.
        let numbers = if weights.shape("classifier.0.weight").is_some() { [0, 3, 6] } else { [1, 4, 6] };
        let shape = |number: usize| weights.axes(&format!("classifier.{number}.weight")).unwrap_or([1, 1]);
        let [[first, inputs], [second, _], [classes, _]] = numbers.map(shape);
        let side = (inputs / last).isqrt();
        let mut layer = |index: usize, sizes: [usize; 2]| {
            Dense::new(&mut weights, &format!("classifier.{}", numbers[index]), sizes)
        };
        let dense = [layer(0, [last * side * side, first]), layer(1, [first, second]), layer(2, [second, classes])];
        weights.finish("VGG", Self { chain, side, dense, sizes: [second, classes] })
    }
}

impl Extractor for Vgg {
    fn input(&self) -> [usize; 3] {
        [3, 224, 224]
    }

    fn features(&self) -> usize {
        self.sizes[0]
    }

    fn classes(&self) -> usize {
        self.sizes[1]
    }

    fn extract(&self, images: Tensor<4>) -> ExtractedFeatures {
        let map = self.chain.forward(imagenet(images));
        let map = if map.dims()[2] == self.side { map } else { adaptive_avg_pool2d(map, [self.side; 2]) };
        let [first, second, last] = &self.dense;
        let features = second.forward(first.forward(map.flatten(1, 3), RELU), RELU);
        ExtractedFeatures { logits: Some(last.forward(features.clone(), 1.0)), features }
    }
}
