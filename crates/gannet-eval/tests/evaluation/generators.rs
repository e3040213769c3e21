//! Images of generators.

use burn::tensor::Tensor;
use gannet_data::Fit;
use gannet_eval::{Conventions, EvaluationImages, FeatureExtractor, ImageCount, MetricKind, Request, evaluate};
use gannet_ops::device::device;

#[test]
fn a_diverged_generator_is_refused() {
    let device = device("cpu").unwrap();
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    let extractor = FeatureExtractor::open("cifar", None, &none, &device).unwrap();
    let draw = |first: usize, count: usize| {
        let images = Tensor::<4>::zeros([count, 3, 32, 32], &device);
        if first == 0 { images } else { images / 0.0 }
    };
    let images = EvaluationImages::generated("a generator".into(), &draw, Fit::Crop);
    let request = Request {
        count: ImageCount::exactly(100),
        reference_count: ImageCount::at_most(0),
        seed: 0,
        conventions: Conventions::default(),
        extractor: extractor.as_ref(),
        perceptual: None,
        latent_paths: None,
        device: &device,
    };
    let error = evaluate(&images, None, &[MetricKind::Classes], &request, &|_, _, _| {}).unwrap_err().to_string();
    assert!(error.contains("not finite") && error.contains("diverged"), "{error}");
}
