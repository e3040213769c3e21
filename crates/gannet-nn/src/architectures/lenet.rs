//! Gradient-Based Learning Applied to Document Recognition, LeCun et al. 1998, Proc. IEEE 86(11): LeNet-5, in its present
//! form with ReLU, max pooling and a linear output.
//!
//! It classifies handwritten digits. Its class probabilities say which digit a generator drew and how clearly, and the 84
//! values of its layer f6 are the features of the Fréchet distance.

use burn::module::Module;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Linear, relu};
use crate::mode::Mode;
use crate::network::Classifier;
use crate::registry::{ClassifierConfig, Network, NetworkSettings, Role, Sizes, require_channels};

/// The configuration of LeNet-5, which has no settings.
#[derive(Debug, Clone, Copy, Default)]
pub struct LenetConfig;

impl ClassifierConfig for LenetConfig {
    type Network = LeNet;

    fn init(&self, stream: &mut Stream, device: &Device) -> LeNet {
        LeNet::new(stream, device)
    }

    fn features(&self) -> usize {
        LeNet::FEATURES
    }

    fn classes(&self) -> usize {
        LeNet::CLASSES
    }
}

impl Network for LenetConfig {
    const NAME: &'static str = "lenet";
    const SUMMARY: &'static str = "LeNet-5, for gray images of ten classes (LeCun et al. 1998, Proc. IEEE 86(11)).";
    const PAPER: &'static str =
        "Gradient-Based Learning Applied to Document Recognition, LeCun et al. 1998, Proc. IEEE 86(11)";
    const ROLE: Role = Role::Classifier;
    const KEYS: &'static [&'static str] = &[];

    fn sizes() -> Sizes {
        Sizes::Of(&[LeNet::SIZE])
    }

    fn from_settings(_: &NetworkSettings) -> Self {
        Self
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_channels(settings, Self::NAME, 1, "gray")
    }

    fn describe(&self) -> String {
        "LeNet-5".to_owned()
    }
}

/// LeNet-5 for `images [n, 1, 32, 32]` in `[0, 1]` and ten classes.
#[derive(Module, Debug)]
pub struct LeNet {
    c1: Conv2d,
    c3: Conv2d,
    c5: Conv2d,
    f6: Linear,
    f7: Linear,
}

impl LeNet {
    /// Side of the images, in pixels.
    pub const SIZE: usize = 32;
    /// Number of features of an image.
    pub const FEATURES: usize = 84;
    /// Number of classes.
    pub const CLASSES: usize = 10;

    /// A network with initial weights from `stream`.
    pub fn new(stream: &mut Stream, device: &Device) -> Self {
        let conv = |input, output, stream: &mut Stream| {
            let config = ConvConfig::new(input, output, 5).with_bias();
            config.with_init(Init::fan_in(input * 25)).init(stream, device)
        };
        Self {
            c1: conv(1, 6, stream),
            c3: conv(6, 16, stream),
            c5: conv(16, 120, stream),
            f6: Linear::new(120, Self::FEATURES, stream, device),
            f7: Linear::new(Self::FEATURES, Self::CLASSES, stream, device),
        }
    }

    /// `images [n, 1, 32, 32]` in `[0, 1]` → f6 after ReLU `[n, 84]` and logits `[n, 10]`.
    pub fn forward(&self, images: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let x = max_pooled(relu(self.c1.forward(Dual::constant(images))));
        let x = max_pooled(relu(self.c3.forward(x)));
        let x = relu(self.c5.forward(x)).linear(|x| x.flatten(1, 3));
        let features = relu(self.f6.forward(x));
        (features.value.clone(), self.f7.forward(features).value)
    }
}

impl Classifier for LeNet {
    fn classify(&mut self, images: Tensor<4>, _: Mode) -> (Tensor<2>, Tensor<2>) {
        self.forward(images)
    }

    fn image_shape(&self) -> [usize; 3] {
        [1, Self::SIZE, Self::SIZE]
    }

    fn activations(&self) -> usize {
        // Each map before and after its ReLU.
        2 * (6 * 28 * 28 + 16 * 10 * 10 + 120 + Self::FEATURES) + Self::SIZE * Self::SIZE
    }
}

/// The maximum of each 2 × 2 square.
fn max_pooled(x: Dual<4>) -> Dual<4> {
    Dual::constant(max_pool2d(x.value, MaxPoolOptions::new([2, 2])))
}
