//! Every network of the registry, whichever it is: documentation, settings, sizes, shapes and parameters.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::{Device, Tensor, TensorData};
use gannet_choice::Choice;
use gannet_nn::architectures::AnyNetwork;
use gannet_nn::{
    Architecture, Classifier, ClassifierConfig, ClassifierVisitor, Discriminator, DiscriminatorConfig,
    DiscriminatorKind, DiscriminatorSettings, DiscriminatorVisitor, GanVisitor, Generator, GeneratorNormKind, Mode,
    NetworkKind, NetworkSettings, NormKind, Role, Sizes, Translator, TranslatorConfig, TranslatorVisitor,
    parameter_count,
};
use gannet_ops::random::Stream;

const BATCH: usize = 2;
/// The keys of a recipe's `[model]` section that some network or discriminator may read.
const KEYS: [&str; 12] = [
    "latent",
    "width",
    "hidden",
    "norm",
    "generator_norm",
    "weight",
    "generator_weight",
    "minibatch_std",
    "blocks",
    "stages",
    "n_layers",
    "attention",
];

fn device() -> Device {
    gannet_ops::device::device("cpu").unwrap()
}

fn stream(name: &str) -> Stream {
    Stream::new(0, name, 0)
}

fn images(shape: [usize; 4]) -> Tensor<4> {
    let values = stream("images").normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), &device()).tanh()
}

fn assert_learns(name: &str, network: &(impl Module + ModuleDisplay)) {
    assert!(parameter_count(network) > 0, "{name} has no parameters");
}

/// The smallest size, of at least 8 pixels, that a network can be trained on.
fn smallest(kind: NetworkKind) -> usize {
    (8..=512).find(|size| kind.sizes().contains(*size)).unwrap_or_else(|| panic!("{kind} has no size"))
}

/// Small settings that `kind` accepts.
fn small(kind: NetworkKind) -> NetworkSettings {
    let small = NetworkSettings { size: smallest(kind), width: 4, hidden: 6, blocks: 1, ..NetworkSettings::default() };
    let channels = [1, 3]
        .into_iter()
        .find(|channels| kind.check(&NetworkSettings { channels: *channels, ..small.clone() }).is_ok());
    let channels = channels.unwrap_or_else(|| panic!("{kind} accepts neither one channel nor three"));
    NetworkSettings { channels, classes: if kind.role() == Role::Classifier { 7 } else { 0 }, ..small }
}

struct Gan<'a>(&'a NetworkSettings);

impl GanVisitor for Gan<'_> {
    type Output = ();

    fn visit<A: Architecture>(self, architecture: A) {
        let NetworkSettings { channels, size, latent, .. } = *self.0;
        let mut generator = architecture.init_generator(&mut stream("g"), &device());
        assert_learns(A::NAME, &generator);
        assert_eq!((generator.latent_size(), generator.image_shape()), (latent, [channels, size, size]), "{}", A::NAME);
        let noise = Tensor::from_data(TensorData::new(stream("z").normals(BATCH * latent), [BATCH, latent]), &device());
        assert_eq!(generator.forward(noise, Mode::Train).dims(), [BATCH, channels, size, size], "{}", A::NAME);
        for pack in [1, 2] {
            let mut discriminator = architecture.packed(pack).init_discriminator(&mut stream("d"), &device());
            assert_learns(A::NAME, &discriminator);
            let images = gannet_ops::dual::Dual::constant(images([BATCH, pack * channels, size, size]));
            let output = discriminator.forward(images, &[], Mode::Train);
            let [f, h, w] = discriminator.feature_shape();
            assert_eq!((output.logits.dims(), output.features.dims()), ([BATCH], [BATCH, f, h, w]), "{}", A::NAME);
            assert!(generator.activations() > 0 && discriminator.activations() > 0, "{}", A::NAME);
        }
    }
}

struct Translate<'a>(&'a NetworkSettings);

impl TranslatorVisitor for Translate<'_> {
    type Output = ();

    fn visit<C: TranslatorConfig>(self, config: C) {
        let mut network = config.init(&mut stream("g"), &device());
        assert_learns(C::NAME, &network);
        let NetworkSettings { channels, size, .. } = *self.0;
        // Upscalers are trained on images of the size that they generate.
        let (size, scale) = (size / network.scale(), network.scale());
        assert!(size.is_multiple_of(network.multiple()) && size >= network.smallest(), "{}", C::NAME);
        let [from, to] = network.channels();
        assert_eq!(to, channels, "{}", C::NAME);
        let input = images([BATCH, from, size, size]);
        let output = network.translate(input.clone(), Mode::Train, None);
        assert_eq!(output.dims(), [BATCH, to, scale * size, scale * size], "{}", C::NAME);
        let maps = network.encode(input, Mode::Train).into_iter().map(|map| map.dims()[1]);
        assert_eq!(maps.collect::<Vec<_>>(), config.encoder_channels(), "{}", C::NAME);
        assert!(network.activations(size) > 0, "{}", C::NAME);
    }
}

struct Classify<'a>(&'a NetworkSettings);

impl ClassifierVisitor for Classify<'_> {
    type Output = ();

    fn visit<C: ClassifierConfig>(self, config: C) {
        let mut network = config.init(&mut stream("c"), &device());
        assert_learns(C::NAME, &network);
        let [c, h, w] = network.image_shape();
        assert_eq!([c, h, w], [self.0.channels, self.0.size, self.0.size], "{}", C::NAME);
        let (features, logits) = network.classify(images([BATCH, c, h, w]), Mode::Train);
        let expected = ([BATCH, config.features()], [BATCH, config.classes()]);
        assert_eq!((features.dims(), logits.dims()), expected, "{}", C::NAME);
        assert!(network.activations() > 0, "{}", C::NAME);
    }
}

#[test]
fn every_network_builds_at_its_smallest_size_and_has_its_shapes() {
    for kind in NetworkKind::ALL.iter().copied() {
        let settings = small(kind);
        let network = kind.config(&settings);
        assert_eq!(network.kind(), Some(kind));
        match kind.role() {
            Role::Gan => kind.visit_gan(&settings, Gan(&settings)).unwrap(),
            Role::Classifier => kind.visit_classifier(&settings, Classify(&settings)).unwrap(),
            Role::FeatureDecoder => {
                let AnyNetwork::Adain(config) = network else { panic!("{kind} is another decoder") };
                let decoder = config.init(&mut stream("d"), &device());
                assert_learns("adain", &decoder);
                let output = decoder.forward(Tensor::ones([BATCH, 128, 2, 3], &device()));
                assert_eq!(output.dims(), [BATCH, 3, 2 * decoder.scale(), 3 * decoder.scale()]);
            }
            Role::Translator | Role::Upscaler | Role::Inpainter | Role::Stylizer => {
                kind.visit_translator(&settings, Translate(&settings)).unwrap();
            }
        }
    }
}

#[test]
fn every_role_has_a_network_and_no_network_is_used_in_another_role() {
    for role in Role::ALL.iter().copied() {
        assert_eq!(NetworkKind::first_of(role).role(), role);
    }
    for kind in NetworkKind::ALL.iter().copied() {
        let settings = small(kind);
        let results = [
            (kind.role() == Role::Gan, kind.visit_gan(&settings, Gan(&settings)).map_err(|error| error.to_string())),
            (
                kind.role() == Role::Classifier,
                kind.visit_classifier(&settings, Classify(&settings)).map_err(|error| error.to_string()),
            ),
        ];
        for (fits, result) in results {
            assert_eq!(result.is_ok(), fits, "{kind}");
            assert!(fits || result.unwrap_err().contains(&kind.config(&settings).describe()), "{kind}");
        }
    }
}

#[test]
fn every_network_refuses_other_sizes_with_the_key() {
    for kind in NetworkKind::ALL.iter().copied() {
        let other = match kind.sizes() {
            Sizes::Of(sizes) => sizes.iter().max().unwrap() + 1,
            Sizes::MultipleOf(multiple) => 8 * multiple + 1,
            Sizes::Any => continue,
        };
        let message = kind.check(&NetworkSettings { size: other, ..small(kind) }).unwrap_err();
        assert!(message.contains("data.size") && message.contains(&other.to_string()), "{message}");
        assert!(message.contains(kind.word()) && message.contains(&kind.sizes().to_string()), "{message}");
    }
}

/// Whatever the choices, a network that accepts them is built without a panic.
#[test]
fn accepted_settings_are_built() {
    for kind in NetworkKind::ALL.iter().copied() {
        let mut accepted = 0;
        for norm in NormKind::ALL.iter().copied() {
            for generator_norm in GeneratorNormKind::ALL.iter().copied() {
                let settings = NetworkSettings { norm, generator_norm, latent: 8, ..small(kind) };
                if kind.check(&settings).is_err() {
                    continue;
                }
                accepted += 1;
                assert!(!kind.config(&settings).describe().is_empty());
                if kind.role() == Role::Gan {
                    let built = kind.visit_gan(&settings, Build);
                    assert!(built.unwrap() > 0, "{kind} {norm} {generator_norm}");
                }
            }
        }
        assert!(accepted > 0, "{kind} accepts no norm");
    }
}

struct Build;

impl GanVisitor for Build {
    type Output = usize;

    fn visit<A: Architecture>(self, architecture: A) -> usize {
        let generator = architecture.init_generator(&mut stream("g"), &device());
        let discriminator = architecture.init_discriminator(&mut stream("d"), &device());
        parameter_count(&generator) + parameter_count(&discriminator)
    }
}

#[test]
fn what_networks_cannot_do_is_refused_with_the_remedy() {
    let settings = |kind| small(kind);
    for (kind, settings, remedy) in [
        (
            NetworkKind::Sngan,
            NetworkSettings { attention: 12, ..settings(NetworkKind::Sngan) },
            "set model.attention to 8 or 16",
        ),
        (
            NetworkKind::Dcgan,
            NetworkSettings { generator_norm: GeneratorNormKind::Conditional, ..settings(NetworkKind::Dcgan) },
            "set it to batch, pixel or none",
        ),
        (
            NetworkKind::Deepfill,
            NetworkSettings { size: 12, stages: 2, ..settings(NetworkKind::Deepfill) },
            "data.size must be a multiple of 8",
        ),
        (
            NetworkKind::Srvgg,
            NetworkSettings { size: 10, scale: 4, ..settings(NetworkKind::Srvgg) },
            "data.size must be a multiple of upscale.scale, 4",
        ),
        (
            NetworkKind::Johnson,
            NetworkSettings { channels: 1, ..settings(NetworkKind::Johnson) },
            "set data.channels = 3",
        ),
    ] {
        let message = kind.check(&settings).unwrap_err();
        assert!(message.contains(remedy), "{message}");
    }
}

#[test]
fn every_network_is_documented() {
    for kind in NetworkKind::ALL.iter().copied() {
        assert!(kind.doc().ends_with(").") && kind.doc().len() > 20, "{kind}: {}", kind.doc());
        let year = kind.paper().split([' ', ',', '.']).any(|word| word.len() == 4 && word.parse::<u32>().is_ok());
        assert!(year, "{kind}: {} has no year", kind.paper());
        assert!(kind.keys().iter().all(|key| KEYS.contains(key)), "{kind}: {:?}", kind.keys());
        assert_eq!(kind.word().parse::<NetworkKind>().unwrap(), kind);
    }
    for kind in DiscriminatorKind::ALL.iter().copied() {
        assert!(kind.doc().ends_with(").") && kind.paper().contains("20"), "{kind}: {}", kind.doc());
        assert!(kind.keys().iter().all(|key| KEYS.contains(key)), "{kind}: {:?}", kind.keys());
    }
    assert_eq!(DiscriminatorKind::default().word(), "patch");
}

struct Score;

impl DiscriminatorVisitor for Score {
    type Output = ();

    fn visit<C: DiscriminatorConfig>(self, config: C) {
        let mut network = config.init(&mut stream("d"), &device());
        assert_learns(C::NAME, &network);
        let images = gannet_ops::dual::Dual::constant(images([BATCH, 2, 32, 32]));
        let output = network.forward(images, &[], Mode::Train);
        let [f, h, w] = network.feature_shape();
        assert_eq!(output.features.dims(), [BATCH, f, h, w], "{}", C::NAME);
        assert!(output.logits.dims()[0].is_multiple_of(BATCH) && network.activations() > 0, "{}", C::NAME);
        assert!(!config.describe().is_empty());
    }
}

#[test]
fn every_discriminator_of_image_to_image_tasks_has_its_shapes_and_refuses_other_settings() {
    let settings = NetworkSettings { width: 4, n_layers: 2, ..NetworkSettings::default() };
    let settings = DiscriminatorSettings::new(&settings, 2);
    for kind in DiscriminatorKind::ALL.iter().copied() {
        kind.check(&settings).unwrap();
        kind.visit_discriminator(&settings, Score);
    }
    let patch = |settings| DiscriminatorKind::Patch.check(&settings).unwrap_err();
    let message = patch(DiscriminatorSettings { norm: NormKind::Layer, ..settings.clone() });
    assert!(message.contains("model.norm layer") && message.contains("batch, instance or none"), "{message}");
    let message = patch(DiscriminatorSettings { n_layers: 4, ..settings.clone() });
    assert!(message.contains("model.n_layers 4") && message.contains("set it to 3 or less"), "{message}");
    let message = DiscriminatorKind::Unet.check(&DiscriminatorSettings { size: 28, ..settings }).unwrap_err();
    assert!(message.contains("a multiple of 8"), "{message}");
}
