//! Evaluations as a caller of the library requests them.

use std::cell::Cell;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Fit;
use gannet_eval::{
    Conventions, EvalError, EvaluationImages, FeatureExtractor, ImageCount, Labels, MetricKind, PatchSettings,
    Reference, Request, SetRequest, default_metrics, evaluate, evaluate_sets,
};
use gannet_ops::device::device;
use gannet_weights::Known;

use crate::seeded::uniform;

fn none(_: &Known) -> Result<std::path::PathBuf, EvalError> {
    unreachable!("nothing is fetched")
}

fn cpu() -> Device {
    device("cpu").unwrap()
}

fn extractor(name: &str) -> Option<FeatureExtractor> {
    FeatureExtractor::open(name, None, &none, &cpu()).unwrap()
}

/// Images number `first` to `first + n`, different for each number.
fn images(first: usize, n: usize) -> Tensor<4> {
    let pixels = |number: usize| uniform(&format!("image {number}"), 3 * 8 * 8).collect::<Vec<_>>();
    let values: Vec<f32> = (first..first + n).flat_map(pixels).map(|u| (2.0 * u - 1.0) as f32).collect();
    Tensor::from_data(TensorData::new(values, [n, 3, 8, 8]), &cpu())
}

fn request<'a>(count: usize, extractor: Option<&'a FeatureExtractor>, device: &'a Device) -> Request<'a> {
    Request {
        count: ImageCount::at_most(count),
        reference_count: ImageCount::at_most(count),
        seed: 0,
        conventions: Conventions::default(),
        extractor,
        perceptual: None,
        latent_paths: None,
        device,
    }
}

#[test]
fn what_a_metric_lacks_is_said_before_an_image_is_read() {
    let device = cpu();
    let never = |_: usize, _: usize| -> Tensor<4> { unreachable!("nothing is generated") };
    let set = || EvaluationImages::generated("a generator".into(), &never, Fit::Crop);
    let (random, reference) = (extractor("random:1"), Reference::new(set()));
    let cases = [
        (MetricKind::Fd, None, None, "--data"),
        (MetricKind::Fd, None, Some(&reference), "--features"),
        (MetricKind::Fid, random.as_ref(), Some(&reference), "ask for fd"),
        (MetricKind::InceptionScore, random.as_ref(), None, "classifier"),
        (MetricKind::Modes, random.as_ref(), Some(&reference), "classifier"),
        (MetricKind::IntraFd, random.as_ref(), Some(&reference), "labels"),
        (MetricKind::Diversity, random.as_ref(), None, "--perceptual"),
        (MetricKind::PathLength, random.as_ref(), None, "give a run"),
        (MetricKind::Psnr, random.as_ref(), Some(&reference), "partner"),
    ];
    for (metric, extractor, reference, expected) in cases {
        let request = request(10, extractor, &device);
        let error = evaluate(&set(), reference, &[metric], &request, &|_, _, _| {}).unwrap_err().to_string();
        assert!(error.starts_with(&metric.to_string()) && error.contains(expected), "{metric}: {error}");
    }
}

#[test]
fn a_reference_is_read_once_and_only_where_a_metric_compares() {
    let (device, random, reads) = (cpu(), extractor("random:1"), Cell::new(0));
    let counted = |first: usize, n: usize| {
        reads.set(reads.get() + n);
        images(1000 + first, n)
    };
    let set = EvaluationImages::generated("a generator".into(), &images, Fit::Crop);
    let reference = Reference::new(EvaluationImages::generated("a reference".into(), &counted, Fit::Crop));
    let request = request(30, random.as_ref(), &device);
    let run = |metric| evaluate(&set, Some(&reference), &[metric], &request, &|_, _, _| {});
    // It needs a classifier, and random weights are none.
    assert!(run(MetricKind::Classes).is_err());
    assert_eq!(reads.get(), 0);
    let first = run(MetricKind::Prdc).unwrap();
    assert_eq!(first, run(MetricKind::Prdc).unwrap());
    assert_eq!((reads.get(), first.protocol.reference.unwrap().count), (30, 30));
}

#[test]
fn the_categories_of_an_infogan_are_matched_to_classes() {
    let (device, cifar) = (cpu(), extractor("cifar"));
    let set = || EvaluationImages::generated("a generator".into(), &images, Fit::Crop);
    let pixels: Vec<_> = set().read(0, 40).into_iter().map(Result::unwrap).collect();
    let logits = cifar.as_ref().unwrap().extract(&pixels, false).logits;
    let predicted = logits.chunks_exact(10).map(|row| (0..10).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap());
    // Every category is one class, but never that of its own number.
    let classes: Vec<usize> = predicted.map(|class| (class + 3) % 10).collect();
    let class_names: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    for (arbitrary, accuracy) in [(true, 1.0), (false, 0.0)] {
        let set = set().with_labels(Labels { class_names: class_names.clone(), classes: classes.clone(), arbitrary });
        let request = request(40, cifar.as_ref(), &device);
        let found = evaluate(&set, None, &[MetricKind::Classes], &request, &|_, _, _| {}).unwrap();
        assert_eq!(found.value("accuracy"), Some(accuracy));
    }
}

#[test]
fn a_request_in_words_gives_numbers_and_their_protocol() {
    let request = SetRequest {
        data: Some("shapes-outlined".into()),
        features: Some("random:1".into()),
        count: Some(80),
        reference_count: Some(90),
        ..SetRequest::new("shapes")
    };
    let found = evaluate_sets(&request, &none, &cpu(), &|_, _, _| {}).unwrap();
    let names: Vec<&str> = found.measurements.iter().map(|measurement| measurement.name).collect();
    assert_eq!(names, ["fd", "kid", "kid_std", "precision_5", "recall_5", "density", "coverage"]);
    let json = found.to_json();
    assert_eq!(json["metrics"]["fd"].as_f64(), found.value("fd"));
    assert_eq!(json["protocol"]["images"]["of"], "shapes (train)");
    assert_eq!(
        (json["protocol"]["reference"]["count"].as_u64(), json["protocol"]["seed"].as_u64()),
        (Some(90), Some(0))
    );
    assert!(found.protocol.line().contains("random:1 (mean of the last map, 112, no weights)"));
    assert!(json["warnings"].to_string().contains("RANDOM WEIGHTS"));
}

#[test]
fn requests_that_cannot_be_met_are_refused() {
    let shapes = || SetRequest { features: Some("random:1".into()), ..SetRequest::new("shapes") };
    let run = tempfile::tempdir().unwrap();
    std::fs::write(run.path().join("recipe.toml"), "").unwrap();
    let patches = Some(PatchSettings { count: 10, size: 8 });
    let mut of_run = SetRequest::new(run.path().display().to_string());
    of_run.selection.patches = patches;
    let cases = [
        (SetRequest { metrics: vec![MetricKind::PathLength], ..shapes() }, "ppl"),
        (SetRequest { count: Some(10_000_000), metrics: vec![MetricKind::Sharpness], ..shapes() }, "--data"),
        (SetRequest { features: Some("resnet".into()), ..shapes() }, "resnet"),
        (of_run, "--patches"),
    ];
    for (request, expected) in cases {
        let error = evaluate_sets(&request, &none, &cpu(), &|_, _, _| {}).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    image::RgbImage::new(16, 16).save(folder.path().join("only.png")).unwrap();
    let few = SetRequest {
        count: Some(2),
        data: Some("shapes".into()),
        ..SetRequest::new(folder.path().display().to_string())
    };
    let few = SetRequest { metrics: vec![MetricKind::Sharpness], reference_count: Some(2), ..few };
    let error = evaluate_sets(&few, &none, &cpu(), &|_, _, _| {}).unwrap_err().to_string();
    assert!(error.contains("only 1 readable") && error.contains('2'), "{error}");
}

#[test]
fn default_metrics_suit_the_features() {
    let (cifar, random) = (extractor("cifar"), extractor("random:1"));
    assert_eq!(default_metrics(None, true), [MetricKind::Spectrum]);
    assert_eq!(default_metrics(None, false), []);
    // Both have a caveat, so their classes are not reported unless requested.
    for extractor in [&cifar, &random] {
        let with_reference = default_metrics(extractor.as_ref(), true);
        assert_eq!(with_reference, [MetricKind::Fd, MetricKind::Kid, MetricKind::Prdc]);
        assert_eq!(default_metrics(extractor.as_ref(), false), []);
    }
}
