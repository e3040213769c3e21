//! Files whose names and shapes are changed at random: each is recognized and computes, or is refused in words. None asks for more
//! memory than it is large.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use gannet_nn::architectures::{AnyDiscriminator, AnyNetwork};
use gannet_nn::extractors::dinov2::DinoV2;
use gannet_nn::extractors::frozen::Weights;
use gannet_nn::extractors::lpips::Lpips;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_nn::extractors::{Extractor, classifier};
use gannet_nn::{
    Architecture, Discriminator, DiscriminatorConfig, DiscriminatorVisitor, GanVisitor, Generator, Mode, Part,
    Recognized, Translator, TranslatorConfig, TranslatorVisitor, recognize,
};
use gannet_ops::random::Stream;
use gannet_weights::{NamedTensor, load};

use crate::foreign_file::cases;

/// The case that holds two networks.
const VAE: &str = "vae";
/// Mutations of each file.
const MUTATIONS: u64 = 300;
/// Sizes that a mutated axis may have.
const SIZES: [usize; 12] = [0, 1, 2, 3, 4, 5, 7, 16, 60, 1000, 100_000, 70_000_000];
/// Most values of a tensor whose values are made; one that claims more has none.
const MOST: usize = 1 << 20;

fn device() -> Device {
    gannet_ops::device::device("cpu").unwrap()
}

fn tensor(name: &str, mut shape: Vec<usize>) -> NamedTensor {
    let count = shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size));
    if count.is_none_or(|count| count > MOST) {
        shape[0] = 0;
    }
    NamedTensor { name: name.to_owned(), values: vec![0.01; shape.iter().product()], shape }
}

/// Changes a tensor, removes it, or adds another with a number in its name.
fn mutate(tensors: &mut Vec<NamedTensor>, stream: &mut Stream) {
    let at = stream.below(tensors.len());
    let NamedTensor { name, mut shape, .. } = tensors[at].clone();
    match stream.below(8) {
        0 => {
            tensors.swap_remove(at);
        }
        1 => {
            shape.pop();
            tensors[at] = tensor(&name, shape);
        }
        2 => {
            shape.push(SIZES[stream.below(SIZES.len())]);
            tensors[at] = tensor(&name, shape);
        }
        3 => {
            let number = SIZES[stream.below(SIZES.len())];
            let digits = |character: char| character.is_ascii_digit();
            let renamed = name.replacen(digits, &number.to_string(), 1);
            tensors.push(tensor(&renamed, shape));
        }
        _ if !shape.is_empty() => {
            let axis = stream.below(shape.len());
            shape[axis] = SIZES[stream.below(SIZES.len())];
            tensors[at] = tensor(&name, shape);
        }
        _ => {}
    }
}

/// Loads the tensors into the network, and computes one image where they fit; says whether they do.
struct Use {
    part: Part,
    tensors: Vec<NamedTensor>,
}

impl TranslatorVisitor for Use {
    type Output = bool;

    fn visit<C: TranslatorConfig>(self, config: C) -> bool {
        let network = load(config.init(&mut Stream::placeholder(), &device()), self.tensors);
        network.is_ok_and(|mut network| {
            let side = network.smallest().next_multiple_of(network.multiple());
            let images = Tensor::zeros([1, network.channels()[0], side, side], &device());
            let [_, _, h, w] = network.translate(images, Mode::Eval, None).dims();
            [h, w] == [side * network.scale(); 2]
        })
    }
}

impl GanVisitor for Use {
    type Output = bool;

    fn visit<A: Architecture>(self, architecture: A) -> bool {
        let stream = &mut Stream::placeholder();
        match self.part {
            Part::Generator => {
                load(architecture.init_generator(stream, &device()), self.tensors).is_ok_and(|generator| {
                    generator.generate(Tensor::zeros([1, architecture.latent()], &device())).dims()[0] == 1
                })
            }
            _ => load(architecture.init_discriminator(stream, &device()), self.tensors).is_ok(),
        }
    }
}

impl DiscriminatorVisitor for Use {
    type Output = bool;

    fn visit<C: DiscriminatorConfig>(self, config: C) -> bool {
        let network = load(config.init(&mut Stream::placeholder(), &device()), self.tensors);
        network.is_ok_and(|network| network.feature_shape()[0] > 0)
    }
}

/// Whether the tensors are a network that computes.
fn is_usable(tensors: Vec<NamedTensor>) -> bool {
    let Ok(Recognized { config, part, tensors, .. }) = recognize(tensors) else { return false };
    let tool = Use { part, tensors };
    match config {
        AnyNetwork::Discriminator(AnyDiscriminator::Patch(config)) => DiscriminatorVisitor::visit(tool, config),
        config @ (AnyNetwork::Dcgan(_) | AnyNetwork::Mlp(_)) => config.visit_gan(tool).unwrap(),
        config => config.visit_translator(tool).unwrap(),
    }
}

/// The files of PyTorch's linear layers.
fn linear_layers() -> BTreeMap<String, Vec<(String, Vec<usize>)>> {
    let layers = |layers: &[(&str, [usize; 2])]| {
        let parts = |(name, [inputs, outputs]): &(&str, [usize; 2])| {
            [(format!("{name}.weight"), vec![*outputs, *inputs]), (format!("{name}.bias"), vec![*outputs])]
        };
        layers.iter().flat_map(parts).collect()
    };
    let vae = [("fc1", [16, 8]), ("fc21", [8, 3]), ("fc22", [8, 3]), ("fc3", [3, 8]), ("fc4", [8, 16])];
    BTreeMap::from([
        ("generator".to_owned(), layers(&[("0", [4, 8]), ("2", [8, 8]), ("4", [8, 16])])),
        ("discriminator".to_owned(), layers(&[("0", [16, 8]), ("2", [8, 1])])),
        (VAE.to_owned(), layers(&vae)),
    ])
}

#[test]
fn mutated_files_are_refused_or_compute() {
    let mut refused = 0;
    let mut known = cases("known_names");
    // One of ESRGAN's namings is as good as another.
    known.retain(|case, _| !case.starts_with("rrdb") || case == "rrdb-mixed-0" || case == "rrdb-4-to-3");
    let all = [cases("enlargers"), cases("translators"), cases("spandrel_networks"), known, linear_layers()];
    for (case, shapes) in all.into_iter().flatten() {
        let whole: Vec<NamedTensor> = shapes.into_iter().map(|(name, shape)| tensor(&name, shape)).collect();
        // The two networks of the autoencoder are loaded apart.
        assert!(is_usable(whole.clone()) || case == VAE && recognize(whole.clone()).is_ok(), "{case}");
        for number in 0..MUTATIONS {
            let mut stream = Stream::new(number, &case, 0);
            let mut tensors = whole.clone();
            (0..1 + stream.below(3)).for_each(|_| mutate(&mut tensors, &mut stream));
            let outcome = std::panic::catch_unwind(|| is_usable(tensors));
            let usable = outcome.unwrap_or_else(|_| panic!("{case}, mutation {number}"));
            refused += usize::from(!usable);
        }
    }
    assert!(refused > 1000, "most mutations are refused: {refused}");
}

/// The first convolution of a small file says that the network is a million channels wide.
#[test]
fn a_network_larger_than_its_file_is_never_allocated() {
    let mut tensors: Vec<NamedTensor> =
        cases("enlargers").remove("rrdb-2-x4").unwrap().into_iter().map(|(name, shape)| tensor(&name, shape)).collect();
    for wide in tensors.iter_mut().filter(|tensor| tensor.name.starts_with("conv_first.weight")) {
        *wide = NamedTensor { shape: vec![1_000_000, 3, 1, 1], values: vec![0.0; 3_000_000], ..wide.clone() };
    }
    let message = recognize(tensors).unwrap_err().to_string();
    assert!(message.contains("width 1000000"), "{message}");
    let right = "conv_first.weight has the shape [1000000, 3, 1, 1] and should have [1000000, 3, 3, 3]";
    assert!(message.contains(right), "{message}");
}

/// Small classifiers and a vision transformer of the forms that feature extractors take.
fn extractors() -> BTreeMap<&'static str, Vec<(String, Vec<usize>)>> {
    let with_bias = |name: &str, shape: &[usize]| {
        [(format!("{name}.weight"), shape.to_vec()), (format!("{name}.bias"), vec![shape[0]])]
    };
    let norm = |name: &str, channels: usize| {
        ["weight", "bias", "running_mean", "running_var"].map(|part| (format!("{name}.{part}"), vec![channels]))
    };
    let mut alexnet = Vec::new();
    for (place, [output, input, kernel]) in
        [(0, [4, 3, 11]), (3, [4, 4, 5]), (6, [4, 4, 3]), (8, [4, 4, 3]), (10, [2, 4, 3])]
    {
        alexnet.extend(with_bias(&format!("features.{place}"), &[output, input, kernel, kernel]));
    }
    for (place, shape) in [(1, [6, 72]), (4, [6, 6]), (6, [3, 6])] {
        alexnet.extend(with_bias(&format!("classifier.{place}"), &shape));
    }
    let mut resnet = vec![("conv1.weight".to_owned(), vec![64, 3, 7, 7])];
    resnet.extend(norm("bn1", 64));
    for (layer, [input, output]) in [(1, [64, 8]), (2, [8, 8]), (3, [8, 8]), (4, [8, 8])] {
        let name = format!("layer{layer}.0");
        resnet.push((format!("{name}.conv1.weight"), vec![output, input, 3, 3]));
        resnet.push((format!("{name}.conv2.weight"), vec![output, output, 3, 3]));
        resnet.push((format!("{name}.downsample.0.weight"), vec![output, input, 1, 1]));
        resnet.extend(["bn1", "bn2", "downsample.1"].iter().flat_map(|part| norm(&format!("{name}.{part}"), output)));
    }
    resnet.extend(with_bias("fc", &[3, 8]));
    let mut dinov2 = vec![("cls_token".to_owned(), vec![1, 1, 64]), ("pos_embed".to_owned(), vec![1, 5, 64])];
    dinov2.extend(with_bias("patch_embed.proj", &[64, 3, 14, 14]));
    for (part, shape) in
        [("attn.qkv", [192, 64]), ("attn.proj", [64, 64]), ("mlp.fc1", [16, 64]), ("mlp.fc2", [64, 16])]
    {
        dinov2.extend(with_bias(&format!("blocks.0.{part}"), &shape));
    }
    for part in ["blocks.0.norm1", "blocks.0.norm2", "norm"] {
        dinov2.extend(with_bias(part, &[64]));
    }
    dinov2.extend(["ls1", "ls2"].map(|part| (format!("blocks.0.{part}.gamma"), vec![64])));
    BTreeMap::from([("alexnet", alexnet), ("resnet", resnet), ("dinov2", dinov2)])
}

/// Whether the tensors are a feature extractor that computes.
fn extracts(case: &str, tensors: Vec<NamedTensor>) -> bool {
    let weights = || {
        let parts = tensors.clone().into_iter().map(|tensor| (tensor.name, tensor.shape, tensor.values));
        Weights::new(parts, &device())
    };
    // Its maps are read by style transfer and LPIPS, too.
    let _ = (StyleFeatures::vgg(weights(), String::new()), Lpips::new(weights(), weights()));
    let extractor: Option<Box<dyn Extractor>> = match case {
        "dinov2" => DinoV2::new(weights()).ok().map(|network| Box::new(network) as Box<dyn Extractor>),
        _ => classifier::recognize(weights()).ok().map(|(network, _)| network),
    };
    extractor.is_some_and(|extractor| {
        let [c, h, w] = extractor.input();
        extractor.extract(Tensor::zeros([1, c, h, w], &device())).features.dims() == [1, extractor.features()]
    })
}

#[test]
fn mutated_files_of_feature_extractors_are_refused_or_compute() {
    let mut refused = 0;
    for (case, shapes) in extractors() {
        let whole: Vec<NamedTensor> = shapes.into_iter().map(|(name, shape)| tensor(&name, shape)).collect();
        assert!(extracts(case, whole.clone()), "{case}");
        for number in 0..MUTATIONS {
            let mut stream = Stream::new(number, case, 0);
            let mut tensors = whole.clone();
            (0..1 + stream.below(3)).for_each(|_| mutate(&mut tensors, &mut stream));
            let outcome = std::panic::catch_unwind(|| extracts(case, tensors));
            refused += usize::from(!outcome.unwrap_or_else(|_| panic!("{case}, mutation {number}")));
        }
    }
    assert!(refused > 500, "most mutations are refused: {refused}");
}
