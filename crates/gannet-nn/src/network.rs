//! The traits of networks that are trained: what the rest of Gannet knows of them.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::Tensor;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use crate::mode::Mode;

/// A network from latents to images.
///
/// Its two halves are those of A Style-Based Generator Architecture, Karras et al. 2018, arXiv:1812.04948: a mapping from
/// latents z to intermediate latents w, which is the identity for most networks, and the synthesis of images from w.
pub trait Generator: Module + ModuleDisplay {
    /// The mapping network: `latent [n, z]` → `w [n, w]`; the identity for most networks.
    fn map(&mut self, latent: Dual<2>, _mode: Mode) -> Dual<2> {
        latent
    }

    /// `w [n, w]` → `images [n, c, h, w]` in `[-1, 1]`, or about so where the paper's network ends without a bound.
    /// Where w has a tangent, the images have the corresponding one. Networks that add noise to their layers draw it from `noise`, where given.
    fn synthesize(&mut self, w: Dual<2>, noise: Option<&mut Stream>, mode: Mode) -> Dual<4>;

    /// `latent [n, z]` → `images [n, c, h, w]`: [`Generator::map`], then [`Generator::synthesize`] without noise. Where
    /// the latents have a tangent, the images have the corresponding one.
    fn forward_dual(&mut self, latent: Dual<2>, mode: Mode) -> Dual<4> {
        let w = self.map(latent, mode);
        self.synthesize(w, None, mode)
    }

    /// [`Generator::forward_dual`] without tangents.
    fn forward(&mut self, latent: Tensor<2>, mode: Mode) -> Tensor<4> {
        self.forward_dual(Dual::constant(latent), mode).value
    }

    /// Runs one power iteration for each weight with spectral norm. Forward passes leave its estimates unchanged.
    fn power_iterate(&mut self) {}

    /// Length `z` of a latent.
    fn latent_size(&self) -> usize;

    /// Shape `[c, h, w]` of an image.
    fn image_shape(&self) -> [usize; 3];

    /// Number of values that a training pass keeps for one image, for estimates of memory.
    fn activations(&self) -> usize;

    /// Images for `latent [n, z]` in [`Mode::Eval`], from a shared network.
    fn generate(&self, latent: Tensor<2>) -> Tensor<4> {
        self.clone().forward(latent, Mode::Eval)
    }
}

/// What a discriminator computes from images.
#[derive(Debug, Clone)]
pub struct DiscriminatorOutput {
    /// `[n]`, above zero for real; `[n · p]` from a discriminator with p logits an image (PatchGAN, U-Net).
    pub logits: Dual<1>,
    /// `[n, f, h', w']`, the features that the logits are computed from.
    pub features: Dual<4>,
}

/// A network from images to logits, which are high for real images and low for generated ones.
pub trait Discriminator: Module + ModuleDisplay {
    /// `images [n, c, h, w]` in `[-1, 1]` → logits and features. `labels` holds the class of each image; it is empty where
    /// the discriminator is unconditional. A tangent of the images gives tangents of both.
    fn forward(&mut self, images: Dual<4>, labels: &[usize], mode: Mode) -> DiscriminatorOutput;

    /// The logits alone, without tangents.
    fn logits(&mut self, images: Tensor<4>, labels: &[usize], mode: Mode) -> Tensor<1> {
        self.forward(Dual::constant(images), labels, mode).logits.value
    }

    /// Predicts what `images [n, c, h, w]` were generated from: `[n, classes + codes]`, class logits followed by continuous
    /// codes, from the second head of AC-GAN or the Q network of InfoGAN; `None` where the discriminator has neither.
    /// `features` are those of [`Discriminator::forward`] for these images, where they were computed before.
    fn predict(&mut self, _images: &Tensor<4>, _features: Option<Tensor<4>>, _mode: Mode) -> Option<Tensor<2>> {
        None
    }

    /// Runs one power iteration for each weight with spectral norm. Forward passes leave its estimates unchanged.
    fn power_iterate(&mut self) {}

    /// Sets the reference batch of virtual batch norm to `images [n, c, h, w]`, the first batch of real images.
    fn set_reference_batch(&mut self, _images: &Tensor<4>) {}

    /// Shape `[f, h', w']` of the features of one image.
    fn feature_shape(&self) -> [usize; 3];

    /// Number of values that a training pass keeps for one image, for estimates of memory.
    fn activations(&self) -> usize;
}

/// A network from images to images.
pub trait Translator: Module + ModuleDisplay {
    /// `images [n, c, h, w]` in `[-1, 1]` → `[n, c', s h, s w]` in `[-1, 1]`, or about so where the paper's network ends
    /// without a bound. s is [`Translator::scale`]; h and w are multiples of [`Translator::multiple`] and at least
    /// [`Translator::smallest`]. Networks with dropout draw it from `noise`, where given, and have none without.
    fn translate(&mut self, images: Tensor<4>, mode: Mode, noise: Option<&mut Stream>) -> Tensor<4>;

    /// The images of every stage, for networks that refine their result; the last is that of [`Translator::translate`].
    fn stages(&mut self, images: Tensor<4>, mode: Mode, noise: Option<&mut Stream>) -> Vec<Tensor<4>> {
        vec![self.translate(images, mode, noise)]
    }

    /// Encoder maps of `images [n, c, h, w]`, the input among them, for contrastive training (CUT); empty where the network
    /// has none.
    fn encode(&mut self, _images: Tensor<4>, _mode: Mode) -> Vec<Tensor<4>> {
        Vec::new()
    }

    /// Channels of input and output.
    fn channels(&self) -> [usize; 2];

    /// Height and width of the input must be multiples of this, in pixels.
    fn multiple(&self) -> usize;

    /// A shift of the input by so many pixels shifts what the network sees as a whole, as it divides images into parts of this size:
    /// strides, or windows of attention.
    fn grid(&self) -> usize {
        self.multiple()
    }

    /// Height and width of the input must be at least this, in pixels.
    fn smallest(&self) -> usize {
        self.multiple()
    }

    /// Pixels around a hole that a network for inpainting should see, where the picture has them.
    fn context(&self) -> usize {
        64
    }

    /// Height of the output as a multiple of the input's.
    fn scale(&self) -> usize {
        1
    }

    /// Number of values that a training pass keeps for one input of `size × size` pixels, for estimates of memory.
    fn activations(&self, size: usize) -> usize;
}

/// A network from images to class logits.
pub trait Classifier: Module + ModuleDisplay {
    /// `images [n, c, h, w]` in `[0, 1]` → the features before the last layer `[n, f]`, and `logits [n, classes]`.
    fn classify(&mut self, images: Tensor<4>, mode: Mode) -> (Tensor<2>, Tensor<2>);

    /// Shape `[c, h, w]` of an image.
    fn image_shape(&self) -> [usize; 3];

    /// Number of values that a training pass keeps for one image, for estimates of memory.
    fn activations(&self) -> usize;
}

/// A network from images to codes.
pub trait Encoder: Module {
    /// `images [n, c, h, w]` → codes `[n, z]` and the features `[n, f, h', w']` that they are computed from.
    fn encode(&mut self, images: Dual<4>, mode: Mode) -> (Dual<2>, Dual<4>);

    /// The encoder as an unconditional discriminator: its codes have length 1 and are the logits.
    fn discriminate(&mut self, images: Dual<4>, mode: Mode) -> DiscriminatorOutput {
        let n = images.dims()[0];
        let (logits, features) = self.encode(images, mode);
        DiscriminatorOutput { logits: logits.reshape([n]), features }
    }
}
