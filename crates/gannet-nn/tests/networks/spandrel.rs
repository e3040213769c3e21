//! Networks for pictures under the names of their projects' files, against scripts/reference/spandrel_networks.py: results, slopes
//! and gradients, scale and channels.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use gannet_nn::{Mode, NetworkKind, NetworkSettings, Role, Translator, TranslatorConfig, TranslatorVisitor};
use gannet_ops::random::Stream;
use gannet_weights::{NamedTensor, load};

use crate::foreign_file::{check, drawn, file};
use crate::reference::{Reference, gradients, largest, training, values};
use crate::upscalers::holes;

const FILE: &str = "spandrel_networks";

/// Loads the tensors of a case's file into the network that it was recognized as, and compares the two.
struct Case<'a> {
    reference: &'a Reference,
    case: &'a str,
    tensors: Vec<NamedTensor>,
    names: BTreeMap<String, String>,
}

impl TranslatorVisitor for Case<'_> {
    type Output = ();

    fn visit<C: TranslatorConfig>(self, config: C) {
        let Self { reference, case, tensors, names } = self;
        let network = load(config.init(&mut Stream::placeholder(), &training()), tensors).unwrap();
        if C::ROLE == Role::Upscaler && reference.has(&format!("{case}.says")) {
            let [from, to] = network.channels();
            let found = [network.scale(), from, to].map(|number| number as f32);
            assert_eq!(found, reference.values(&format!("{case}.says")), "{case}");
        }
        check(reference, case, network, &names, |network, images: Tensor<4>| {
            let mut input = images.clone() * 2.0 - 1.0;
            if C::ROLE == Role::Inpainter {
                input = Tensor::cat(vec![input, holes(&images)], 1);
            }
            network.translate(input, Mode::Eval, None) * 0.5 + 0.5
        });
    }
}

fn assert_equals_spandrel(kind: NetworkKind, cases: &[&str]) {
    let reference = Reference::read(FILE);
    for case in cases {
        let (mut found, names) = file(FILE, case);
        let gain = reference.values(&format!("{case}.gain"))[0];
        let weights = found.tensors.iter_mut().filter(|tensor| tensor.shape.len() > 1);
        weights.for_each(|tensor| tensor.values.iter_mut().for_each(|value| *value *= gain));
        assert_eq!(found.config.kind(), Some(kind), "{case}");
        let case = Case { reference: &reference, case, tensors: found.tensors, names };
        found.config.visit_translator(case).unwrap();
    }
}

#[test]
fn span_equals_spandrel() {
    assert_equals_spandrel(NetworkKind::Span, &["span-x4", "span-x2-gray", "span-folded"]);
}

#[test]
fn plksr_and_realplksr_equal_spandrel() {
    assert_equals_spandrel(
        NetworkKind::Realplksr,
        &[
            "realplksr-x4",
            "realplksr-x2-layer",
            "realplksr-x4-sampled",
            "realplksr-x3-sampled",
            "realplksr-x1-sampled",
            "plksr-x2-ccm",
            "plksr-x3-iccm",
            "plksr-x4-dccm",
        ],
    );
}

#[test]
fn lama_equals_spandrel() {
    assert_equals_spandrel(NetworkKind::Lama, &["lama-2"]);
}

#[test]
fn swinir_equals_spandrel() {
    assert_equals_spandrel(
        NetworkKind::Swinir,
        &[
            "swinir-classical-x4",
            "swinir-classical-x3",
            "swinir-light-x2",
            "swinir-real-x4",
            "swinir-gray",
            "swinir-unshuffled-x2",
        ],
    );
}

/// Attention multiplies small maps by nearly zero, so that the first blocks would not learn.
#[test]
fn an_untrained_span_is_near_gray_and_has_gradients_in_all_of_its_blocks() {
    struct Untrained;
    impl TranslatorVisitor for Untrained {
        type Output = (f32, Vec<f32>);

        fn visit<C: TranslatorConfig>(self, config: C) -> Self::Output {
            let mut network = config.init(&mut Stream::new(0, "untrained", 0), &training());
            let images = drawn("untrained", "input", &Tensor::<4>::zeros([2, 3, 12, 12], &training()));
            let output = network.translate(images, Mode::Train, None);
            let probe = drawn("untrained", "probe", &output);
            let found = gradients(&network, &(output.clone() * probe).sum().backward());
            let blocks = (0..6).map(|block| largest(&found[&format!("blocks.{block}.convs.0.skip.weight")]));
            (largest(&values(&output)), blocks.collect())
        }
    }
    let settings = NetworkSettings { channels: 3, width: 24, scale: 2, ..NetworkSettings::default() };
    let (most, gradients) = NetworkKind::Span.visit_translator(&settings, Untrained).unwrap();
    assert!(most < 3.0, "images in [-1, 1] reach {most}");
    let (least, largest) = gradients.iter().fold((f32::MAX, 0.0_f32), |(a, b), x| (a.min(*x), b.max(*x)));
    assert!(least > 0.01 * largest, "{gradients:?}");
}
