//! Networks in ncnn's files, against scripts/reference/ncnn_files.py: what ncnn makes of the same pictures.

use burn::tensor::Tensor;
use gannet_nn::architectures::AnyNetwork;
use gannet_nn::{Mode, Recognized, Translator, TranslatorConfig, TranslatorVisitor, recognize};
use gannet_ops::random::Stream;
use gannet_weights::{NamedTensor, load, read_weights};

use crate::reference::{Reference, assert_close, path, training, values};

/// Enlarges pictures in `[0, 1]` by the network with these tensors.
struct Enlarge(Vec<NamedTensor>, Tensor<4>);

impl TranslatorVisitor for Enlarge {
    /// The scale, and the enlarged pictures in `[0, 1]`.
    type Output = (usize, Tensor<4>);

    fn visit<C: TranslatorConfig>(self, config: C) -> Self::Output {
        let mut network = load(config.init(&mut Stream::placeholder(), &training()), self.0).unwrap();
        (network.scale(), network.translate(self.1 * 2.0 - 1.0, Mode::Eval, None) * 0.5 + 0.5)
    }
}

fn read(case: &str) -> Recognized<AnyNetwork> {
    let file = path("weight_files").join(case).with_extension("param");
    recognize(read_weights(&file).unwrap().0).unwrap()
}

#[test]
fn networks_in_ncnn_s_files_equal_ncnn() {
    let reference = Reference::read("ncnn_files");
    for (case, scale) in [
        ("srvgg-x4", 4),
        ("srvgg-x3", 3),
        ("srvgg-resized-x2", 2),
        ("srvgg-resized-x3", 3),
        ("rrdb-x4", 4),
        ("rrdb-x2", 2),
    ] {
        let found = read(case);
        let input = reference.tensor::<4>(&format!("{case}.input"));
        let (found_scale, output) = found.config.visit_translator(Enlarge(found.tensors, input)).unwrap();
        assert_eq!(found_scale, scale, "{case}");
        let expected = reference.tensor::<4>(&format!("{case}.output"));
        assert_eq!(output.dims(), expected.dims(), "{case}");
        assert_close(case, &values(&output), &values(&expected), 2e-5);
    }
}

#[test]
fn a_last_resize_is_described() {
    let text = "SRVGG for 4 times the size, 3 channels, 1 layer, width 6, resized to 2 times the size";
    assert_eq!(read("srvgg-resized-x2").describe(), text);
    assert!(!read("srvgg-x4").describe().contains("resized"));
}
