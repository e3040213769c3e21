//! What the rest of Gannet knows of a network.

use burn::module::{Module, ModuleDisplay, ModuleVisitor, Param};
use burn::tensor::Tensor;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

/// What a forward pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, which also move the running ones.
    Train,
    /// Running statistics; the network does not change.
    Eval,
}

/// A map from latents to images.
pub trait Generator: Module + ModuleDisplay {
    /// `latent [n, z]` → `images [n, c, h, w]` in `[-1, 1]`, or about so where the paper's network ends without a bound. A
    /// tangent of the latents gives one of the images.
    fn synthesise(&mut self, latent: Dual<2>, mode: Mode) -> Dual<4>;

    /// The same without tangents.
    fn forward(&mut self, latent: Tensor<2>, mode: Mode) -> Tensor<4> {
        self.synthesise(Dual::constant(latent), mode).value
    }

    /// One power iteration of each weight with a spectral norm. Between two a network is one function.
    fn iterate(&mut self) {}

    /// Length `z` of a latent.
    fn latent_size(&self) -> usize;

    /// Shape `[c, h, w]` of an image.
    fn image_shape(&self) -> [usize; 3];

    /// How many values a training pass keeps for one image, to estimate memory by.
    fn activations(&self) -> usize;

    /// Images for `latent [n, z]` as [`Mode::Eval`] makes them, from a shared network.
    fn generate(&self, latent: Tensor<2>) -> Tensor<4> {
        self.clone().forward(latent, Mode::Eval)
    }
}

/// A map from images to images.
pub trait Translator: Module + ModuleDisplay {
    /// `images [n, c, h, w]` in `[-1, 1]` → `[n, c', s h, s w]` in `[-1, 1]`, or about so where the paper's network ends without
    /// a bound; s is [`Translator::scale`], and h and w are multiples of [`Translator::multiple`]. Networks that know of noise draw it from `noise`, where it is given.
    fn translate(&mut self, images: Tensor<4>, mode: Mode, noise: Option<&mut Stream>) -> Tensor<4>;

    /// All attempts of networks that make several, the last being what [`Translator::translate`] gives.
    fn stages(&mut self, images: Tensor<4>, mode: Mode, noise: Option<&mut Stream>) -> Vec<Tensor<4>> {
        vec![self.translate(images, mode, noise)]
    }

    /// Channels of the images it takes, and of those it makes.
    fn channels(&self) -> [usize; 2];

    /// What the sides of an image must be multiples of, in pixels.
    fn multiple(&self) -> usize;

    /// What they must be at least.
    fn smallest(&self) -> usize {
        self.multiple()
    }

    /// How many times as wide and high its images are as those it takes.
    fn scale(&self) -> usize {
        1
    }

    /// How many values a training pass keeps for one image of `size × size` pixels, to estimate memory by.
    fn activations(&self, size: usize) -> usize;
}

/// A translator that shows what its first half sees.
pub trait Encoding: Translator {
    /// Maps that come of images `[n, c, h, w]` on the way, the image among them.
    fn encode(&mut self, images: Tensor<4>, mode: Mode) -> Vec<Tensor<4>>;
}

/// A judge of images.
pub trait Discriminator: Module + ModuleDisplay {
    /// `images [n, c, h, w]` in `[-1, 1]` → `logits [n]`, above zero for "real", and the features `[n, f, h', w']` that
    /// they are made of. A judge of patches has p logits an image, `[n · p]`. A tangent of the images gives those of both.
    fn judge(&mut self, images: Dual<4>, mode: Mode) -> (Dual<1>, Dual<4>);

    /// The logits alone.
    fn forward(&mut self, images: Dual<4>, mode: Mode) -> Dual<1> {
        self.judge(images, mode).0
    }

    /// Shape `[f, h', w']` of the features of an image.
    fn feature_shape(&self) -> [usize; 3];

    /// Names the classes of the images that are judged from now on, for judges that depend on them.
    fn tell(&mut self, _classes: &[usize]) {}

    /// What `images [n, c, h, w]` say of their origin: `[n, classes + codes]`, logits of classes before continuous codes, from
    /// judges that are asked for it. `features` are those that [`Self::judge`] gave of them, if it has.
    fn guess(&mut self, _images: &Tensor<4>, _features: Option<Tensor<4>>, _mode: Mode) -> Option<Tensor<2>> {
        None
    }

    /// One power iteration of each weight with a spectral norm. Between two a network is one function.
    fn iterate(&mut self) {}

    /// Shows the first batch of real images, for norms that refer to one.
    fn refer(&mut self, _images: &Tensor<4>) {}

    /// The same without tangents.
    fn logits(&mut self, images: Tensor<4>, mode: Mode) -> Tensor<1> {
        self.forward(Dual::constant(images), mode).value
    }

    /// How many values a training pass keeps for one image, to estimate memory by.
    fn activations(&self) -> usize;
}

/// A judge of what images show.
pub trait Classifier: Module + ModuleDisplay {
    /// `images [n, c, h, w]` in `[0, 1]` → the features before the last layer `[n, f]`, and `logits [n, classes]`.
    fn classify(&mut self, images: Tensor<4>, mode: Mode) -> (Tensor<2>, Tensor<2>);

    /// Shape `[c, h, w]` of an image.
    fn image_shape(&self) -> [usize; 3];

    /// How many values a training pass keeps for one image, to estimate memory by.
    fn activations(&self) -> usize;
}

/// Number of learned values of a network; running statistics do not count.
pub fn parameter_count<M: Module>(network: &M) -> usize {
    struct Count(usize, Vec<String>);
    impl ModuleVisitor for Count {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.1.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.1.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if !self.1.last().is_some_and(|name| crate::layers::is_running_statistic(name)) {
                self.0 += param.shape().num_elements();
            }
        }
    }
    let mut count = Count(0, Vec::new());
    network.visit(&mut count);
    count.0
}
