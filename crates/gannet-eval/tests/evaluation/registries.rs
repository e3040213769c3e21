//! The registries of metrics and extractors.

use std::collections::BTreeSet;

use gannet_choice::Choice;
use gannet_eval::{
    Compares, ExtractorKind, FeatureExtractor, MetricKind, PerceptualDistance, ResizeKind, all_compare_pairs,
    parse_metrics,
};
use gannet_ops::device::device;
use gannet_weights::Known;

fn none(_: &Known) -> Result<std::path::PathBuf, gannet_eval::EvalError> {
    unreachable!("nothing is fetched")
}

fn refusal(name: &str, resize: Option<ResizeKind>) -> String {
    let device = device("cpu").unwrap();
    FeatureExtractor::open(name, resize, &none, &device).err().unwrap().to_string()
}

#[test]
fn each_metric_has_a_word_and_a_summary_of_its_own() {
    let words: BTreeSet<&str> = MetricKind::WORDS.iter().copied().collect();
    let summaries: BTreeSet<&str> = MetricKind::ALL.iter().map(|metric| metric.doc()).collect();
    assert_eq!((words.len(), summaries.len()), (MetricKind::ALL.len(), MetricKind::ALL.len()));
    for metric in MetricKind::ALL {
        assert_eq!(MetricKind::parse(metric.word()), Ok(*metric));
        let is_of_pairs = metric.compares() == Compares::Pairs;
        assert!(!is_of_pairs || !metric.needs().extractor(), "{metric}: pairs have no features");
    }
}

#[test]
fn unknown_and_old_words_are_answered_with_the_right_ones() {
    let message = MetricKind::parse("fdi").unwrap_err();
    assert!(message.contains("'fdi'") && message.contains("'fd'") && message.contains("lpips"), "{message}");
    let message = MetricKind::parse(concat!("neigh", "bours")).unwrap_err();
    assert!(message.contains("'neighbors'"), "{message}");
    let device = device("cpu").unwrap();
    let message = PerceptualDistance::open("vgg19", &none, &device).err().unwrap().to_string();
    assert!(message.contains("'vgg19'") && message.contains("vgg or alex"), "{message}");
}

#[test]
fn metrics_are_taken_once_and_pairs_apart_from_sets() {
    let metrics = parse_metrics(["kid", " fd", "kid"]).unwrap();
    assert_eq!(metrics, [MetricKind::Kid, MetricKind::Fd]);
    assert!(!all_compare_pairs(&metrics).unwrap() && !all_compare_pairs(&[]).unwrap());
    assert!(all_compare_pairs(&[MetricKind::Psnr, MetricKind::Lpips]).unwrap());
    let message = all_compare_pairs(&[MetricKind::Psnr, MetricKind::Fd]).unwrap_err().to_string();
    assert!(message.contains("fd") && message.contains("psnr") && message.contains("pairs"), "{message}");
}

#[test]
fn names_of_features_are_checked_before_any_weights_are_read() {
    let usages: Vec<String> = ExtractorKind::ALL.iter().map(|kind| kind.usage()).collect();
    let expected =
        ["cifar", "inception[:FILE]", "dinov2[:FILE]", "lenet:FILE", "classifier:FILE", "random:SEED", "pixels", "RUN"];
    assert_eq!(usages, expected);
    for name in ["resnet", "cifar:FILE", "lenet", "pixels:1", "RUN"] {
        let message = refusal(name, None);
        assert!(message.contains(name) && usages.iter().all(|usage| message.contains(usage)), "{name}: {message}");
    }
    let message = refusal("random:x", None);
    assert!(message.contains("random:x") && message.contains("number"), "{message}");
    let device = device("cpu").unwrap();
    assert!(FeatureExtractor::open("pixels", None, &none, &device).unwrap().is_none());
}

#[test]
fn an_extractor_says_how_images_are_resized() {
    let device = device("cpu").unwrap();
    for (resize, expected) in [(None, "antialiased to 3×32×32"), (Some(ResizeKind::Clean), "clean to 3×32×32")] {
        let extractor = FeatureExtractor::open("random:1", resize, &none, &device).unwrap().unwrap();
        assert_eq!(extractor.resize(), expected);
        assert!(extractor.caveat.is_some() && extractor.classes() == 0 && extractor.features() == 112);
    }
}
