//! Networks from images to images, their discriminators, and the networks of PyTorch's DCGAN tutorial, all by the names that
//! their projects give to weights, against scripts/reference/translators.py: results, slopes and gradients.

use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use gannet_nn::architectures::Architecture;
use gannet_nn::architectures::autoencoder::Encoder;
use gannet_nn::architectures::cyclegan::ResnetConfig;
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_nn::architectures::pix2pix::{PatchConfig, UnetConfig};
use gannet_nn::layers::ImageNormKind;
use gannet_nn::{Discriminator, Generator, Mode, Translator, parameter_count};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_weights::{Layout, NamedTensor, load, read_weights, recognise};

use crate::brought::{check, drawn, file};
use crate::common::{Reference, assert_close, largest, training, values};

fn stream() -> Stream {
    Stream::new(0, "replaced by the file", 0)
}

fn norm(batch: bool) -> ImageNormKind {
    if batch { ImageNormKind::Batch } else { ImageNormKind::Instance }
}

fn check_translator(case: &str, mode: Mode) {
    let reference = Reference::read("translators");
    let (layout, tensors, names) = file("translators", case);
    match layout {
        Layout::Unet { channels, levels, width, batch } => {
            let config = UnetConfig::new(levels).with_channels(channels).with_width(width).with_norm(norm(batch));
            let network = load(config.init(&mut stream(), &training()), tensors).unwrap();
            check(&reference, case, network, &names, |network, images: Tensor<4>| {
                network.translate(images, mode, None)
            });
        }
        Layout::Resnet { channels, blocks, width, batch, .. } => {
            let config = ResnetConfig::new(blocks).with_channels(channels).with_width(width).with_norm(norm(batch));
            let network = load(config.init(&mut stream(), &training()), tensors).unwrap();
            check(&reference, case, network, &names, |network, images: Tensor<4>| {
                network.translate(images, mode, None)
            });
        }
        other => panic!("{case} is taken for {other:?}"),
    }
}

#[test]
fn translators_equal_pytorch() {
    for case in ["unet-5-batch", "unet-6-instance", "resnet-2-instance", "resnet-2-batch"] {
        check_translator(case, Mode::Train);
    }
    for case in ["unet-5-eval", "resnet-2-dropout"] {
        check_translator(case, Mode::Eval);
    }
}

#[test]
fn discriminators_of_patches_equal_pytorch() {
    let reference = Reference::read("translators");
    for (case, expected) in [("patch-3-batch", 3), ("patch-2-instance", 2), ("pixel-batch", 0)] {
        let (layout, tensors, names) = file("translators", case);
        let Layout::Patch { channels, halvings, width, batch } = layout else {
            panic!("{case} is taken for {layout:?}")
        };
        assert_eq!(halvings, expected, "{case}");
        let config = PatchConfig::new(32).with_channels(channels).with_halvings(halvings).with_width(width);
        let network = load(config.with_norm(norm(batch)).init(&mut stream(), &training()), tensors).unwrap();
        check(&reference, case, network, &names, |network, images: Tensor<4>| network.logits(images, Mode::Train));
    }
}

#[test]
fn the_tutorial_s_networks_equal_pytorch() {
    let reference = Reference::read("translators");
    let case = "dcgan-tutorial-g";
    let (layout, tensors, names) = file("translators", case);
    let Layout::DcganGenerator { size, channels, latent, width } = layout else { panic!("{layout:?}") };
    assert_eq!((size, channels, latent, width), (64, 3, 100, 4));
    let config = DcganConfig::new(size).with_channels(channels).with_latent(latent).with_width(width);
    let network = load(config.init_generator(&mut stream(), &training()), tensors).unwrap();
    check(&reference, case, network, &names, |network, latent: Tensor<4>| {
        let [n, z, ..] = latent.dims();
        network.forward(latent.reshape([n, z]), Mode::Eval)
    });
    let case = "dcgan-tutorial-d";
    let (layout, tensors, names) = file("translators", case);
    let Layout::DcganDiscriminator { size, channels, width } = layout else { panic!("{layout:?}") };
    assert_eq!((size, channels, width), (64, 3, 4));
    let config = DcganConfig::new(size).with_channels(channels).with_width(width);
    let network = load(config.init_discriminator(&mut stream(), &training()), tensors).unwrap();
    check(&reference, case, network, &names, |network, images: Tensor<4>| network.logits(images, Mode::Eval));
}

/// As pytorch-CycleGAN-and-pix2pix prints them.
#[test]
fn parameters_are_as_many_as_the_papers_networks_have() {
    let (stream, device) = (&mut stream(), &training());
    assert_eq!(parameter_count(&UnetConfig::new(8).init(stream, device)), 54_413_955);
    assert_eq!(parameter_count(&ResnetConfig::new(9).init(stream, device)), 11_378_179);
    assert_eq!(parameter_count(&PatchConfig::new(256).with_channels(6).init(stream, device)), 2_768_705);
}

/// Dropout is drawn from the caller's stream alone, and acts on the inner levels.
#[test]
fn noise_is_the_caller_s() {
    let mut network =
        UnetConfig::new(6).with_width(2).with_norm(ImageNormKind::Instance).init(&mut stream(), &training());
    let images = drawn::<4>("noise", "input", &Tensor::zeros([2, 3, 64, 64], &training()));
    let mut made = |seed: Option<u64>| {
        let mut noise = seed.map(|seed| Stream::new(seed, "dropout", 0));
        values(&network.translate(images.clone(), Mode::Train, noise.as_mut()))
    };
    assert_eq!(made(None), made(None));
    assert_eq!(made(Some(1)), made(Some(1)));
    assert_ne!(made(Some(1)), made(Some(2)));
    assert_ne!(made(Some(1)), made(None));
}

/// The tensors of a genuine file, where there is one.
fn genuine(name: &str) -> Option<(Layout, Vec<NamedTensor>)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("GANNET_DATA").map_or_else(beside, PathBuf::from);
    let path = folder.join("pytorch-weights").join(name);
    if !path.is_file() {
        println!("skipped: no {}", path.display());
        return None;
    }
    Some(recognise(read_weights(&path).unwrap().0).unwrap())
}

#[test]
fn the_mlp_gan_s_files_give_what_pytorch_gives() {
    let (Some(g), Some(d)) = (genuine("mlp-gan-G.ckpt"), genuine("mlp-gan-D.ckpt")) else { return };
    let reference = Reference::read("brought");
    let config = MlpConfig::new([1, 28, 28]);
    assert_eq!(g.0, Layout::Mlp { inputs: 64, hidden: 256, depth: 2, outputs: 784 });
    let mut generator = load(config.init_generator(&mut stream(), &training()), g.1).unwrap();
    let images = generator.forward(reference.tensor("latent"), Mode::Eval);
    assert_close("images", &values(&images), reference.values("images"), 1e-5);
    assert_eq!(d.0, Layout::Mlp { inputs: 784, hidden: 256, depth: 2, outputs: 1 });
    let mut discriminator = load(config.init_discriminator(&mut stream(), &training()), d.1).unwrap();
    let images = reference.tensor::<2>("images").reshape([4, 1, 28, 28]);
    let expected = reference.values("logits");
    let found = values(&discriminator.logits(images, Mode::Eval));
    assert_close("logits", &found, expected, 1e-5 * largest(expected).max(1.0));
}

#[test]
fn the_vae_s_file_gives_what_pytorch_gives() {
    let Some((layout, tensors)) = genuine("vae-mnist.pth") else { return };
    assert_eq!(layout, Layout::Vae { pixels: 784, hidden: 400, code: 20 });
    let reference = Reference::read("brought");
    let part = |name: &str| {
        let own = |tensor: &NamedTensor| Some((tensor.name.strip_prefix(name)?.to_owned(), tensor.clone()));
        tensors.iter().filter_map(own).map(|(name, tensor)| NamedTensor { name, ..tensor }).collect()
    };
    let config = MlpConfig::new([1, 28, 28]).with_hidden(400).with_latent(20).with_depth(1).rectified();
    let mut encoder = load(config.init_encoder(40, &mut stream(), &training()), part("encoder.")).unwrap();
    let mut decoder = load(config.init_generator(&mut stream(), &training()), part("decoder.")).unwrap();
    let images = reference.tensor::<2>("vae.images").reshape([4, 1, 28, 28]) * 2.0 - 1.0;
    let (codes, _) = encoder.encode(Dual::constant(images), Mode::Eval);
    let half = |at: usize| codes.value.clone().narrow(1, at * 20, 20);
    assert_close("mean", &values(&half(0)), reference.values("vae.mean"), 1e-5);
    assert_close("log_variance", &values(&half(1)), reference.values("vae.log_variance"), 1e-5);
    let decoded = decoder.forward(half(0), Mode::Eval) * 0.5 + 0.5;
    assert_close("decoded", &values(&decoded), reference.values("vae.decoded"), 1e-5);
}

#[test]
fn a_file_of_another_network_is_told_from_its_names() {
    let tensor = NamedTensor { name: "conv1.weight".into(), shape: vec![2, 2], values: vec![0.0; 4] };
    let error = recognise(vec![tensor]).unwrap_err().to_string();
    assert!(error.contains("conv1.weight") && error.contains("pix2pix"), "{error}");
}
