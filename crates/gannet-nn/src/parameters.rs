//! Counts of parameters.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::layers::is_running_statistic;

/// Number of learned values of a network; running statistics are not counted.
pub fn parameter_count<M: Module>(network: &M) -> usize {
    struct Count(usize, Vec<String>);
    impl ModuleVisitor for Count {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.1.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.1.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if !self.1.last().is_some_and(|name| is_running_statistic(name)) {
                self.0 += param.shape().num_elements();
            }
        }
    }
    let mut count = Count(0, Vec::new());
    network.visit(&mut count);
    count.0
}
