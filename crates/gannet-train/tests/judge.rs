//! The judge with PyTorch's weights against scripts/reference/lenet.py, on MNIST where it is present.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::{Fit, ImageSpec, Source, Split};
use gannet_metrics::lenet::{DIGIT, Frame, LeNetJudge};
use gannet_train::evaluate::{Subject, evaluate};
use gannet_train::trained::read_lenet;
use serde_json::Value;

/// A folder of `GANNET_DATA`, or of `shared/data` beside the repository; `None`, with a line, where it is missing.
fn find(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("GANNET_DATA").map_or_else(beside, PathBuf::from).join(name);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
        return None;
    }
    Some(path)
}

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/lenet.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    serde_json::from_value(value.clone()).unwrap()
}

fn cpu() -> Device {
    gannet_ops::device::device("cpu").unwrap()
}

fn first_digits(source: &dyn Source, count: usize) -> Tensor<4> {
    let spec = ImageSpec { size: DIGIT, channels: 1, fit: Fit::Pad, flip: false, shift: 0 };
    let images: Vec<f32> = (0..count).flat_map(|index| spec.apply(&source.read(index).unwrap(), false)).collect();
    Tensor::from_data(TensorData::new(images, [count, 1, DIGIT, DIGIT]), &cpu())
}

#[test]
fn lenet_sees_mnist_as_in_pytorch() {
    let (Some(weights), Some(mnist)) = (find("pytorch-weights/lenet-mnist.pth"), find("mnist")) else { return };
    let judge = LeNetJudge::new(read_lenet(&weights, &cpu()).unwrap(), Frame::Resize);
    let [test, train]: [Arc<dyn Source>; 2] =
        [Split::Test, Split::Train].map(|split| gannet_data::open(mnist.to_str().unwrap(), split, 0, DIGIT).unwrap());
    let expected = reference();

    let seen = judge.look(first_digits(test.as_ref(), 3));
    let features = rows(&expected["features"]["first_12_of_first_3"]);
    for (row, (features, logits)) in features.iter().zip(rows(&expected["logits_of_first_3"])).enumerate() {
        for (found, expected) in seen.features[row * 84..].iter().zip(features) {
            assert!((f64::from(*found) - expected).abs() < 1e-4, "feature {found} instead of {expected}");
        }
        let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
        for (found, logit) in seen.probabilities[row * 10..].iter().zip(logits) {
            let expected = logit.exp() / sum;
            assert!((f64::from(*found) - expected).abs() < 1e-5, "probability {found} instead of {expected}");
        }
    }

    let found = evaluate(&Subject::Images(&test), 10_000, Some((&train, 10_000)), &judge, &cpu()).unwrap();
    // The same images in another order of additions: no image lies that near to a border of two classes.
    assert_eq!(found.accuracy, expected["accuracy"].as_f64());
    let distance = expected["frechet_distance"].as_f64().unwrap();
    let off = (found.frechet_distance.unwrap() - distance).abs();
    assert!(off < 1e-3 * distance, "Fréchet distance off by {off}");
}
