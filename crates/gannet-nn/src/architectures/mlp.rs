//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661.
//!
//! The original pair of fully connected networks. As the paper's code did for MNIST, the generator
//! has two hidden layers of ReLU; its output is tanh, so that all of Gannet's images share the range
//! `[-1, 1]`, and the discriminator's maxout is LeakyReLU, as every later reimplementation has it.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;

use super::Architecture;
use super::autoencoder::Encoder;
use crate::layers::{Linear, RELU, WeightKind, minibatch_std};
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
    weight: WeightKind,
    generator_weight: WeightKind,
    minibatch_std: bool,
    rectified: bool,
}

impl MlpConfig {
    /// For images of shape `[c, h, w]`, with hidden layers of 256 and latents of 64.
    pub fn new(shape: [usize; 3]) -> Self {
        Self {
            shape,
            hidden: 256,
            latent: 64,
            depth: 2,
            bounded: true,
            weight: WeightKind::Plain,
            generator_weight: WeightKind::Plain,
            minibatch_std: false,
            rectified: false,
        }
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

    /// With the discriminator's weights made so of the learned ones.
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// With the generator's weights made so of the learned ones.
    pub fn with_generator_weight(self, generator_weight: WeightKind) -> Self {
        Self { generator_weight, ..self }
    }

    /// With ReLU in place of LeakyReLU in the discriminator or encoder, too.
    pub fn rectified(self) -> Self {
        Self { rectified: true, ..self }
    }

    /// With the batch's deviation beside the discriminator's features.
    pub fn with_minibatch_std(self, minibatch_std: bool) -> Self {
        Self { minibatch_std, ..self }
    }

    /// The hidden layers, and the one that follows them, which takes so many values `beside` theirs.
    fn layers(
        &self,
        weight: WeightKind,
        [inputs, outputs]: [usize; 2],
        beside: usize,
        stream: &mut Stream,
        device: &Device,
    ) -> (Vec<Linear>, Linear) {
        let inputs = std::iter::once(inputs).chain(std::iter::repeat(self.hidden)).take(self.depth);
        let mut layer = |inputs, outputs| Linear::with_weight(weight, [inputs, outputs], stream, device);
        let hidden = inputs.map(|inputs| layer(inputs, self.hidden)).collect();
        (hidden, layer(self.hidden + beside, outputs))
    }
}

impl Architecture for MlpConfig {
    type Generator = MlpGenerator;
    type Encoder = MlpDiscriminator;

    fn packed(self, images: usize) -> Self {
        let [channels, h, w] = self.shape;
        Self { shape: [images * channels, h, w], ..self }
    }

    fn beside(self, more: usize) -> Self {
        let [channels, h, w] = self.shape;
        Self { shape: [channels + more, h, w], ..self }
    }

    fn latent(&self) -> usize {
        self.latent
    }

    fn init_generator(&self, stream: &mut Stream, device: &Device) -> MlpGenerator {
        let outputs = self.shape.iter().product();
        let (hidden, output) = self.layers(self.generator_weight, [self.latent, outputs], 0, stream, device);
        MlpGenerator { hidden, output, config: *self }
    }

    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> MlpDiscriminator {
        let (beside, inputs) = (usize::from(self.minibatch_std), self.shape.iter().product());
        let (hidden, output) = self.layers(self.weight, [inputs, outputs], beside, stream, device);
        let slope = if self.rectified { RELU } else { SLOPE };
        MlpDiscriminator { hidden, output, minibatch_std: self.minibatch_std, slope }
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
    fn synthesise(&mut self, latent: Dual<2>, _: Mode) -> Dual<4> {
        let [n, _] = latent.dims();
        let [c, h, w] = self.config.shape;
        let x = self.hidden.iter().fold(latent, |x, layer| layer.forward_leaky(x, RELU));
        let x = self.output.forward(x);
        let x = if self.config.bounded { tanh(x) } else { x };
        x.reshape([n, c, h, w])
    }

    fn iterate(&mut self) {
        self.hidden.iter_mut().chain([&mut self.output]).for_each(Linear::iterate);
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
    #[module(skip)]
    minibatch_std: bool,
    #[module(skip)]
    slope: f64,
}

impl Encoder for MlpDiscriminator {
    fn encode(&mut self, images: Dual<4>, _: Mode) -> (Dual<2>, Dual<4>) {
        let n = images.dims()[0];
        let images = images.linear(|images| images.flatten(1, 3));
        let x = self.hidden.iter().fold(images, |x, layer| layer.forward_leaky(x, self.slope));
        let [_, features] = x.dims();
        let x = x.reshape([n, features, 1, 1]);
        let x = if self.minibatch_std { minibatch_std(x) } else { x };
        let [_, features, ..] = x.dims();
        (self.output.forward(x.clone().reshape([n, features])), x)
    }
}

impl Discriminator for MlpDiscriminator {
    fn judge(&mut self, images: Dual<4>, mode: Mode) -> (Dual<1>, Dual<4>) {
        self.score(images, mode)
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.output.weight.dims()[1], 1, 1]
    }

    fn iterate(&mut self) {
        self.hidden.iter_mut().chain([&mut self.output]).for_each(Linear::iterate);
    }

    fn activations(&self) -> usize {
        activations(&self.hidden, &self.output)
    }
}
