//! A network as a list of named tensors.
//!
//! A parameter's name is its path through the modules, as in `up.0.weight`; it does not change
//! between runs, unlike the framework's own identifiers.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use crate::error::WeightsError;

/// One tensor of a file or a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Path of the parameter, joined by dots.
    pub name: String,
    /// Sizes of its axes.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Vec<f32>,
}

/// All tensors of a network, running statistics too, in the order of its fields.
pub fn collect<M: Module>(network: &M) -> Vec<NamedTensor> {
    let mut collector = Collector::default();
    network.visit(&mut collector);
    collector.tensors
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    tensors: Vec<NamedTensor>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let data = param.val().into_data();
        self.tensors.push(NamedTensor {
            name: self.path.join("."),
            shape: data.shape().to_vec(),
            values: data.iter::<f32>().collect(),
        });
    }
}

/// The network with the values of `tensors`, each by its name.
///
/// # Errors
/// [`WeightsError::Fit`] names every tensor that is missing, left over or of another shape.
pub fn load<M: Module>(network: M, tensors: Vec<NamedTensor>) -> Result<M, WeightsError> {
    let tensors = tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect();
    let mut loader = Loader { path: Vec::new(), tensors, complaints: Vec::new() };
    let network = network.map(&mut loader);
    loader.complaints.extend(loader.tensors.keys().map(|name| format!("{name} is not in the network")));
    if loader.complaints.is_empty() { Ok(network) } else { Err(WeightsError::Fit(shorten(&loader.complaints))) }
}

/// The first few complaints, as another network has dozens.
fn shorten(complaints: &[String]) -> String {
    const LISTED: usize = 5;
    let more = complaints.len().saturating_sub(LISTED);
    let listed = complaints.iter().take(LISTED).cloned().collect::<Vec<_>>().join("; ");
    if more == 0 { listed } else { format!("{listed}; and {more} more") }
}

struct Loader {
    path: Vec<String>,
    tensors: BTreeMap<String, NamedTensor>,
    complaints: Vec<String>,
}

impl ModuleMapper for Loader {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let Some(tensor) = self.tensors.remove(&name) else {
            self.complaints.push(format!("{name} is missing"));
            return param;
        };
        let expected = param.shape().to_vec();
        if tensor.shape != expected {
            self.complaints.push(format!("{name} has shape {:?} instead of {expected:?}", tensor.shape));
            return param;
        }
        param.map(|old| {
            let data = TensorData::new(tensor.values, tensor.shape);
            Tensor::from_data(data, &old.device()).set_require_grad(old.is_require_grad())
        })
    }
}
