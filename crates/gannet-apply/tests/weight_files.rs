//! Files of other projects' networks, from the file to an enlarged picture.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use gannet_apply::translator::{TrainedTranslator, TranslatorWeights};
use gannet_data::ImageBuffer;
use gannet_weights::{NamedTensor, safetensors_bytes};
use image::{DynamicImage, RgbImage, RgbaImage};

fn device() -> Device {
    gannet_apply::device("cpu").unwrap()
}

/// A convolution with small weights, some of them below zero.
fn conv(name: &str, output: usize, input: usize) -> [NamedTensor; 2] {
    let tensor = |what: &str, shape: Vec<usize>| NamedTensor {
        name: format!("{name}.{what}"),
        values: (0..shape.iter().product()).map(|at: usize| ((at * 37) % 19) as f32 / 190.0 - 0.04).collect(),
        shape,
    };
    [tensor("weight", vec![output, input, 3, 3]), tensor("bias", vec![output])]
}

/// The names that a version of ESRGAN's code gives to its layers.
struct Layout {
    first: &'static str,
    behind: &'static str,
    double: Vec<&'static str>,
    last: [&'static str; 2],
    /// By the numbers of a block, of its dense block, and of that one's convolution, the latter two from 1.
    dense: fn(usize, usize, usize) -> String,
}

fn sequence(double: Vec<&'static str>, last: [&'static str; 2]) -> Layout {
    let dense = |block, dense, conv| format!("model.1.sub.{block}.RDB{dense}.conv{conv}.0");
    Layout { first: "model.0", behind: "model.1.sub.2", double, last, dense }
}

fn release() -> Layout {
    let dense = |block, dense, conv| format!("RRDB_trunk.{block}.RDB{dense}.conv{conv}");
    let double = vec!["upconv1", "upconv2"];
    Layout { first: "conv_first", behind: "trunk_conv", double, last: ["HRconv", "conv_last"], dense }
}

fn present() -> Layout {
    let dense = |block, dense, conv| format!("body.{block}.rdb{dense}.conv{conv}");
    let double = vec!["conv_up1", "conv_up2"];
    Layout { first: "conv_first", behind: "conv_body", double, last: ["conv_hr", "conv_last"], dense }
}

/// ESRGAN with two blocks of width 4 that grow by 2.
fn esrgan(layout: &Layout, channels: usize) -> Vec<NamedTensor> {
    esrgan_between(layout, [channels, channels])
}

/// ESRGAN from and to these channels.
fn esrgan_between(layout: &Layout, [from, to]: [usize; 2]) -> Vec<NamedTensor> {
    let (width, growth) = (4, 2);
    let mut tensors = conv(layout.first, width, from).to_vec();
    for (block, dense) in (0..2).flat_map(|block| (1..4).map(move |dense| (block, dense))) {
        for at in 0..5 {
            let output = if at < 4 { growth } else { width };
            tensors.extend(conv(&(layout.dense)(block, dense, at + 1), output, width + at * growth));
        }
    }
    let inner = [&[layout.behind], &layout.double[..], &layout.last[..1]].concat();
    tensors.extend(inner.into_iter().flat_map(|name| conv(name, width, width)));
    let [weight, mut bias] = conv(layout.last[1], to, width);
    // In the middle of the range, where nothing is clipped.
    bias.values.fill(0.5);
    tensors.extend([weight, bias]);
    tensors
}

fn write(folder: &Path, tensors: &[NamedTensor]) -> PathBuf {
    let path = folder.join("net.safetensors");
    std::fs::write(&path, safetensors_bytes(tensors, "")).unwrap();
    path
}

fn open(tensors: &[NamedTensor]) -> TrainedTranslator {
    let folder = tempfile::tempdir().unwrap();
    TranslatorWeights::read(&write(folder.path(), tensors)).unwrap().build(&device()).unwrap()
}

/// A picture of 6 × 5 pixels whose left half is transparent.
fn picture() -> ImageBuffer {
    let pixel = |x: u32, y: u32| image::Rgba([40 * x as u8, 30 * y as u8, 90, if x < 3 { 0 } else { 255 }]);
    ImageBuffer::from_image(DynamicImage::ImageRgba8(RgbaImage::from_fn(6, 5, pixel)))
}

/// An opaque picture of 6 × 5 pixels.
fn opaque_picture() -> ImageBuffer {
    let pixel = |x: u32, y: u32| image::Rgb([40 * x as u8, 30 * y as u8, 90]);
    ImageBuffer::from_image(DynamicImage::ImageRgb8(RgbImage::from_fn(6, 5, pixel)))
}

/// The values of one channel.
fn channel(picture: &ImageBuffer, channel: usize) -> Vec<f32> {
    let places = (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (y, x)));
    places.map(|(y, x)| picture.at(channel, y, x)).collect()
}

/// The three layouts name the same network.
#[test]
fn esrgan_loads_under_all_of_its_names() {
    let red = |layout: &Layout| {
        let network = open(&esrgan(layout, 3));
        assert_eq!(network.scale(), 4, "{}", network.about());
        channel(&network.upscale(&opaque_picture(), 0).0, 0)
    };
    let expected = red(&present());
    assert_eq!(red(&release()), expected);
    assert_eq!(red(&sequence(vec!["model.3", "model.6"], ["model.8", "model.10"])), expected);
}

/// ESRGAN's training code leaves upsamplings out for smaller scales, and adds some for larger ones.
#[test]
fn esrgan_s_first_names_give_the_scale_by_their_upsamplings() {
    for (double, last, scale) in [
        (vec![], ["model.2", "model.4"], 1),
        (vec!["model.3"], ["model.5", "model.7"], 2),
        (vec!["model.3", "model.6", "model.9"], ["model.11", "model.13"], 8),
    ] {
        let network = open(&esrgan(&sequence(double, last), 3));
        let large = network.upscale(&opaque_picture(), 0).0;
        assert_eq!((network.scale(), large.width, large.height), (scale, 6 * scale, 5 * scale));
    }
}

/// A network of four channels enlarges alpha, too; a picture without alpha is opaque for it.
#[test]
fn a_network_of_four_channels_gets_and_gives_alpha() {
    let network = open(&esrgan(&present(), 4));
    let large = network.upscale(&picture(), 0).0;
    assert_eq!((large.channels, large.width), (4, 24));
    let cubic = open(&esrgan(&present(), 3)).upscale(&picture(), 0).0;
    assert_ne!(channel(&large, 3), channel(&cubic, 3), "the network's alpha");
    assert_eq!(network.upscale(&opaque_picture(), 0).0.channels, 3);
}

/// One more channel of the input is alpha, not the mask of an inpainting network.
#[test]
fn a_network_from_four_channels_to_three_gets_alpha_and_gives_colors() {
    let network = open(&esrgan_between(&present(), [4, 3]));
    assert!(!network.inpaints() && network.channels() == [4, 3]);
    let large = network.upscale(&picture(), 0).0;
    let cubic = open(&esrgan(&present(), 3)).upscale(&picture(), 0).0;
    assert_eq!((large.channels, channel(&large, 3)), (4, channel(&cubic, 3)));
    assert_ne!(channel(&large, 0), channel(&cubic, 0), "the network sees alpha");
}

/// The moving average of a checkpoint is used, and the line about the network says so.
#[test]
fn a_checkpoint_says_which_of_its_networks_is_used() {
    let under = |key: &'static str| {
        let named = move |tensor: NamedTensor| NamedTensor { name: format!("{key}.module.{}", tensor.name), ..tensor };
        esrgan(&present(), 3).into_iter().map(named)
    };
    let network = open(&under("params").chain(under("params_ema")).collect::<Vec<_>>());
    assert!(network.about().ends_with("under params_ema (without params)"), "{}", network.about());
}

/// Real-ESRGAN's compact network without weights repeats pixels exactly.
#[test]
fn zero_weights_repeat_pixels() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gannet-cli/tests/cases/nearest4.pth");
    let network = TranslatorWeights::read(&path).unwrap().build(&device()).unwrap();
    let (small, large) = (opaque_picture(), network.upscale(&opaque_picture(), 0).0);
    for (y, x) in (0..20).flat_map(|y| (0..24).map(move |x| (y, x))) {
        for color in 0..3 {
            let [large, small] = [large.at(color, y, x), small.at(color, y / 4, x / 4)].map(|value| 255.0 * value);
            assert_eq!(large.round(), small.round(), "{y} {x}");
        }
    }
}

/// A sound file is not called damaged; another kind of file is named.
#[test]
fn other_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| TranslatorWeights::read(path).err().unwrap().to_string();
    let text = message(&write(folder.path(), &conv("stem.0", 4, 3)));
    assert!(text.contains("net.safetensors can be read: it holds 2 tensors, such as stem.0.bias"), "{text}");
    assert!(!text.contains("damaged") && !text.contains("nearest"), "{text}");
    let path = folder.path().join("net.pth");
    std::fs::write(&path, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n").unwrap();
    assert!(message(&path).contains("is a Git LFS pointer"), "{}", message(&path));
    std::fs::write(&path, "not weights at all").unwrap();
    assert!(message(&path).contains("is a text file, not weights"), "{}", message(&path));
}
