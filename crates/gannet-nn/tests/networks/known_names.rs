//! Networks under all names that genuine files have, against scripts/reference/known_names.py: results and slopes, scale and
//! channels.

use burn::module::Module;
use burn::tensor::Tensor;
use gannet_nn::architectures::AnyNetwork;
use gannet_nn::{
    Architecture, Discriminator, GanVisitor, Generator, Mode, NetworkKind, Part, Recognized, Role, Translator,
    TranslatorConfig, TranslatorVisitor,
};
use gannet_ops::random::Stream;
use gannet_weights::{NamedTensor, load};

use crate::foreign_file::{cases, drawn, file};
use crate::reference::{Reference, assert_close, largest, training, values};

/// The largest difference from PyTorch, as a share of the largest value.
const TOLERANCE: f32 = 2e-5;

/// A case, to be loaded into the network that it was recognized as.
struct Case<'a> {
    reference: &'a Reference,
    case: &'a str,
    part: Part,
    tensors: Vec<NamedTensor>,
}

impl Case<'_> {
    /// Scale, channels of the input and of the output.
    fn about(&self) -> [usize; 3] {
        let about = self.reference.values(&format!("{}.about", self.case));
        [0, 1, 2].map(|at| about[at] as usize)
    }

    fn check<M: Module, const D: usize, const E: usize>(
        &self,
        mut network: M,
        f: impl Fn(&mut M, Tensor<D>) -> Tensor<E>,
    ) {
        let key = |what: &str| format!("{}.{what}", self.case);
        let input = drawn(self.case, "input", &self.reference.tensor::<D>(&key("slopes"))).require_grad();
        let output = f(&mut network, input.clone());
        let close = |what: &str, found: &[f32], tolerance: f32| {
            let expected = self.reference.values(&key(what));
            assert_close(&key(what), found, expected, tolerance * largest(expected));
        };
        close("output", &values(&output), TOLERANCE);
        let backward = (output.clone() * drawn(self.case, "probe", &output)).sum().backward();
        close("slopes", &values(&input.grad(&backward).unwrap()), 1e-4);
    }
}

fn stream() -> Stream {
    Stream::new(0, "replaced by the file", 0)
}

impl TranslatorVisitor for Case<'_> {
    type Output = ();

    fn visit<C: TranslatorConfig>(mut self, config: C) {
        let network = load(config.init(&mut stream(), &training()), std::mem::take(&mut self.tensors)).unwrap();
        let [scale, input, output] = self.about();
        assert_eq!((network.scale(), network.channels()), (scale, [input, output]), "{}", self.case);
        let unit_range = C::ROLE == Role::Upscaler;
        self.check(network, |network, images: Tensor<4>| match unit_range {
            true => network.translate(images * 2.0 - 1.0, Mode::Eval, None) * 0.5 + 0.5,
            false => network.translate(images, Mode::Eval, None),
        });
    }
}

impl GanVisitor for Case<'_> {
    type Output = ();

    fn visit<A: Architecture>(mut self, architecture: A) {
        let (tensors, [_, input, output]) = (std::mem::take(&mut self.tensors), self.about());
        if self.part == Part::Discriminator {
            let network = load(architecture.init_discriminator(&mut stream(), &training()), tensors).unwrap();
            self.check(network, |network, images: Tensor<4>| {
                let n = images.dims()[0];
                network.logits(images, &[], Mode::Eval).reshape([n, 1, 1, 1])
            });
            return;
        }
        let network = load(architecture.init_generator(&mut stream(), &training()), tensors).unwrap();
        assert_eq!((network.latent_size(), network.image_shape()[0]), (input, output), "{}", self.case);
        self.check(network, |network, latent: Tensor<4>| {
            let [n, z, ..] = latent.dims();
            network.forward(latent.reshape([n, z]), Mode::Eval)
        });
    }
}

/// What a case's network is.
fn kind(case: &str) -> NetworkKind {
    match case.split('-').next().unwrap() {
        "rrdb" => NetworkKind::Rrdb,
        "srgan" => NetworkKind::Srresnet,
        "cyclegan" => NetworkKind::Resnet,
        _ => NetworkKind::Dcgan,
    }
}

#[test]
fn networks_under_all_names_equal_pytorch_and_spandrel() {
    let reference = Reference::read("known_names");
    for case in cases("known_names").keys() {
        let (Recognized { config, part, tensors, .. }, _) = file("known_names", case);
        assert_eq!(config.kind(), Some(kind(case)), "{case}");
        let case = Case { reference: &reference, case, part, tensors };
        match config {
            config @ AnyNetwork::Dcgan(_) => config.visit_gan(case).unwrap(),
            config => config.visit_translator(case).unwrap(),
        }
    }
}

#[test]
fn the_description_says_what_a_file_has() {
    for (case, right) in [
        ("rrdb-first-x1-unshuffled", "RRDB for 1 times the size, 3 channels, 1 block, width 8, growth 32"),
        ("rrdb-4-to-3", "RRDB for 2 times the size, from 4 to 3 channels, 1 block, width 8, growth 32"),
        ("srgan-prelu-x4", "SRResNet for 4 times the size, 3 channels, 2 blocks, width 8"),
        (
            "cyclegan-block",
            "a residual network from 3 to 3 channels, 2 blocks, width 4, instance norm with scale and shift",
        ),
        (
            "cyclegan-nearest",
            "a residual network from 3 to 3 channels, 2 blocks, width 4, instance norm, nearest-neighbor upsampling",
        ),
        ("dcgan-28", "the generator of DCGAN for 28×28 images of 1 channel, width 4"),
        ("dcgan-128-narrow", "the generator of DCGAN for 128×128 images of 1 channel, width 2"),
        ("dcgan-discriminator-dropout", "the discriminator of DCGAN for 32×32 images of 3 channels, width 4"),
    ] {
        assert_eq!(file("known_names", case).0.describe(), right, "{case}");
    }
}
