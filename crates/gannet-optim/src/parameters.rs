//! The parameters and gradients of a network as flat tensors by their paths.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

/// Flat tensors by the path of their parameter, as in `up.0.weight`; sorted, so that whatever sums over them does so in the
/// same order each time.
pub type FlatTensors = BTreeMap<String, Tensor<1>>;

/// The values of `network`, running statistics included, detached from any graph.
pub fn values<M: Module>(network: &M) -> FlatTensors {
    collect(network, None)
}

/// The gradients of `network`'s parameters. Parameters without a gradient are left out.
pub fn gradients<M: Module>(network: &M, gradients: &Gradients) -> FlatTensors {
    collect(network, Some(gradients))
}

/// `network` with every parameter replaced for which `f(path, flat value)` returns a new value.
pub fn map<M: Module>(network: M, mut f: impl FnMut(&str, Tensor<1>) -> Option<Tensor<1>>) -> M {
    network.map(&mut Mapper { path: Vec::new(), f: &mut f })
}

fn collect<M: Module>(network: &M, gradients: Option<&Gradients>) -> FlatTensors {
    let mut collector = Collector { path: Vec::new(), gradients, flat: FlatTensors::new() };
    network.visit(&mut collector);
    collector.flat
}

struct Collector<'a> {
    path: Vec<String>,
    gradients: Option<&'a Gradients>,
    flat: FlatTensors,
}

impl ModuleVisitor for Collector<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = match self.gradients {
            Some(gradients) => param.val().grad(gradients),
            None => Some(param.val().inner()),
        };
        if let Some(value) = value {
            self.flat.insert(self.path.join("."), value.reshape([-1]));
        }
    }
}

/// Not generic over `f`: each network's walk is compiled once, not once for each closure.
struct Mapper<'a> {
    path: Vec<String>,
    f: &'a mut dyn FnMut(&str, Tensor<1>) -> Option<Tensor<1>>,
}

impl ModuleMapper for Mapper<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.join(".");
        param.map(|old| {
            let Some(new) = (self.f)(&path, old.clone().inner().reshape([-1])) else { return old };
            let new = new.reshape(old.shape());
            let new = if old.is_autodiff() { Tensor::from_inner(new) } else { new };
            new.set_require_grad(old.is_require_grad())
        })
    }
}
