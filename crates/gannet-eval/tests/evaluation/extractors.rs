//! Frozen networks against PyTorch's, on seeded weights with the original names.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_nn::extractors::Extractor;
use gannet_nn::extractors::classifier::recognize;
use gannet_nn::extractors::dinov2::DinoV2;
use gannet_nn::extractors::frozen::Weights;
use gannet_nn::extractors::inception::{Inception, Kind};
use gannet_nn::extractors::lpips::Lpips;
use gannet_ops::device::device;
use gannet_ops::resample::{Filter, Taps, resize_plane};

use crate::seeded::{Reference, image, tensors, values};

/// Features and logits may differ by so much, relative to their mean size.
const TOLERANCE: f64 = 1e-4;

fn cpu() -> Device {
    device("cpu").unwrap()
}

/// Images number `0..count` of one size as `[n, 3, h, w]` in `[0, 255]`, at another size by TensorFlow's resize.
fn images(count: usize, [h, w]: [usize; 2], size: Option<usize>) -> Tensor<4> {
    let to = size.map_or([h, w], |size| [size; 2]);
    let taps = [Taps::new(Filter::Tf1, h, to[0]), Taps::new(Filter::Tf1, w, to[1])];
    let plane = |number: usize, channel: usize| {
        let plane: Vec<f32> = image(number, h, w).data.iter().skip(channel).step_by(3).map(|v| f32::from(*v)).collect();
        if size.is_some() { resize_plane(&plane, w, &taps[0], &taps[1]) } else { plane }
    };
    let planes = (0..count).flat_map(|number| (0..3).flat_map(move |channel| plane(number, channel)));
    Tensor::from_data(TensorData::new(planes.collect::<Vec<f32>>(), [count, 3, to[0], to[1]]), &cpu())
}

#[test]
fn inception_equals_torch_fidelity_s() {
    let reference = Reference::open("inception.safetensors");
    let network = Inception::new(Kind::Fid, Weights::from_fn(values, &cpu())).unwrap();
    for (count, size) in [(3, [40, 48]), (2, [350, 310])] {
        let name = format!("{}x{}", size[0], size[1]);
        let prepared = images(count, size, Some(Inception::SIZE));
        let [first, second, third, last] = network.levels(prepared.clone());
        reference.assert_close(&format!("{name}.64"), first, TOLERANCE);
        reference.assert_close(&format!("{name}.192"), second, TOLERANCE);
        reference.assert_close(&format!("{name}.768"), third, TOLERANCE);
        reference.assert_close(&format!("{name}.2048"), last, TOLERANCE);
        let found = network.extract(prepared);
        reference.assert_close(&format!("{name}.2048"), found.features, TOLERANCE);
        reference.assert_close(&format!("{name}.logits_unbiased"), found.logits.unwrap(), TOLERANCE);
    }
}

type Shapes = Vec<(String, Vec<usize>)>;

fn layer(shapes: &mut Shapes, name: &str, weight: &[usize], parts: &[&str]) {
    shapes.push((format!("{name}.weight"), weight.to_vec()));
    shapes.extend(parts.iter().map(|part| (format!("{name}.{part}"), vec![weight[0]])));
}

fn norm(shapes: &mut Shapes, name: &str, width: usize) {
    layer(shapes, name, &[width], &["bias", "running_mean", "running_var"]);
}

/// VGG of these widths, 0 for a pool, with `step` layers a convolution.
fn vgg(widths: &[usize], step: usize) -> Shapes {
    let (mut shapes, mut at, mut input) = (Shapes::new(), 0, 3);
    for width in widths {
        if *width == 0 {
            at += 1;
            continue;
        }
        layer(&mut shapes, &format!("features.{at}"), &[*width, input, 3, 3], &["bias"]);
        if step == 3 {
            norm(&mut shapes, &format!("features.{}", at + 1), *width);
        }
        (at, input) = (at + step, *width);
    }
    for (number, weight) in [(0, [4096, 512 * 49]), (3, [4096, 4096]), (6, [1000, 4096])] {
        layer(&mut shapes, &format!("classifier.{number}"), &weight, &["bias"]);
    }
    shapes
}

const VGG16: [usize; 18] = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0];

fn alexnet() -> Shapes {
    let mut shapes = Shapes::new();
    let convs = [
        (0, [64, 3, 11, 11]),
        (3, [192, 64, 5, 5]),
        (6, [384, 192, 3, 3]),
        (8, [256, 384, 3, 3]),
        (10, [256, 256, 3, 3]),
    ];
    for (at, weight) in convs {
        layer(&mut shapes, &format!("features.{at}"), &weight, &["bias"]);
    }
    for (number, weight) in [(1, [4096, 256 * 36]), (4, [4096, 4096]), (6, [1000, 4096])] {
        layer(&mut shapes, &format!("classifier.{number}"), &weight, &["bias"]);
    }
    shapes
}

/// A residual network: blocks of each layer, whether they are bottlenecks, their inner width (of 64) and groups.
fn resnet(blocks: [usize; 4], deep: bool, inner: usize, groups: usize) -> Shapes {
    let mut shapes = Shapes::new();
    layer(&mut shapes, "conv1", &[64, 3, 7, 7], &[]);
    norm(&mut shapes, "bn1", 64);
    let mut input = 64;
    for (number, count) in blocks.into_iter().enumerate() {
        let (plain, inner) = (64 << number, inner << number);
        let output = if deep { 4 * plain } else { plain };
        for block in 0..count {
            let name = format!("layer{}.{block}", number + 1);
            let convs: Vec<Vec<usize>> = if deep {
                vec![vec![inner, input, 1, 1], vec![inner, inner / groups, 3, 3], vec![output, inner, 1, 1]]
            } else {
                vec![vec![plain, input, 3, 3], vec![plain, plain, 3, 3]]
            };
            for (conv, weight) in convs.iter().enumerate() {
                layer(&mut shapes, &format!("{name}.conv{}", conv + 1), weight, &[]);
                norm(&mut shapes, &format!("{name}.bn{}", conv + 1), weight[0]);
            }
            if block == 0 && input != output {
                layer(&mut shapes, &format!("{name}.downsample.0"), &[output, input, 1, 1], &[]);
                norm(&mut shapes, &format!("{name}.downsample.1"), output);
            }
            input = output;
        }
    }
    layer(&mut shapes, "fc", &[1000, input], &["bias"]);
    shapes
}

fn check(reference: &Reference, name: &str, network: &dyn Extractor) {
    let rows = reference.get(&format!("{name}.features")).shape[0];
    let [_, side, _] = network.input();
    let found = network.extract(images(rows, [side; 2], None));
    reference.assert_close(&format!("{name}.features"), found.features, TOLERANCE);
    reference.assert_close(&format!("{name}.logits"), found.logits.unwrap(), TOLERANCE);
}

#[test]
fn classifiers_are_recognized_and_equal_torchvision_s() {
    let reference = Reference::open("classifiers.safetensors");
    let networks = [
        ("alexnet", alexnet()),
        ("vgg11_bn", vgg(&[64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0], 3)),
        ("vgg16", vgg(&VGG16, 2)),
        ("resnet18", resnet([2, 2, 2, 2], false, 64, 1)),
        ("resnet50", resnet([3, 4, 6, 3], true, 64, 1)),
        ("resnext50_32x4d", resnet([3, 4, 6, 3], true, 128, 32)),
        ("wide_resnet50_2", resnet([3, 4, 6, 3], true, 128, 1)),
    ];
    for (name, shapes) in networks {
        let (network, _) = recognize(Weights::new(tensors(shapes), &cpu())).unwrap();
        check(&reference, name, network.as_ref());
    }
    let inception = Inception::new(Kind::Torchvision, Weights::from_fn(values, &cpu())).unwrap();
    check(&reference, "inception_v3", &inception);
}

#[test]
fn an_unknown_file_and_a_classifier_without_a_tensor_are_refused_with_different_messages() {
    let mut shapes = resnet([2, 2, 2, 2], false, 64, 1);
    shapes.retain(|(name, _)| name != "layer2.0.bn1.running_mean");
    let message = recognize(Weights::new(tensors(shapes), &cpu())).err().unwrap().to_string();
    assert!(message.contains("layer2.0.bn1.running_mean is missing"), "{message}");
    let other = tensors(vec![("encoder.weight".to_owned(), vec![2, 2])]);
    let message = recognize(Weights::new(other, &cpu())).err().unwrap().to_string();
    assert!(message.contains("encoder.weight") && message.contains("ResNet"), "{message}");
}

#[test]
fn dinov2_equals_pytorch_s() {
    let mut shapes: Shapes =
        [("cls_token", vec![1, 1, 768]), ("pos_embed", vec![1, 1370, 768]), ("mask_token", vec![1, 768])]
            .map(|(name, shape)| (name.to_owned(), shape))
            .into();
    layer(&mut shapes, "patch_embed.proj", &[768, 3, 14, 14], &["bias"]);
    for at in 0..12 {
        let name = |part: &str| format!("blocks.{at}.{part}");
        for part in ["norm1", "norm2"] {
            layer(&mut shapes, &name(part), &[768], &["bias"]);
        }
        let dense =
            [("attn.qkv", [2304, 768]), ("attn.proj", [768, 768]), ("mlp.fc1", [3072, 768]), ("mlp.fc2", [768, 3072])];
        for (part, weight) in dense {
            layer(&mut shapes, &name(part), &weight, &["bias"]);
        }
        shapes.extend(["ls1.gamma", "ls2.gamma"].map(|part| (name(part), vec![768])));
    }
    layer(&mut shapes, "norm", &[768], &["bias"]);
    let network = DinoV2::new(Weights::new(tensors(shapes), &cpu())).unwrap();
    let found = network.extract(images(2, [224; 2], None));
    Reference::open("dinov2.safetensors").assert_close("cls", found.features, TOLERANCE);
}

#[test]
fn lpips_equals_the_published_one() {
    let reference = Reference::open("lpips.safetensors");
    let both = images(8, [64; 2], None);
    let pairs = |first: usize| Tensor::cat((0..4).map(|pair| both.clone().narrow(0, 2 * pair + first, 1)).collect(), 0);
    for (name, shapes) in [("vgg", vgg(&VGG16, 2)), ("alex", alexnet())] {
        let trunk = || {
            let features = shapes.iter().filter(|(name, _)| name.starts_with("features.")).cloned().collect();
            Weights::new(tensors(features), &cpu())
        };
        let genuine: Vec<_> = (0..5)
            .map(|at| {
                let lin = reference.get(&format!("{name}.lin{at}"));
                (format!("lin{at}.model.1.weight"), vec![1, lin.values.len(), 1, 1], lin.values.clone())
            })
            .collect();
        let seeded = genuine.iter().map(|(name, shape, _)| (name.clone(), shape.clone())).collect();
        for (kind, own) in [("genuine", genuine), ("seeded", tensors(seeded))] {
            let lpips = Lpips::new(trunk(), Weights::new(own, &cpu())).unwrap();
            let found = lpips.distance(pairs(0), pairs(1));
            reference.assert_close(&format!("{name}.{kind}"), found, TOLERANCE);
        }
    }
}
