//! Orthogonal regularisation: Neural Photo Editing with Introspective Adversarial Networks, Brock et al. 2016,
//! arXiv:1609.07093; without its diagonal, so that norms are free, as Large Scale GAN Training for High Fidelity Natural
//! Image Synthesis, Brock et al. 2018, arXiv:1809.11096, equation 3, has it.
//!
//! ```text
//! β · Σ ‖W Wᵀ ⊙ (1 − I)‖²        over all weights, as matrices of as many rows as their first axis is long
//! ```

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// `β` times the sum over the learned weights of `network`, `[1]`; nothing where it has none.
pub fn orthogonal<M: Module>(network: &M, beta: f64) -> Option<Tensor<1>> {
    struct Sum(Option<Tensor<1>>);
    impl ModuleVisitor for Sum {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let weight = param.val();
            if D < 2 || !weight.is_require_grad() {
                return;
            }
            let rows = weight.dims()[0];
            let rest = weight.shape().num_elements() / rows;
            let weight = weight.reshape([rows, rest]);
            let products = weight.clone().matmul(weight.clone().transpose());
            let norms = (weight.clone() * weight).sum_dim(1);
            let sum = (products.clone() * products).sum() - (norms.clone() * norms).sum();
            self.0 = Some(self.0.take().map_or(sum.clone(), |others| others + sum));
        }
    }
    let mut sum = Sum(None);
    network.visit(&mut sum);
    sum.0.map(|sum| sum * beta)
}
