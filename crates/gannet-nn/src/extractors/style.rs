//! Feature maps of content and style: Image Style Transfer Using Convolutional Neural Networks, Gatys, Ecker and Bethge 2016, CVPR.
//!
//! The maps are VGG's, where its weights are given, or those of a chain of the same form with random weights, which needs no
//! download. Random features suffice for textures (Ustyuzhaninov et al. 2016, arXiv:1606.00021) and nearly for style transfer (He,
//! Wang and Hopcroft 2016, arXiv:1606.04801).

use burn::tensor::{Device, Tensor};
use gannet_ops::random::Stream;

use super::frozen::{Misfit, Weights, imagenet};
use super::vgg::Chain;

/// Depth of the deepest style map, as the number of downsamplings before it.
pub const DEEPEST: usize = 3;
/// Channels of the random chain's blocks, two convolutions each.
const WIDTHS: [usize; 4] = [32, 64, 96, 128];
/// Seed of the random chain, which is always the same.
const SEED: u64 = 0;
/// Number of convolutions of VGG16 and VGG19.
const OF_VGG: [usize; 2] = [13, 16];

/// A network whose maps describe content and style of images.
pub struct StyleFeatures {
    chain: Chain,
    /// The style maps, as numbers of convolutions.
    style: Vec<usize>,
    /// The content map, as a number of a convolution.
    content: usize,
    about: String,
}

/// The feature maps of images.
pub struct StyleMaps {
    /// `[n, c, h, w]` each, from the finest.
    pub style: Vec<Tensor<4>>,
    /// `[n, c, h, w]`.
    pub content: Tensor<4>,
}

impl StyleFeatures {
    /// The features of the random chain.
    pub fn random(device: &Device) -> Self {
        let mut stream = Stream::new(SEED, "style features", 0);
        let (mut tensors, mut input, mut place) = (Vec::new(), 3, 0);
        for width in WIDTHS {
            for _ in 0..2 {
                let deviation = (2.0 / (9 * input) as f32).sqrt();
                let values = stream.normals(9 * input * width).into_iter().map(|value| deviation * value).collect();
                tensors.push((format!("features.{place}.weight"), vec![width, input, 3, 3], values));
                tensors.push((format!("features.{place}.bias"), vec![width], vec![0.0; width]));
                (input, place) = (width, place + 2);
            }
            // The number of the pool.
            place += 1;
        }
        let chain = Chain::new(&mut Weights::new(tensors, device));
        Self::of_chain(chain, "random features".to_owned())
    }

    /// The features of VGG16 or VGG19, under torchvision's names; `about` describes the weights.
    ///
    /// # Errors
    /// The weights are another network's.
    pub fn vgg(mut weights: Weights, about: String) -> Result<Self, Misfit> {
        let chain = Chain::new(&mut weights);
        let convolutions = chain.channels().len();
        if !OF_VGG.contains(&convolutions) {
            let complaints = format!("it has {convolutions} convolutions, and VGG16 has 13, VGG19 16");
            return Err(Misfit { network: "VGG", complaints });
        }
        weights.ignore(|name| name.starts_with("classifier."));
        let chain = weights.finish("VGG", chain)?;
        Ok(Self::of_chain(chain, about))
    }

    fn of_chain(chain: Chain, about: String) -> Self {
        let style: Vec<usize> = chain.blocks().into_iter().take(DEEPEST + 1).collect();
        // The paper's conv4_2.
        let content = style.last().map_or(0, |first| first + 1).min(chain.channels().len() - 1);
        Self { chain, style, content, about }
    }

    /// Where the weights come from, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Channels and number of convolutions of each block up to the style map of this depth, at most [`DEEPEST`].
    pub fn blocks(&self, depth: usize) -> Vec<[usize; 2]> {
        let firsts = &self.style[..=depth];
        let ends = firsts[1..].iter().copied().chain([firsts[depth] + 1]);
        firsts.iter().zip(ends).map(|(first, end)| [self.chain.channels()[*first], end - first]).collect()
    }

    /// The style maps of `images [n, 3, h, w]` in `[-1, 1]`, up to the one of this depth, with reflection padding: the border effects
    /// of zero padding would be a large part of a channel's mean and standard deviation.
    pub fn style_maps(&self, images: Tensor<4>, depth: usize) -> Vec<Tensor<4>> {
        let style = &self.style[..=depth];
        let maps = self.chain.reflected_activations(imagenet(images * 127.5 + 127.5), style[depth] + 1);
        style.iter().map(|at| maps[*at].clone()).collect()
    }

    /// The style maps and the content map of `images [n, 3, h, w]` in `[-1, 1]`, at least 16 pixels wide and high.
    pub fn features(&self, images: Tensor<4>) -> StyleMaps {
        let maps = self.chain.first_activations(imagenet(images * 127.5 + 127.5), self.content + 1);
        StyleMaps {
            style: self.style.iter().map(|at| maps[*at].clone()).collect(),
            content: maps[self.content].clone(),
        }
    }
}
