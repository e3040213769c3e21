//! Networks for pictures under the names of their projects' files, against scripts/reference/spandrel_networks.py: results, slopes
//! and gradients, scale and channels.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use gannet_nn::{Mode, NetworkKind, Role, Translator, TranslatorConfig, TranslatorVisitor};
use gannet_ops::random::Stream;
use gannet_weights::{NamedTensor, load};

use crate::foreign_file::{check, file};
use crate::reference::{Reference, training};
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
