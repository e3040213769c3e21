//! The fully connected generator and discriminator.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;

use super::config::MlpConfig;
use crate::layers::{Linear, RELU, WeightKind, minibatch_std};
use crate::mode::Mode;
use crate::network::{Discriminator, DiscriminatorOutput, Encoder, Generator};

/// Slope of the discriminator's LeakyReLU below zero.
const SLOPE: f64 = 0.2;

/// The hidden layers and the output layer of a network, which has `extra` inputs beside the last hidden layer's units.
fn layers(
    config: &MlpConfig,
    weight: WeightKind,
    [inputs, outputs]: [usize; 2],
    extra: usize,
    stream: &mut Stream,
    device: &Device,
) -> (Vec<Linear>, Linear) {
    let inputs = std::iter::once(inputs).chain(std::iter::repeat(config.hidden)).take(config.depth);
    let mut layer = |inputs, outputs| Linear::with_weight(weight, [inputs, outputs], stream, device);
    let hidden = inputs.map(|inputs| layer(inputs, config.hidden)).collect();
    (hidden, layer(config.hidden + extra, outputs))
}

/// Number of values that a training pass keeps: each layer's input, and its sum before the activation.
fn activations(hidden: &[Linear], output: &Linear) -> usize {
    let layers = hidden.iter().chain([output]);
    layers.map(|layer| layer.weight.dims().iter().sum::<usize>()).sum()
}

/// The network from latents to images.
#[derive(Module, Debug)]
pub struct MlpGenerator {
    hidden: Vec<Linear>,
    output: Linear,
    #[module(skip)]
    config: MlpConfig,
}

impl MlpGenerator {
    pub(super) fn new(config: &MlpConfig, stream: &mut Stream, device: &Device) -> Self {
        let sizes = [config.latent, config.shape.iter().product()];
        let (hidden, output) = layers(config, config.generator_weight, sizes, 0, stream, device);
        Self { hidden, output, config: *config }
    }
}

impl Generator for MlpGenerator {
    fn synthesize(&mut self, w: Dual<2>, _: Option<&mut Stream>, _: Mode) -> Dual<4> {
        let [n, _] = w.dims();
        let [c, h, width] = self.config.shape;
        let x = self.hidden.iter().fold(w, |x, layer| layer.forward_leaky(x, RELU));
        let x = self.output.forward(x);
        let x = if self.config.bounded { tanh(x) } else { x };
        x.reshape([n, c, h, width])
    }

    fn power_iterate(&mut self) {
        self.hidden.iter_mut().chain([&mut self.output]).for_each(Linear::power_iterate);
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

/// The network from images to logits or codes.
#[derive(Module, Debug)]
pub struct MlpDiscriminator {
    hidden: Vec<Linear>,
    output: Linear,
    #[module(skip)]
    minibatch_std: bool,
    #[module(skip)]
    slope: f64,
}

impl MlpDiscriminator {
    pub(super) fn new(config: &MlpConfig, outputs: usize, stream: &mut Stream, device: &Device) -> Self {
        let (extra, sizes) = (usize::from(config.minibatch_std), [config.shape.iter().product(), outputs]);
        let (hidden, output) = layers(config, config.weight, sizes, extra, stream, device);
        let slope = if config.rectified { RELU } else { SLOPE };
        Self { hidden, output, minibatch_std: config.minibatch_std, slope }
    }
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
    fn forward(&mut self, images: Dual<4>, _: &[usize], mode: Mode) -> DiscriminatorOutput {
        self.discriminate(images, mode)
    }

    fn power_iterate(&mut self) {
        self.hidden.iter_mut().chain([&mut self.output]).for_each(Linear::power_iterate);
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.output.weight.dims()[1], 1, 1]
    }

    fn activations(&self) -> usize {
        activations(&self.hidden, &self.output)
    }
}
