//! Published figures on real sets, where these are present: `GANNET_DATA`, or `shared/data` beside the repository.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gannet_data::{Pixels, Source, Split, Subset, open};
use gannet_ops::device::device;
use gannet_train::evaluate::{Evaluation, Judge, Metric, Pairing, Pictures, Reference, Request, evaluate, paired};
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

fn measure(judge: &str, metrics: &[Metric], images: Arc<dyn Source>, reference: Option<Arc<dyn Source>>) -> Evaluation {
    let device = device("cpu").unwrap();
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    let judge = Judge::open(judge, None, &none, &device).unwrap();
    let request = Request {
        metrics,
        count: 10_000,
        reference_count: 10_000,
        asked: [false; 2],
        seed: 0,
        judge: judge.as_ref(),
        perceptual: None,
        path: None,
        device: &device,
    };
    let reference = reference.map(|source| Reference::new(Pictures::of("reference".into(), source)));
    evaluate(&Pictures::of("images".into(), images), reference.as_ref(), &request, &|_, _, _| {}).unwrap()
}

/// What scripts/reference/lenet.py found.
fn lenet_reference() -> Value {
    serde_json::from_slice(&std::fs::read(crate::seeded::path("lenet.json")).unwrap()).unwrap()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn lenet_sees_mnist_as_in_pytorch() {
    let (Some(weights), Some(mnist)) = (find("pytorch-weights/lenet-mnist.pth"), find("mnist")) else { return };
    let (device, source) = (device("cpu").unwrap(), read(&mnist, Split::Test));
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    let judge = Judge::open(&format!("lenet:{}", weights.display()), None, &none, &device).unwrap().unwrap();
    let digits: Vec<Pixels> = (0..3).map(|index| Pixels::from_image(&source.read(index).unwrap())).collect();
    let (seen, expected) = (judge.look(&digits, false), lenet_reference());
    let features = rows(&expected["features"]["first_12_of_first_3"]);
    let logits = rows(&expected["logits_of_first_3"]);
    for (row, (features, logits)) in features.iter().zip(&logits).enumerate() {
        let found = seen.features[row * 84..].iter().zip(features).chain(seen.logits[row * 10..].iter().zip(logits));
        for (found, expected) in found {
            assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} instead of {expected}");
        }
    }
}

#[test]
fn lenet_s_accuracy_and_distance_on_mnist_are_the_known_ones() {
    let (Some(mnist), Some(weights)) = (find("mnist"), find("pytorch-weights/lenet-mnist.pth")) else { return };
    let (test, train) = (read(&mnist, Split::Test), read(&mnist, Split::Train));
    let judge = format!("lenet:{}", weights.display());
    let found = measure(&judge, &[Metric::Fd, Metric::Classes], test, Some(train));
    let expected = lenet_reference();
    // The same images in another order of additions: no image lies that near to a border of two classes.
    assert_eq!(found.number("accuracy"), expected["accuracy"].as_f64());
    let (distance, expected) = (found.number("fd").unwrap(), expected["frechet_distance"].as_f64().unwrap());
    assert!((distance - expected).abs() < 1e-3 * expected && (distance - 1.21).abs() <= 0.02, "{distance}");
}

#[test]
fn bicubic_enlargements_have_their_published_psnr_and_ssim() {
    let device = device("cpu").unwrap();
    let names = Some(("LR".to_owned(), "HR".to_owned()));
    let pairing = Pairing { names, enlarge: true, luma: true, border: 4, palette: Vec::new() };
    for (set, pairs, psnr, ssim) in [("Set5", 5, 28.42, 0.8104), ("Set14", 14, 26.00, 0.7027)] {
        let Some(path) = find(&format!("sr/{set}/x4")) else { return };
        let source = read(&path, Split::Train);
        let metrics = [Metric::Psnr, Metric::Ssim];
        let found = paired([&source, &source], &pairing, &metrics, None, &device, &|_, _, _| {});
        let (numbers, count) = found.unwrap();
        assert_eq!(count, pairs, "{set}");
        assert!((numbers[0].values[0] - psnr).abs() <= 0.03, "{set}: {}", numbers[0].values[0]);
        assert!((numbers[1].values[0] - ssim).abs() <= 0.001, "{set}: {}", numbers[1].values[0]);
    }
}

#[test]
fn the_built_in_judge_is_small_and_right_about_what_was_held_back() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/cifar10-classifier.safetensors");
    assert!(std::fs::metadata(file).unwrap().len() <= 2_000_000);
    let Some(path) = find("cifar10-jpg") else { return };
    let [_, held_back] = Subset::hold_back(&read(&path, Split::Train), 5000).unwrap();
    let found = measure("cifar", &[Metric::Classes], Arc::new(held_back), None);
    let accuracy = found.number("accuracy").unwrap();
    assert!(accuracy >= 0.85, "{accuracy}");
}
