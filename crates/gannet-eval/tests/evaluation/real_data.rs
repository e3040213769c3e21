//! Published figures on real sets, where these are present: `GANNET_DATA`, or `shared/data` beside the repository.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gannet_data::{Pixels, Source, Split, Subset, open};
use gannet_eval::{
    Conventions, DataSelection, Evaluation, EvaluationImages, FeatureExtractor, ImageCount, MetricKind, PairRequest,
    Pairing, Reference, Request, evaluate, evaluate_pairs,
};
use gannet_ops::device::device;
use serde_json::Value;

/// A set's folder; `None`, with a line, where it is missing.
fn find(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("GANNET_DATA").map_or_else(beside, PathBuf::from).join(name);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
        return None;
    }
    Some(path)
}

fn read(path: &Path, split: Split) -> Arc<dyn Source> {
    open(path.to_str().unwrap(), split, 0, 32).unwrap()
}

fn measure(
    features: &str,
    metrics: &[MetricKind],
    images: Arc<dyn Source>,
    reference: Option<Arc<dyn Source>>,
) -> Evaluation {
    let device = device("cpu").unwrap();
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    let extractor = FeatureExtractor::open(features, None, &none, &device).unwrap();
    let request = Request {
        count: ImageCount::at_most(10_000),
        reference_count: ImageCount::at_most(10_000),
        seed: 0,
        conventions: Conventions::default(),
        extractor: extractor.as_ref(),
        perceptual: None,
        latent_paths: None,
        device: &device,
    };
    let reference = reference.map(|source| Reference::new(EvaluationImages::stored("reference".into(), source)));
    let images = EvaluationImages::stored("images".into(), images);
    evaluate(&images, reference.as_ref(), metrics, &request, &|_, _, _| {}).unwrap()
}

/// What scripts/reference/lenet.py found.
fn lenet_reference() -> Value {
    serde_json::from_slice(&std::fs::read(crate::seeded::path("lenet.json")).unwrap()).unwrap()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn lenet_s_features_of_mnist_equal_pytorch_s() {
    let (Some(weights), Some(mnist)) = (find("pytorch-weights/lenet-mnist.pth"), find("mnist")) else { return };
    let (device, source) = (device("cpu").unwrap(), read(&mnist, Split::Test));
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    let name = format!("lenet:{}", weights.display());
    let extractor = FeatureExtractor::open(&name, None, &none, &device).unwrap().unwrap();
    let digits: Vec<Pixels> = (0..3).map(|index| Pixels::from_image(&source.read(index).unwrap())).collect();
    let (extracted, expected) = (extractor.extract(&digits, false), lenet_reference());
    let features = rows(&expected["features"]["first_12_of_first_3"]);
    let logits = rows(&expected["logits_of_first_3"]);
    for (row, (features, logits)) in features.iter().zip(&logits).enumerate() {
        let features = extracted.features[row * 84..].iter().zip(features);
        let found = features.chain(extracted.logits[row * 10..].iter().zip(logits));
        for (found, expected) in found {
            assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} instead of {expected}");
        }
    }
}

#[test]
fn lenet_s_accuracy_and_distance_on_mnist_are_the_known_ones() {
    let (Some(mnist), Some(weights)) = (find("mnist"), find("pytorch-weights/lenet-mnist.pth")) else { return };
    let (test, train) = (read(&mnist, Split::Test), read(&mnist, Split::Train));
    let features = format!("lenet:{}", weights.display());
    let found = measure(&features, &[MetricKind::Fd, MetricKind::Classes], test, Some(train));
    let expected = lenet_reference();
    // The same images in another order of additions: no image lies that near to a border of two classes.
    assert_eq!(found.value("accuracy"), expected["accuracy"].as_f64());
    let (distance, expected) = (found.value("fd").unwrap(), expected["frechet_distance"].as_f64().unwrap());
    assert!((distance - expected).abs() < 1e-3 * expected && (distance - 1.21).abs() <= 0.02, "{distance}");
}

#[test]
fn bicubic_enlargements_have_their_published_psnr_and_ssim() {
    let device = device("cpu").unwrap();
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    let names = Some(("LR".to_owned(), "HR".to_owned()));
    let pairing = Pairing { names, enlarge: true, luma: true, border: 4, palette: Vec::new() };
    for (set, pairs, psnr, ssim) in [("Set5", 5, 28.42, 0.8104), ("Set14", 14, 26.00, 0.7027)] {
        let Some(path) = find(&format!("sr/{set}/x4")) else { return };
        let images = path.to_str().unwrap().to_owned();
        let request = PairRequest {
            partners: images.clone(),
            images,
            selection: DataSelection::default(),
            metrics: vec![MetricKind::Psnr, MetricKind::Ssim],
            pairing: pairing.clone(),
            perceptual: "vgg".into(),
            seed: 0,
            like: None,
        };
        let found = evaluate_pairs(&request, &none, &device, &|_, _, _| {}).unwrap();
        assert_eq!(found.pairs, pairs, "{set}");
        let [found_psnr, found_ssim] = [0, 1].map(|at| found.measurements[at].values[0]);
        assert!((found_psnr - psnr).abs() <= 0.03, "{set}: {found_psnr}");
        assert!((found_ssim - ssim).abs() <= 0.001, "{set}: {found_ssim}");
    }
}

#[test]
fn the_built_in_classifier_is_small_and_accurate_on_held_back_images() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/cifar10-classifier.safetensors");
    assert!(std::fs::metadata(file).unwrap().len() <= 2_000_000);
    let Some(path) = find("cifar10-jpg") else { return };
    let [_, held_back] = Subset::hold_back(&read(&path, Split::Train), 5000).unwrap();
    let found = measure("cifar", &[MetricKind::Classes], Arc::new(held_back), None);
    let accuracy = found.value("accuracy").unwrap();
    assert!(accuracy >= 0.85, "{accuracy}");
}
