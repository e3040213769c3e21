//! Generators whose images are not what they should be.

use burn::tensor::Tensor;
use gannet_ops::device::device;
use gannet_train::evaluate::{Judge, Metric, Pictures, Request, evaluate};
use gannet_train::recipe::Data;

#[test]
fn images_of_a_diverged_generator_get_no_number() {
    let device = device("cpu").unwrap();
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    let judge = Judge::open("cifar", None, &none, &device).unwrap();
    let draw = |first: usize, count: usize| {
        let images = Tensor::<4>::zeros([count, 3, 32, 32], &device);
        if first == 0 { images } else { images / 0.0 }
    };
    let images = Pictures::generated("a generator".into(), &draw, &Data::default());
    let request = Request {
        metrics: &[Metric::Classes],
        count: 100,
        reference_count: 0,
        asked: [true, false],
        seed: 0,
        judge: judge.as_ref(),
        perceptual: None,
        path: None,
        device: &device,
    };
    let error = evaluate(&images, None, &request, &|_, _, _| {}).unwrap_err().to_string();
    assert!(error.contains("not finite") && error.contains("diverged"), "{error}");
}
