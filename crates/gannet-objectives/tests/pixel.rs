//! MS-SSIM against pytorch-msssim (scripts/reference/upscaling.py), and its gradient against central differences.

use std::path::Path;

use burn::tensor::{DType, Tensor, TensorData};
use gannet_objectives::pixel::{PixelLossKind, SMALLEST_SIDE, ms_ssim, scales};
use gannet_ops::device::device;
use gannet_weights::read_safetensors;

/// Picture number `m` of scripts/reference/seeded.py, `[1, 3, h, w]` in steps of 8 bits.
fn picture(m: usize, [h, w]: [usize; 2]) -> Vec<f32> {
    let value = |c: usize, y: usize, x: usize| {
        (x * (3 + m % 5) + y * (7 - m % 3) + 53 * c + 29 * m + 11 * ((x / 4) ^ (y / 3))) * 3 % 256
    };
    (0..3 * h * w).map(|at| value(at / (h * w), at / w % h, at % w) as f32).collect()
}

#[test]
fn ms_ssim_equals_pytorch_msssim() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/upscaling.safetensors");
    let (tensors, _) = read_safetensors(&path).unwrap();
    assert_eq!(tensors.len(), 4);
    let device = device("cpu").unwrap();
    for (size, scales) in [([176, 192], 5), ([176, 192], 3), ([179, 181], 5), ([179, 181], 4)] {
        let shape = [1, 3, size[0], size[1]];
        let tensor = |values: Vec<f32>| Tensor::<4>::from_data(TensorData::new(values, shape), &device);
        let (x, other) = (picture(3, size), picture(8, size));
        let y = x.iter().zip(&other).map(|(x, other)| (0.8 * x + 0.2 * other) / 255.0).collect();
        let x = tensor(x.iter().map(|x| x / 255.0).collect());
        let found: f32 = ms_ssim(x, tensor(y), scales).into_scalar();
        let name = format!("ms_ssim.{}x{}.{scales}", size[0], size[1]);
        let expected = tensors.iter().find(|tensor| tensor.name == name).unwrap().values[0];
        assert!((found - expected).abs() < 1e-5, "{name}: {found} for {expected}");
        assert!(expected < 0.99, "{name} has something to measure");
    }
}

/// Equal images have no distance but Charbonnier's least one, and others more.
#[test]
fn distances_are_least_for_equal_images() {
    let device = device("cpu").unwrap();
    let tensor =
        |m| Tensor::<4>::from_data(TensorData::new(picture(m, [44, 48]), [1, 3, 44, 48]), &device) / 127.5 - 1.0;
    for (kind, least) in [("l1", 0.0), ("l2", 0.0), ("charbonnier", 2e-3), ("ms-ssim", 0.0), ("ms-ssim-l1", 0.0)] {
        let kind = <PixelLossKind as gannet_choice::Choice>::parse(kind).unwrap();
        let loss = |m| kind.loss(tensor(m), tensor(3)).into_scalar::<f32>();
        assert!((loss(3) - least).abs() < 1e-6 && loss(8) > 0.1, "{kind}: {} and {}", loss(3), loss(8));
    }
}

#[test]
fn small_images_have_fewer_scales() {
    let sides = [11, 21, 22, SMALLEST_SIDE - 1, SMALLEST_SIDE, 88, 175, 176, 1000];
    assert_eq!(sides.map(scales), [1, 1, 2, 2, 3, 4, 4, 5, 5]);
}

fn wave(phase: f64) -> Vec<f64> {
    (0..2 * 44 * 46)
        .map(|at| 0.5 + 0.4 * (f64::from(at) * 0.37 + phase).sin() * (f64::from(at) * 0.011).cos())
        .collect()
}

fn images(values: Vec<f64>) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, [1, 2, 44, 46]), (&device("cpu").unwrap().autodiff(), DType::F64))
}

#[test]
fn the_gradient_is_that_of_central_differences() {
    let (x, y) = (images(wave(0.0)).require_grad(), images(wave(0.8)));
    let similarity = |values: Vec<f64>| ms_ssim(images(values), y.clone(), 3).into_scalar::<f64>();
    let gradient = x.grad(&ms_ssim(x.clone(), y.clone(), 3).backward()).unwrap();
    let gradient: Vec<f64> = gradient.into_data().iter().collect();
    for at in [0, 500, 1012, 2025, 3000, 4047] {
        let moved = |step: f64| {
            let mut values = wave(0.0);
            values[at] += step;
            similarity(values)
        };
        let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!(
            (gradient[at] - expected).abs() < 1e-7 + 1e-5 * expected.abs(),
            "{at}: {} for {expected}",
            gradient[at]
        );
        assert!(expected != 0.0);
    }
}

#[test]
fn opposite_images_have_a_finite_gradient() {
    let x = images(wave(0.0)).require_grad();
    let opposite = images(wave(0.0).into_iter().map(|value| 1.0 - value).collect());
    let loss = ms_ssim(x.clone(), opposite, 3);
    let gradient = x.grad(&loss.clone().backward()).unwrap().abs().sum().into_scalar::<f64>();
    assert!(gradient.is_finite() && loss.into_scalar::<f64>() < 1e-3);
}
