//! DCGAN's discriminator.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use super::config::{BASE, DcganConfig};
use crate::init::Init;
use crate::layers::{
    BatchNorm, Conv2d, ConvConfig, GroupNorm, NormKind, VirtualBatchNorm, WeightKind, leaky_relu, minibatch_std,
};
use crate::mode::Mode;
use crate::network::{Discriminator, DiscriminatorOutput, Encoder};

/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// √(2 / (1 + 0.2²)), the gain that keeps a signal's variance through LeakyReLU of that slope (He et al. 2015, equation 15).
const LEAKY_GAIN: f64 = 1.386_750_490_563_073;
/// Most groups of group norm.
const GROUPS: usize = 8;

/// The network from images to logits or codes.
#[derive(Module, Debug)]
pub struct DcganDiscriminator {
    from_image: Conv2d,
    down: Vec<Conv2d>,
    down_norm: Vec<BatchNorm>,
    down_group_norm: Vec<GroupNorm>,
    down_virtual_norm: Vec<VirtualBatchNorm>,
    score: Conv2d,
    /// The reference batch of virtual batch norm, `[r, c, size, size]`.
    running_reference: Option<Param<Tensor<4>>>,
    #[module(skip)]
    config: DcganConfig,
}

impl DcganDiscriminator {
    pub(super) fn new(config: &DcganConfig, outputs: usize, stream: &mut Stream, device: &Device) -> Self {
        let (top, weight) = (config.levels(), config.weight);
        let from_image = ConvConfig::new(config.channels, config.width, 4).with_window(2, 1).with_bias();
        let from_image = initialized(config, from_image, LEAKY_GAIN).with_weight(weight).init(stream, device);
        let mut down = Vec::new();
        let (mut down_norm, mut down_group_norm, mut down_virtual_norm) = (Vec::new(), Vec::new(), Vec::new());
        for level in 1..top {
            let features = config.features(level + 1);
            let conv = ConvConfig::new(config.features(level), features, config.kernel(level)).with_window(2, 1);
            let conv = if config.norm == NormKind::None { conv.with_bias() } else { conv };
            down.push(initialized(config, conv, LEAKY_GAIN).with_weight(weight).init(stream, device));
            match config.norm {
                NormKind::Batch => down_norm.push(BatchNorm::new(features, stream, device)),
                NormKind::Layer => down_group_norm.push(GroupNorm::new(features, 1, device)),
                NormKind::Instance => down_group_norm.push(GroupNorm::new(features, features, device)),
                NormKind::Group => down_group_norm.push(GroupNorm::new(features, groups(features), device)),
                NormKind::Virtual => down_virtual_norm.push(VirtualBatchNorm::new(features, device)),
                NormKind::None => {}
            }
        }
        let features = config.features(top) + usize::from(config.minibatch_std);
        let score = initialized(config, ConvConfig::new(features, outputs, BASE).with_bias(), 1.0);
        let score = score.with_weight(weight).init(stream, device);
        let running_reference = (config.norm == NormKind::Virtual).then(|| {
            let shape = [config.references, config.channels, config.size, config.size];
            Init::Constant(0.0).param(shape, stream, device).set_require_grad(false)
        });
        Self {
            from_image,
            down,
            down_norm,
            down_group_norm,
            down_virtual_norm,
            score,
            running_reference,
            config: *config,
        }
    }

    /// The last feature map, `[n, c, 4, 4]`.
    fn features(&mut self, images: Dual<4>, mode: Mode) -> Dual<4> {
        let n = images.dims()[0];
        let reference = self.running_reference.as_ref().map(|reference| Dual::constant(reference.val()));
        let references = reference.as_ref().map_or(0, |reference| reference.dims()[0]);
        let images = match reference {
            Some(reference) => reference.cat(images, 0),
            None => images,
        };
        let mut x = self.from_image.forward_leaky(images, SLOPE);
        for (at, conv) in self.down.iter().enumerate() {
            x = match self.config.norm {
                NormKind::None => conv.forward_leaky(x, SLOPE),
                NormKind::Batch => self.down_norm[at].forward_leaky(conv.forward(x), mode, SLOPE),
                NormKind::Virtual => leaky_relu(self.down_virtual_norm[at].forward(conv.forward(x), references), SLOPE),
                NormKind::Layer | NormKind::Instance | NormKind::Group => {
                    leaky_relu(self.down_group_norm[at].forward(conv.forward(x)), SLOPE)
                }
            };
        }
        let x = if references > 0 { x.narrow(0, references, n) } else { x };
        if self.config.minibatch_std { minibatch_std(x) } else { x }
    }
}

/// The convolution with He's initial weights where neither a norm nor the form of the weight keeps a signal's size.
fn initialized(config: &DcganConfig, conv: ConvConfig, gain: f64) -> ConvConfig {
    match (config.norm, config.weight) {
        (NormKind::None, WeightKind::Plain) => conv.with_init(Init::he(gain, conv.fan_in())),
        _ => conv,
    }
}

/// Groups of group norm over `channels` channels.
fn groups(channels: usize) -> usize {
    (1..=GROUPS.min(channels)).rev().find(|groups| channels.is_multiple_of(*groups)).unwrap_or(1)
}

impl Encoder for DcganDiscriminator {
    fn encode(&mut self, images: Dual<4>, mode: Mode) -> (Dual<2>, Dual<4>) {
        let features = self.features(images, mode);
        let codes = self.score.forward(features.clone());
        let [n, z, ..] = codes.dims();
        (codes.reshape([n, z]), features)
    }
}

impl Discriminator for DcganDiscriminator {
    fn forward(&mut self, images: Dual<4>, _: &[usize], mode: Mode) -> DiscriminatorOutput {
        self.discriminate(images, mode)
    }

    fn power_iterate(&mut self) {
        self.down.iter_mut().chain([&mut self.from_image, &mut self.score]).for_each(Conv2d::power_iterate);
    }

    fn set_reference_batch(&mut self, images: &Tensor<4>) {
        let images = images.clone().detach();
        self.running_reference = self.running_reference.take().map(|reference| {
            let count = reference.dims()[0];
            reference.map(|_| images.narrow(0, 0, count))
        });
    }

    fn feature_shape(&self) -> [usize; 3] {
        let top = self.config.levels();
        let features = self.config.features(top) + usize::from(self.config.minibatch_std);
        [features, self.config.side(top), self.config.side(top)]
    }

    fn activations(&self) -> usize {
        let passes = if self.config.norm == NormKind::Virtual { 2 } else { 1 };
        passes * self.config.activations()
    }
}
