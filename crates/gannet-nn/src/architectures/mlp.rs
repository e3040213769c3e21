//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661.
//!
//! The original pair of fully connected networks. As the paper's code did for MNIST, the generator
//! has two hidden layers of ReLU; its output is tanh, so that all of Gannet's images share the range
//! `[-1, 1]`, and the discriminator's maxout is LeakyReLU, as every later reimplementation has it.

use burn::module::Module;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use gannet_ops::random::Stream;

use crate::layers::{Linear, leaky_relu};
use crate::{Discriminator, Generator, Mode};

/// Slope of the discriminator's LeakyReLU below zero.
const SLOPE: f32 = 0.2;

/// Builds the two networks of the original GAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MlpConfig {
    shape: [usize; 3],
    hidden: usize,
    latent: usize,
}

impl MlpConfig {
    /// For images of shape `[c, h, w]`, with hidden layers of 256 and latents of 64.
    pub fn new(shape: [usize; 3]) -> Self {
        Self { shape, hidden: 256, latent: 64 }
    }

    /// With hidden layers of this many units.
    pub fn with_hidden(self, hidden: usize) -> Self {
        Self { hidden, ..self }
    }

    /// With latents of this length.
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent, ..self }
    }

    /// The generator with fresh weights from `stream`.
    pub fn init_generator(&self, stream: &mut Stream, device: &Device) -> MlpGenerator {
        let layers = Layers::new([self.latent, self.hidden, self.shape.iter().product()], stream, device);
        MlpGenerator { layers, config: *self }
    }

    /// The discriminator with fresh weights from `stream`.
    pub fn init_discriminator(&self, stream: &mut Stream, device: &Device) -> MlpDiscriminator {
        MlpDiscriminator { layers: Layers::new([self.shape.iter().product(), self.hidden, 1], stream, device) }
    }
}

/// Three linear layers with an activation between.
#[derive(Module, Debug)]
struct Layers {
    hidden: Vec<Linear>,
    output: Linear,
}

impl Layers {
    fn new([inputs, hidden, outputs]: [usize; 3], stream: &mut Stream, device: &Device) -> Self {
        let first = Linear::new(inputs, hidden, stream, device);
        let second = Linear::new(hidden, hidden, stream, device);
        Self { hidden: vec![first, second], output: Linear::new(hidden, outputs, stream, device) }
    }

    fn forward(&self, x: Tensor<2>, activation: impl Fn(Tensor<2>) -> Tensor<2>) -> Tensor<2> {
        let x = self.hidden.iter().fold(x, |x, layer| activation(layer.forward(x)));
        self.output.forward(x)
    }
}

/// Latents to images; see the module's text.
#[derive(Module, Debug)]
pub struct MlpGenerator {
    layers: Layers,
    #[module(skip)]
    config: MlpConfig,
}

impl Generator for MlpGenerator {
    fn forward(&mut self, latent: Tensor<2>, _: Mode) -> Tensor<4> {
        let [n, _] = latent.dims();
        let [c, h, w] = self.config.shape;
        self.layers.forward(latent, relu).tanh().reshape([n, c, h, w])
    }

    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn image_shape(&self) -> [usize; 3] {
        self.config.shape
    }
}

/// Images to logits; see the module's text.
#[derive(Module, Debug)]
pub struct MlpDiscriminator {
    layers: Layers,
}

impl Discriminator for MlpDiscriminator {
    fn forward(&mut self, images: Tensor<4>, _: Mode) -> Tensor<1> {
        let n = images.dims()[0];
        self.layers.forward(images.flatten(1, 3), |x| leaky_relu(x, SLOPE)).reshape([n])
    }
}
