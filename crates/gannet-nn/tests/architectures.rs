//! Every GAN architecture at all of its sizes: shapes, ranges, and a gradient for each parameter.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use gannet_nn::architectures::autoencoder::{Autoencoder, ReconstructionDistance};
use gannet_nn::architectures::conditional::{Conditional, Conditioning};
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::architectures::lenet::LeNet;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_nn::architectures::r3gan::R3ganConfig;
use gannet_nn::architectures::sngan::SnganConfig;
use gannet_nn::layers::{GeneratorNormKind, NormKind, WeightKind};
use gannet_nn::{
    Architecture, Discriminator, GanVisitor, Generator, Mode, NetworkKind, NetworkSettings, Role, Sizes,
    parameter_count,
};
use gannet_ops::device::device;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

const BATCH: usize = 3;

fn training() -> Device {
    device("cpu").unwrap().autodiff()
}

fn stream(name: &str) -> Stream {
    Stream::new(0, name, 0)
}

fn normals<const D: usize>(shape: [usize; D], name: &str) -> Tensor<D> {
    Tensor::from_data(TensorData::new(stream(name).normals(shape.iter().product()), shape), &training())
}

/// `Σ r·y` with fixed random factors, so that no gradient is zero by symmetry.
fn contract<const D: usize>(y: Tensor<D>) -> Tensor<1> {
    let r = normals(y.dims(), "factors");
    (y * r).sum()
}

fn values<const D: usize>(x: &Tensor<D>) -> Vec<f32> {
    x.to_data().iter().collect()
}

/// Counts the learned values that a loss reaches, and refuses parameters that it does not.
struct Reach<'a> {
    gradients: &'a Gradients,
    path: Vec<String>,
    learned: usize,
}

impl ModuleVisitor for Reach<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        let gradient = param.val().grad(self.gradients).map(|gradient| values(&gradient));
        if path.contains("running_") {
            assert!(gradient.is_none(), "{path} is a running statistic, which is not learned");
            return;
        }
        let gradient = gradient.unwrap_or_else(|| panic!("{path} has no gradient"));
        assert!(gradient.iter().all(|value| value.is_finite()), "{path}: a gradient is not finite");
        assert!(gradient.iter().any(|value| *value != 0.0), "{path}: the gradient is zero");
        self.learned += gradient.len();
    }
}

fn assert_reaches_all<M: Module>(network: &M, loss: Tensor<1>) {
    let mut reach = Reach { gradients: &loss.backward(), path: Vec::new(), learned: 0 };
    network.visit(&mut reach);
    assert_eq!(reach.learned, parameter_count(network), "learned values");
}

/// Moves parameters off their initial zeros, behind which nothing has a gradient.
struct Scatter(Stream);

impl ModuleMapper for Scatter {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| {
            let moved: Vec<f32> = values(&old).iter().map(|value| value + self.0.range(-0.05, 0.05)).collect();
            let moved = Tensor::from_data(TensorData::new(moved, old.dims()), &old.device());
            moved.set_require_grad(old.is_require_grad())
        })
    }
}

fn scattered<M: Module>(network: M) -> M {
    network.map(&mut Scatter(stream("scattered")))
}

fn check_generator(mut generator: impl Generator, shape: [usize; 3]) {
    assert_eq!(generator.image_shape(), shape);
    let images = generator.forward(normals([BATCH, generator.latent_size()], "latent"), Mode::Train);
    let [c, h, w] = shape;
    assert_eq!(images.dims(), [BATCH, c, h, w]);
    let pixels = values(&images);
    assert!(pixels.iter().all(|pixel| pixel.is_finite()), "a pixel is not finite");
    assert!(pixels.iter().any(|pixel| *pixel != pixels[0]), "all pixels are equal");
    assert_reaches_all(&generator, contract(images));
}

fn check_discriminator(mut discriminator: impl Discriminator, [c, h, w]: [usize; 3]) {
    let logits = discriminator.logits(normals([BATCH, c, h, w], "images").tanh(), &[], Mode::Train);
    assert_eq!(logits.dims(), [BATCH]);
    assert_reaches_all(&discriminator, contract(logits));
}

/// Does both checks with a GAN whose images have this shape.
struct CheckBoth([usize; 3]);

impl GanVisitor for CheckBoth {
    type Output = ();

    fn visit<A: Architecture>(self, architecture: A) {
        check_generator(scattered(architecture.init_generator(&mut stream("g"), &training())), self.0);
        check_discriminator(scattered(architecture.init_discriminator(&mut stream("d"), &training())), self.0);
    }
}

/// Every GAN of the registry: at all of its sizes, or at two where it has any.
#[test]
fn every_gan_has_the_right_shapes_and_learns_with_every_parameter() {
    for kind in NetworkKind::of_role(Role::Gan) {
        let sizes: Vec<usize> = match kind.sizes() {
            Sizes::Of(sizes) => sizes.to_vec(),
            _ => [28, 32].into_iter().filter(|size| kind.sizes().contains(*size)).collect(),
        };
        for size in sizes {
            for channels in [1, 3] {
                let settings = small(size, channels);
                kind.check(&settings).unwrap();
                kind.visit_gan(&settings, CheckBoth([channels, size, size])).unwrap();
            }
        }
    }
}

/// R3GAN ends with a convolution, these with a tanh.
#[test]
fn images_of_networks_that_end_with_a_tanh_stay_in_their_range() {
    for kind in [NetworkKind::Dcgan, NetworkKind::Sngan, NetworkKind::Mlp] {
        let largest = kind.visit_gan(&small(32, 3), LargestPixel).unwrap();
        assert!(largest > 0.99 && largest <= 1.0, "{kind}: {largest}");
    }
}

/// The largest absolute value of images whose latents are so large that nothing else would keep them in `[-1, 1]`.
struct LargestPixel;

impl GanVisitor for LargestPixel {
    type Output = f32;

    fn visit<A: Architecture>(self, architecture: A) -> f32 {
        let mut generator = scattered(architecture.init_generator(&mut stream("g"), &training()));
        let latents = normals([BATCH, generator.latent_size()], "latent") * 1e6;
        values(&generator.forward(latents, Mode::Eval)).iter().fold(0.0, |largest, pixel| pixel.abs().max(largest))
    }
}

fn small(size: usize, channels: usize) -> NetworkSettings {
    NetworkSettings { size, channels, width: 3, hidden: 6, latent: 5, ..NetworkSettings::default() }
}

#[test]
fn self_attention_learns_with_every_parameter() {
    let settings = NetworkSettings { attention: 16, ..small(32, 3) };
    NetworkKind::Sngan.visit_gan(&settings, CheckBoth([3, 32, 32])).unwrap();
}

/// All norms and forms of weights of both networks.
#[test]
fn every_kind_of_dcgan_has_the_right_shapes_and_learns_with_every_parameter() {
    let shape = [3, 32, 32];
    let plain = DcganConfig::new(32).with_width(2).with_latent(5).with_references(BATCH);
    for norm in [NormKind::Layer, NormKind::Instance, NormKind::Group, NormKind::Virtual, NormKind::None] {
        let mut discriminator = plain.with_norm(norm).init_discriminator(&mut stream("d"), &training());
        discriminator.set_reference_batch(&normals([BATCH, 3, 32, 32], "reference").tanh());
        check_discriminator(discriminator, shape);
    }
    for norm in [GeneratorNormKind::Pixel, GeneratorNormKind::None] {
        check_generator(plain.with_generator_norm(norm).init_generator(&mut stream("g"), &training()), shape);
    }
    for weight in [WeightKind::Spectral, WeightKind::WeightNorm, WeightKind::Equalized] {
        let config = plain.with_norm(NormKind::None).with_weight(weight).with_generator_weight(weight);
        let config = config.with_minibatch_std(true);
        check_generator(config.init_generator(&mut stream("g"), &training()), shape);
        check_discriminator(config.init_discriminator(&mut stream("d"), &training()), shape);
        let mlp = MlpConfig::new(shape).with_hidden(6).with_latent(5).with_weight(weight).with_minibatch_std(true);
        check_discriminator(mlp.init_discriminator(&mut stream("d"), &training()), shape);
    }
}

#[test]
fn autoencoders_give_energies_and_learn_with_every_parameter() {
    let config = DcganConfig::new(32).with_width(2).with_latent(5);
    for distance in [ReconstructionDistance::Absolute, ReconstructionDistance::Squared] {
        let encoder = config.init_encoder(5, &mut stream("d"), &training());
        let decoder = config.init_generator(&mut stream("g"), &training());
        let mut autoencoder = Autoencoder::new(encoder, decoder, distance);
        let images = Dual::constant(normals([BATCH, 3, 32, 32], "images").tanh());
        let output = autoencoder.forward(images, &[], Mode::Train);
        assert_eq!((output.logits.dims(), output.features.dims()), ([BATCH], [BATCH, 5, 1, 1]));
        assert!(values(&output.logits.value).iter().all(|logit| *logit < 0.0), "an energy is positive");
        check_discriminator(autoencoder, [3, 32, 32]);
    }
}

/// Several images are stacked by their channels.
#[test]
fn packed_networks_take_as_many_times_the_channels() {
    check_discriminator(
        DcganConfig::new(32).with_width(2).packed(2).init_discriminator(&mut stream("d"), &training()),
        [6, 32, 32],
    );
    check_discriminator(
        MlpConfig::new([1, 28, 28]).with_hidden(6).packed(3).init_discriminator(&mut stream("d"), &training()),
        [3, 28, 28],
    );
}

/// Each conditioning with each architecture: logits depend on the label, or a head predicts it.
#[test]
fn conditional_discriminators_depend_on_the_class_or_predict_it() {
    for kind in NetworkKind::of_role(Role::Gan) {
        kind.visit_gan(&small(32, 1), CheckConditional).unwrap();
    }
}

struct CheckConditional;

impl GanVisitor for CheckConditional {
    type Output = ();

    fn visit<A: Architecture>(self, architecture: A) {
        check_conditional(architecture);
    }
}

fn check_conditional(architecture: impl Architecture) {
    let images = normals([BATCH, 1, 32, 32], "images").tanh();
    let q_network = DcganConfig::new(32).with_width(2).with_channels(1);
    for conditioning in [
        Conditioning::Concatenation,
        Conditioning::Projection,
        Conditioning::Head { codes: 2 },
        Conditioning::QNetwork { network: q_network, codes: 2 },
    ] {
        let plain = WeightKind::Plain;
        let mut network =
            scattered(Conditional::new(architecture, conditioning, 4, plain, &mut stream("d"), &training()));
        let mut logits = |classes: [usize; BATCH]| {
            let output = network.forward(Dual::constant(images.clone()), &classes, Mode::Train);
            (output.logits.value, network.predict(&images, Some(output.features.value), Mode::Train))
        };
        let ((first, predicted), (other, _)) = (logits([0, 1, 3]), logits([0, 2, 3]));
        let (first_values, other) = (values(&first), values(&other));
        let loss = match (conditioning, predicted) {
            (Conditioning::Head { codes } | Conditioning::QNetwork { codes, .. }, Some(predicted)) => {
                assert_eq!((predicted.dims(), &first_values), ([BATCH, 4 + codes], &other));
                contract(first) + contract(predicted)
            }
            (_, None) => {
                assert!(first_values[1] != other[1], "{conditioning:?} does not depend on the class");
                contract(first)
            }
            (_, Some(_)) => panic!("{conditioning:?} has no head"),
        };
        // Classes that no image has learn nothing.
        let gradients = loss.backward();
        let mut reached = Reached(&gradients, 0);
        network.visit(&mut reached);
        let missed = if conditioning == Conditioning::Projection { network.feature_shape()[0] } else { 0 };
        assert!(reached.1 + missed >= parameter_count(&network), "{conditioning:?}");
    }
}

/// Counts the values that have a gradient.
struct Reached<'a>(&'a Gradients, usize);

impl ModuleVisitor for Reached<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.1 += param.val().grad(self.0).map_or(0, |gradient| gradient.shape().num_elements());
    }
}

/// The papers' networks; counts as scripts/reference/modern.py finds them in PyTorch.
#[test]
fn sngan_and_r3gan_at_their_defaults_have_the_known_number_of_parameters() {
    let (g, d) = (&mut stream("g"), &mut stream("d"));
    for (size, of_g, of_d) in [(32, 4_276_739, 1_053_825), (64, 12_220_675, 10_141_441)] {
        let config = SnganConfig::new(size).with_weight(WeightKind::Plain);
        assert_eq!(parameter_count(&config.init_generator(g, &training())), of_g);
        assert_eq!(parameter_count(&config.init_discriminator(d, &training())), of_d);
    }
    let config = R3ganConfig::new(256);
    assert_eq!(parameter_count(&config.init_generator(g, &training())), 29_527_584);
    assert_eq!(parameter_count(&config.init_discriminator(d, &training())), 29_479_200);
}

#[test]
fn lenet_has_the_right_shapes_and_learns_with_every_parameter() {
    let network = LeNet::new(&mut stream("lenet"), &training());
    let (features, logits) = network.forward(normals([BATCH, 1, LeNet::SIZE, LeNet::SIZE], "images"));
    assert_eq!((features.dims(), logits.dims()), ([BATCH, LeNet::FEATURES], [BATCH, LeNet::CLASSES]));
    assert!(values(&features).iter().all(|value| *value >= 0.0), "features come after their ReLU");
    assert_reaches_all(&network, contract(logits));
}

/// The paper's DCGAN for 64×64 RGB, as PyTorch's tutorial builds it.
#[test]
fn dcgan_at_its_defaults_has_the_known_number_of_parameters() {
    let config = DcganConfig::new(64);
    let (g, d) = (&mut stream("g"), &mut stream("d"));
    // The tutorial's last layers have no bias: 3,576,704 and 2,765,568.
    assert_eq!(parameter_count(&config.init_generator(g, &training())), 3_576_704 + 3);
    assert_eq!(parameter_count(&config.init_discriminator(d, &training())), 2_765_568 + 64 + 1);
}

#[test]
fn networks_are_a_function_of_the_stream() {
    let config = DcganConfig::new(28).with_width(2);
    let first = |name: &str| {
        let mut generator = config.init_generator(&mut stream(name), &training());
        values(&generator.forward(normals([1, 100], "latent"), Mode::Eval))
    };
    assert_eq!(first("g"), first("g"));
    assert_ne!(first("g"), first("other"));
}

#[test]
fn evaluation_treats_each_image_independently() {
    let config = DcganConfig::new(32).with_width(2);
    let mut discriminator = config.init_discriminator(&mut stream("d"), &training());
    let images = normals([4, 3, 32, 32], "images");
    let together = values(&discriminator.logits(images.clone(), &[], Mode::Eval));
    let apart = values(&discriminator.logits(images.narrow(0, 1, 1), &[], Mode::Eval));
    assert!((together[1] - apart[0]).abs() < 1e-6, "{} in a batch, {} alone", together[1], apart[0]);
}
