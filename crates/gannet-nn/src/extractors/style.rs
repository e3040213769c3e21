//! What an image's hand is told by: Image Style Transfer Using Convolutional Neural Networks, Gatys, Ecker and Bethge 2016, CVPR.
//!
//! Maps of VGG, where its weights are given; or of a chain of the same form with random weights, which needs none: textures need
//! no more (Ustyuzhaninov et al. 2016, arXiv:1606.00021), and hands nearly none (He, Wang and Hopcroft 2016, arXiv:1606.04801).

use burn::tensor::{Device, Tensor};
use gannet_ops::random::Stream;

use super::frozen::{Misfit, Weights, imagenet};
use super::vgg::Chain;

/// Halvings before the deepest map that tells the style.
pub const DEEPEST: usize = 3;
/// Channels of the random chain's blocks, two convolutions each.
const WIDTHS: [usize; 4] = [32, 64, 96, 128];
/// The random chain is always the same.
const SEED: u64 = 0;
/// Convolutions of VGG16 and VGG19.
const OF_VGG: [usize; 2] = [13, 16];

/// Maps that tell what an image shows, and how it is painted.
pub struct StyleFeatures {
    chain: Chain,
    /// Of the maps behind each rectifier.
    style: Vec<usize>,
    content: usize,
    /// In words.
    about: String,
}

/// The maps of images.
pub struct Looks {
    /// `[n, c, h, w]` each.
    pub style: Vec<Tensor<4>>,
    /// `[n, c, h, w]`.
    pub content: Tensor<4>,
}

impl StyleFeatures {
    /// Those of the random chain.
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
            // The place of a pool.
            place += 1;
        }
        let chain = Chain::new(&mut Weights::new(tensors, device));
        Self::of_chain(chain, "random features".to_owned())
    }

    /// Those of VGG16 or VGG19, named as in torchvision.
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

    /// Where they come from, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Channels and convolutions of each block up to the map that tells the style behind so many halvings, at most [`DEEPEST`].
    pub fn blocks(&self, halvings: usize) -> Vec<[usize; 2]> {
        let firsts = &self.style[..=halvings];
        let ends = firsts[1..].iter().copied().chain([firsts[halvings] + 1]);
        firsts.iter().zip(ends).map(|(first, end)| [self.chain.channels()[*first], end - first]).collect()
    }

    /// The maps that tell the style, up to the one behind so many halvings; as in [`StyleFeatures::looks`] but with mirrored
    /// borders: what zeros do to a border would be a large part of what a channel's mean and deviation tell.
    pub fn style_maps(&self, images: Tensor<4>, halvings: usize) -> Vec<Tensor<4>> {
        let style = &self.style[..=halvings];
        let maps = self.chain.mirrored_activations(imagenet(images * 127.5 + 127.5), style[halvings] + 1);
        style.iter().map(|at| maps[*at].clone()).collect()
    }

    /// The maps of `images [n, 3, h, w]` in `[-1, 1]`, at least 16 pixels wide and high.
    pub fn looks(&self, images: Tensor<4>) -> Looks {
        let maps = self.chain.first_activations(imagenet(images * 127.5 + 127.5), self.content + 1);
        Looks { style: self.style.iter().map(|at| maps[*at].clone()).collect(), content: maps[self.content].clone() }
    }
}
