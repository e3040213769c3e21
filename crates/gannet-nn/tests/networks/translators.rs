//! Image-to-image networks, their discriminators, and the networks of PyTorch's DCGAN tutorial, all under the names that their
//! projects give to weights, against scripts/reference/translators.py: results, slopes and gradients.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use gannet_nn::architectures::cyclegan::ResnetConfig;
use gannet_nn::architectures::pix2pix::{PatchConfig, UnetConfig};
use gannet_nn::architectures::{AnyDiscriminator, AnyNetwork};
use gannet_nn::layers::ImageNormKind;
use gannet_nn::{
    Architecture, Discriminator, DiscriminatorConfig, Encoder, Generator, Mode, NetworkKind, Part, Recognized,
    Translator, TranslatorConfig, TranslatorVisitor, parameter_count, recognize,
};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_weights::{NamedTensor, load, read_weights};

use crate::foreign_file::{check, drawn, file};
use crate::reference::{Reference, assert_close, largest, training, values};

fn stream() -> Stream {
    Stream::new(0, "replaced by the file", 0)
}

/// Loads the tensors of a case's file into the network that it was recognized as, and compares the two.
struct Case<'a> {
    case: &'a str,
    mode: Mode,
    tensors: Vec<NamedTensor>,
    names: BTreeMap<String, String>,
}

impl TranslatorVisitor for Case<'_> {
    type Output = ();

    fn visit<C: TranslatorConfig>(self, config: C) {
        let reference = Reference::read("translators");
        let network = load(config.init(&mut stream(), &training()), self.tensors).unwrap();
        check(&reference, self.case, network, &self.names, |network, images: Tensor<4>| {
            network.translate(images, self.mode, None)
        });
    }
}

#[test]
fn translators_equal_pytorch() {
    for (case, kind, mode) in [
        ("unet-5-batch", NetworkKind::Unet, Mode::Train),
        ("unet-6-instance", NetworkKind::Unet, Mode::Train),
        ("resnet-2-instance", NetworkKind::Resnet, Mode::Train),
        ("resnet-2-batch", NetworkKind::Resnet, Mode::Train),
        ("unet-5-eval", NetworkKind::Unet, Mode::Eval),
        ("resnet-2-dropout", NetworkKind::Resnet, Mode::Eval),
    ] {
        let (found, names) = file("translators", case);
        assert_eq!(found.config.kind(), Some(kind), "{case}");
        found.config.visit_translator(Case { case, mode, tensors: found.tensors, names }).unwrap();
    }
}

#[test]
fn patchgan_discriminators_equal_pytorch() {
    let reference = Reference::read("translators");
    for (case, n_layers) in [("patch-3-batch", 3), ("patch-2-instance", 2), ("pixel-batch", 0)] {
        let (found, names) = file("translators", case);
        let AnyNetwork::Discriminator(AnyDiscriminator::Patch(config)) = found.config else {
            panic!("{case} is recognized as {}", found.describe())
        };
        assert_eq!(config.n_layers(), n_layers, "{case}");
        let network = load(config.init(&mut stream(), &training()), found.tensors).unwrap();
        check(&reference, case, network, &names, |network, images: Tensor<4>| network.logits(images, &[], Mode::Train));
    }
}

#[test]
fn the_tutorial_s_networks_equal_pytorch() {
    let reference = Reference::read("translators");
    let case = "dcgan-tutorial-g";
    let (found, names) = file("translators", case);
    let AnyNetwork::Dcgan(config) = found.config else { panic!("{}", found.describe()) };
    assert_eq!((found.part, config.latent()), (Part::Generator, 100));
    let network = load(config.init_generator(&mut stream(), &training()), found.tensors).unwrap();
    assert_eq!(network.image_shape(), [3, 64, 64]);
    check(&reference, case, network, &names, |network, latent: Tensor<4>| {
        let [n, z, ..] = latent.dims();
        network.forward(latent.reshape([n, z]), Mode::Eval)
    });
    let case = "dcgan-tutorial-d";
    let (found, names) = file("translators", case);
    assert_eq!(found.describe(), "the discriminator of DCGAN for 64×64 images of 3 channels, width 4");
    let AnyNetwork::Dcgan(config) = found.config else { panic!("{}", found.describe()) };
    let network = load(config.init_discriminator(&mut stream(), &training()), found.tensors).unwrap();
    check(&reference, case, network, &names, |network, images: Tensor<4>| network.logits(images, &[], Mode::Eval));
}

/// As many parameters as pytorch-CycleGAN-and-pix2pix prints.
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
    let config = UnetConfig::new(6).with_width(2).with_norm(ImageNormKind::Instance);
    assert!(config.has_dropout() && !UnetConfig::new(5).has_dropout());
    let mut network = config.init(&mut stream(), &training());
    let images = drawn::<4>("noise", "input", &Tensor::zeros([2, 3, 64, 64], &training()));
    let mut translated = |seed: Option<u64>| {
        let mut noise = seed.map(|seed| Stream::new(seed, "dropout", 0));
        values(&network.translate(images.clone(), Mode::Train, noise.as_mut()))
    };
    assert_eq!(translated(None), translated(None));
    assert_eq!(translated(Some(1)), translated(Some(1)));
    assert_ne!(translated(Some(1)), translated(Some(2)));
    assert_ne!(translated(Some(1)), translated(None));
}

/// What a genuine file holds, where there is one.
fn genuine(name: &str) -> Option<Recognized<AnyNetwork>> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("GANNET_DATA").map_or_else(default, PathBuf::from);
    let path = folder.join("pytorch-weights").join(name);
    if !path.is_file() {
        println!("skipped: no {}", path.display());
        return None;
    }
    Some(recognize(read_weights(&path).unwrap().0).unwrap())
}

#[test]
fn the_mlp_gan_s_files_give_what_pytorch_gives() {
    let (Some(g), Some(d)) = (genuine("mlp-gan-G.ckpt"), genuine("mlp-gan-D.ckpt")) else { return };
    let reference = Reference::read("brought");
    let networks = "fully connected networks for 28×28 images of 1 channel, 2 hidden layers of 256";
    assert_eq!(g.describe(), format!("the generator of {networks}"));
    assert_eq!(d.describe(), format!("the discriminator of {networks}"));
    let (AnyNetwork::Mlp(g_config), AnyNetwork::Mlp(d_config)) = (g.config, d.config) else { panic!() };
    assert_eq!(g_config.latent(), 64);
    let mut generator = load(g_config.init_generator(&mut stream(), &training()), g.tensors).unwrap();
    let images = generator.forward(reference.tensor("latent"), Mode::Eval);
    assert_close("images", &values(&images), reference.values("images"), 1e-5);
    let mut discriminator = load(d_config.init_discriminator(&mut stream(), &training()), d.tensors).unwrap();
    let images = reference.tensor::<2>("images").reshape([4, 1, 28, 28]);
    let expected = reference.values("logits");
    let found = values(&discriminator.logits(images, &[], Mode::Eval));
    assert_close("logits", &found, expected, 1e-5 * largest(expected).max(1.0));
}

#[test]
fn the_vae_s_file_gives_what_pytorch_gives() {
    let Some(found) = genuine("vae-mnist.pth") else { return };
    let networks = "fully connected networks for 28×28 images of 1 channel, 1 hidden layer of 400";
    assert_eq!(found.describe(), format!("a variational autoencoder of {networks}"));
    let AnyNetwork::Mlp(config) = found.config else { panic!() };
    assert_eq!(config.latent(), 20);
    let reference = Reference::read("brought");
    let part = |name: &str| {
        let own = |tensor: &NamedTensor| Some((tensor.name.strip_prefix(name)?.to_owned(), tensor.clone()));
        found.tensors.iter().filter_map(own).map(|(name, tensor)| NamedTensor { name, ..tensor }).collect()
    };
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

/// The message names what the file holds, the nearest network, and what that would need.
#[test]
fn a_file_of_no_known_network_is_refused_with_reasons() {
    let tensor = |name: &str, shape: &[usize]| NamedTensor {
        name: name.into(),
        shape: shape.to_vec(),
        values: vec![0.0; shape.iter().product()],
    };
    let error = recognize(vec![tensor("stem.weight", &[2, 2])]).unwrap_err().to_string();
    for part in ["one tensor, stem.weight", "fits none", "unet of pytorch-CycleGAN-and-pix2pix", "rrdb of ESRGAN"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("r3gan") && !error.contains("nearest"), "{error}");
    let near = [tensor("conv_first.weight", &[8, 3, 3, 3]), tensor("trunk.0.weight", &[8, 8, 3, 3])];
    let error = recognize(near.to_vec()).unwrap_err().to_string();
    assert!(
        error.contains("nearest is rrdb of ESRGAN and Real-ESRGAN (it has no body.0.rdb1.conv1.weight)"),
        "{error}"
    );
}

/// Checkpoints keep networks under keys; a moving average is preferred, and the description says what is left out.
#[test]
fn networks_under_the_keys_of_checkpoints_are_found() {
    let at = |key: &str| {
        let (plain, _) = file("translators", "unet-5-batch");
        let shapes = crate::foreign_file::cases("translators").remove("unet-5-batch").unwrap();
        let tensors = shapes.into_iter().map(|(name, shape)| NamedTensor {
            name: format!("{key}.{name}"),
            values: vec![0.0; shape.iter().product()],
            shape,
        });
        (plain, tensors.collect::<Vec<_>>())
    };
    for (key, place) in [
        ("params_ema", "params_ema"),
        ("params.module", "params"),
        ("state_dict", "state_dict"),
        ("model_state_dict._orig_mod", "model_state_dict"),
        ("model", "model"),
        ("state_dict.generator", "state_dict.generator"),
        ("g_ema.module._orig_mod", "g_ema"),
    ] {
        let (plain, tensors) = at(key);
        let found = recognize(tensors).unwrap();
        assert_eq!(found.describe(), format!("{}, under {place}", plain.describe()), "{key}");
        assert_eq!(found.tensors.len(), plain.tensors.len());
    }
    let both = [at("params").1, at("params_ema").1].concat();
    assert!(recognize(both).unwrap().describe().ends_with("under params_ema (without params)"));
}
