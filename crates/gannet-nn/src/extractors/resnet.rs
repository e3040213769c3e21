//! Deep Residual Learning for Image Recognition, He et al. 2015, arXiv:1512.03385, and its wide and grouped variants (Zagoruyko
//! and Komodakis 2016, arXiv:1605.07146; Xie et al. 2016, arXiv:1611.05431), under torchvision's names.
//!
//! The tensors' shapes give depth, width and groups.

use burn::tensor::Tensor;
use gannet_ops::activation::leaky_relu;

use super::extractor::{ExtractedFeatures, Extractor};
use super::frozen::{Conv, ConvSizes, Dense, Misfit, Weights, imagenet, max_pool, mean_over_pixels};
use crate::layers::RELU;

const EPSILON: f64 = 1e-5;
/// Channels behind the first convolution.
const STEM: usize = 64;

/// A residual network for `images [n, 3, 224, 224]` in `[0, 255]`; the features are those before the last layer.
pub struct ResNet {
    stem: Conv,
    blocks: Vec<Block>,
    head: Dense,
    sizes: [usize; 2],
}

impl ResNet {
    /// The network with weights called `conv1…`, `layerN.M…` and `fc…`.
    ///
    /// # Errors
    /// The weights are another network's.
    pub fn new(mut weights: Weights) -> Result<Self, Misfit> {
        let w = &mut weights;
        let stem = Conv::normalized(w, "conv1", "bn1", ConvSizes::new(3, STEM, 7, 2, 3), EPSILON);
        let (mut blocks, mut channels) = (Vec::new(), STEM);
        for layer in 1..=4 {
            for number in 0.. {
                let name = format!("layer{layer}.{number}");
                if w.shape(&format!("{name}.conv1.weight")).is_none() {
                    break;
                }
                let stride = if layer > 1 && number == 0 { 2 } else { 1 };
                let block = Block::new(w, &name, stride, channels);
                channels = block.output;
                blocks.push(block);
            }
        }
        let classes = w.axes("fc.weight").map_or(1, |[classes, _]| classes);
        let head = Dense::new(w, "fc", [channels, classes]);
        weights.finish("ResNet", Self { stem, blocks, head, sizes: [channels, classes] })
    }
}

impl Extractor for ResNet {
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
        let x = max_pool(self.stem.forward(imagenet(images), RELU), 3, 2, 1);
        let features = mean_over_pixels(self.blocks.iter().fold(x, |x, block| block.forward(x)));
        ExtractedFeatures { logits: Some(self.head.forward(features.clone(), 1.0)), features }
    }
}

/// `relu(f(x) + shortcut(x))`.
struct Block {
    /// ReLU follows all but the last.
    convs: Vec<Conv>,
    shortcut: Option<Conv>,
    /// Channels of its map.
    output: usize,
}

impl Block {
    fn new(w: &mut Weights, name: &str, stride: usize, input: usize) -> Self {
        let shape = |w: &Weights, conv: &str| w.axes(&format!("{name}.{conv}.weight")).unwrap_or([1; 4]);
        let deep = w.shape(&format!("{name}.conv3.weight")).is_some();
        let mut conv = |number: usize, input: usize, stride: usize| {
            let [output, of_group, ..] = shape(w, &format!("conv{number}"));
            let kernel = if deep && number != 2 { 1 } else { 3 };
            let groups = (input / of_group).max(1);
            if !output.is_multiple_of(groups) {
                w.complain(format!("{name}.conv{number} has {output} outputs in {groups} groups"));
            }
            let sizes = ConvSizes::new(input, output, kernel, stride, kernel / 2).with_groups(groups);
            let name = format!("{name}.conv{number}");
            (Conv::normalized(w, &name, &name.replace("conv", "bn"), sizes, EPSILON), output)
        };
        // The stride of a bottleneck is that of its 3 × 3 convolution, as in torchvision.
        let (one, width) = conv(1, input, if deep { 1 } else { stride });
        let (two, mut output) = conv(2, width, if deep { stride } else { 1 });
        let mut convs = vec![one, two];
        if deep {
            let (three, wide) = conv(3, output, 1);
            output = wide;
            convs.push(three);
        }
        let (down, norm) = (format!("{name}.downsample.0"), format!("{name}.downsample.1"));
        let reshapes = stride != 1 || input != output || w.shape(&format!("{down}.weight")).is_some();
        let shortcut =
            reshapes.then(|| Conv::normalized(w, &down, &norm, ConvSizes::new(input, output, 1, stride, 0), EPSILON));
        Self { convs, shortcut, output }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let kept = self.shortcut.as_ref().map_or_else(|| x.clone(), |conv| conv.forward(x.clone(), 1.0));
        let (last, first) = self.convs.split_last().expect("a block has convolutions");
        let y = first.iter().fold(x, |x, conv| conv.forward(x, RELU));
        leaky_relu(last.forward(y, 1.0) + kept, RELU)
    }
}
