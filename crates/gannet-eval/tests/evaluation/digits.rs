//! The classifier of digits.

use burn::tensor::{Distribution, Tensor};
use gannet_eval::digits::{DIGIT, DigitClassifier, DigitFrame};
use gannet_nn::architectures::lenet::LeNet;
use gannet_ops::device::device;
use gannet_ops::random::Streams;

#[test]
fn only_the_middle_28_pixels_count_and_probabilities_add_up_to_1() {
    let device = device("cpu").unwrap();
    let network = LeNet::new(&mut Streams::new(0).at("test", 0), &device);
    let digits = Tensor::<4>::random([3, 1, DIGIT, DIGIT], Distribution::Uniform(-1.0, 1.0), &device);
    let in_white = digits.clone().pad((2, 2, 2, 2), 1.0);
    for frame in [DigitFrame::Resize, DigitFrame::Pad] {
        let classifier = DigitClassifier::new(network.clone(), frame);
        let found = classifier.predict(digits.clone());
        assert_eq!(found, classifier.predict(in_white.clone()), "{frame:?}");
        assert_eq!(found.features.len(), 3 * LeNet::FEATURES);
        for row in found.probabilities.chunks_exact(LeNet::CLASSES) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{frame:?}: {row:?}");
        }
    }
    let both = [DigitFrame::Resize, DigitFrame::Pad].map(|frame| DigitClassifier::new(network.clone(), frame));
    assert_ne!(both[0].predict(digits.clone()).features, both[1].predict(digits).features);
}
