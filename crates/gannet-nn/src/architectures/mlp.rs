//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661.
//!
//! The original pair of fully connected networks. As the paper's code did for MNIST, the generator
//! has two hidden layers of ReLU; its output is tanh, so that all of Gannet's images share the range
//! `[-1, 1]`, and the discriminator's maxout is LeakyReLU, as every later reimplementation has it.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;

use crate::layers::{Linear, RELU};
use crate::{Discriminator, Generator, Mode};

/// Slope of the discriminator's LeakyReLU below zero.
const SLOPE: f64 = 0.2;

/// Builds the two networks of the original GAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MlpConfig {
    shape: [usize; 3],
    hidden: usize,
    latent: usize,
    depth: usize,
    bounded: bool,
}

impl MlpConfig {
    /// For images of shape `[c, h, w]`, with hidden layers of 256 and latents of 64.
    pub fn new(shape: [usize; 3]) -> Self {
        Self { shape, hidden: 256, latent: 64, depth: 2, bounded: true }
    }

    /// With hidden layers of this many units.
    pub fn with_hidden(self, hidden: usize) -> Self {
        Self { hidden, ..self }
    }

    /// With latents of this length.
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent, ..self }
    }

    /// With so many hidden layers, at least 1.
    pub fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// With outputs that are any numbers, not within `[-1, 1]`.
    pub fn unbounded(self) -> Self {
        Self { bounded: false, ..self }
    }

    /// The generator with fresh weights from `stream`.
    pub fn init_generator(&self, stream: &mut Stream, device: &Device) -> MlpGenerator {
        let (hidden, output) = self.layers(self.latent, self.shape.iter().product(), stream, device);
        MlpGenerator { hidden, output, config: *self }
    }

    /// The discriminator with fresh weights from `stream`.
    pub fn init_discriminator(&self, stream: &mut Stream, device: &Device) -> MlpDiscriminator {
        let (hidden, output) = self.layers(self.shape.iter().product(), 1, stream, device);
        MlpDiscriminator { hidden, output }
    }

    /// The hidden layers, and the one that follows them.
    fn layers(&self, inputs: usize, outputs: usize, stream: &mut Stream, device: &Device) -> (Vec<Linear>, Linear) {
        let inputs = std::iter::once(inputs).chain(std::iter::repeat(self.hidden));
        let hidden = inputs.take(self.depth).map(|inputs| Linear::new(inputs, self.hidden, stream, device)).collect();
        (hidden, Linear::new(self.hidden, outputs, stream, device))
    }
}

/// Each layer keeps its input, and its sum before the activation.
fn activations(hidden: &[Linear], output: &Linear) -> usize {
    let layers = hidden.iter().chain([output]);
    layers.map(|layer| layer.weight.dims().iter().sum::<usize>()).sum()
}

/// Latents to images; see the module's text.
#[derive(Module, Debug)]
pub struct MlpGenerator {
    hidden: Vec<Linear>,
    output: Linear,
    #[module(skip)]
    config: MlpConfig,
}

impl Generator for MlpGenerator {
    fn forward(&mut self, latent: Tensor<2>, _: Mode) -> Tensor<4> {
        let [n, _] = latent.dims();
        let [c, h, w] = self.config.shape;
        let x = self.hidden.iter().fold(Dual::constant(latent), |x, layer| layer.forward_leaky(x, RELU));
        let x = self.output.forward(x);
        let x = if self.config.bounded { tanh(x) } else { x };
        x.value.reshape([n, c, h, w])
    }

    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn image_shape(&self) -> [usize; 3] {
        self.config.shape
    }

    fn activations(&self) -> usize {
        activations(&self.hidden, &self.output)
    }
}

/// Images to logits; see the module's text.
#[derive(Module, Debug)]
pub struct MlpDiscriminator {
    hidden: Vec<Linear>,
    output: Linear,
}

impl Discriminator for MlpDiscriminator {
    fn forward(&mut self, images: Dual<4>, _: Mode) -> Dual<1> {
        let n = images.dims()[0];
        let images = images.linear(|images| images.flatten(1, 3));
        let x = self.hidden.iter().fold(images, |x, layer| layer.forward_leaky(x, SLOPE));
        self.output.forward(x).reshape([n])
    }

    fn activations(&self) -> usize {
        activations(&self.hidden, &self.output)
    }
}
