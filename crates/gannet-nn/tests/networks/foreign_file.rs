//! Networks under the names that other projects give to weights, with weights that a formula gives, against a script of
//! scripts/reference.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use gannet_nn::architectures::AnyNetwork;
use gannet_nn::{Recognized, recognize};
use gannet_weights::NamedTensor;

use crate::reference::{Reference, assert_close, gradients, largest, path, training, values};

/// The cases of a script, with the names and shapes of their tensors.
pub fn cases(reference: &str) -> BTreeMap<String, Vec<(String, Vec<usize>)>> {
    let text = std::fs::read_to_string(path(reference).with_extension("json")).unwrap();
    let all: BTreeMap<String, BTreeMap<String, Vec<usize>>> = serde_json::from_str(&text).unwrap();
    all.into_iter().map(|(case, shapes)| (case, shapes.into_iter().collect())).collect()
}

/// The names and shapes of a case.
fn shapes(reference: &str, case: &str) -> Vec<(String, Vec<usize>)> {
    cases(reference).remove(case).unwrap()
}

/// The tensors of a file of this case.
pub fn tensors(reference: &str, case: &str) -> Vec<NamedTensor> {
    let tensors = shapes(reference, case).into_iter().map(|(name, shape)| NamedTensor {
        values: crate::seeded::values(&format!("{case}.{name}"), &shape),
        name,
        shape,
    });
    tensors.collect()
}

/// What a file of this case is recognized as, and Gannet's names of its tensors by the file's names.
pub fn file(reference: &str, case: &str) -> (Recognized<AnyNetwork>, BTreeMap<String, String>) {
    let tensors = tensors(reference, case);
    let found = recognize(tensors.clone()).unwrap();
    // Their order is kept, and some are dropped; no two have the same values.
    let mut rest = tensors.iter();
    let pairs = found.tensors.iter().filter_map(|ours| Some((rest.find(|theirs| theirs.values == ours.values)?, ours)));
    let names = pairs.map(|(theirs, ours)| (theirs.name.clone(), ours.name.clone())).collect();
    (found, names)
}

/// `2 u − 1` by the formula, in the shape of the tensor `like`.
pub fn drawn<const D: usize>(case: &str, what: &str, like: &Tensor<D>) -> Tensor<D> {
    let count = like.shape().num_elements();
    let values: Vec<f32> =
        crate::seeded::uniform(&format!("{case}.{what}"), count).map(|u| (2.0 * u - 1.0) as f32).collect();
    Tensor::from_data(TensorData::new(values, like.dims()), &training())
}

/// Compares `f(network, input)`, its slopes and its gradients with the case's.
pub fn check<M: Module, const D: usize, const E: usize>(
    file: &Reference,
    case: &str,
    network: M,
    names: &BTreeMap<String, String>,
    f: impl Fn(&mut M, Tensor<D>) -> Tensor<E>,
) {
    let mut network = network;
    let input = drawn(case, "input", &file.tensor::<D>(&format!("{case}.slopes"))).require_grad();
    let output = f(&mut network, input.clone());
    let close = |key: &str, found: &[f32], tolerance: f32| {
        let key = format!("{case}.{key}");
        let expected = file.values(&key);
        assert_close(&key, found, expected, tolerance * largest(expected));
    };
    close("output", &values(&output), 2e-5);
    let probe = drawn(case, "probe", &output);
    let backward = (output * probe).sum().backward();
    close("slopes", &values(&input.grad(&backward).unwrap()), 1e-4);
    let found = gradients(&network, &backward);
    let expected = file.below(&format!("{case}.grad."));
    assert!(!expected.is_empty());
    for tensor in expected {
        close(&format!("grad.{}", tensor.name), &found[&names[&tensor.name]], 1e-4);
    }
}
