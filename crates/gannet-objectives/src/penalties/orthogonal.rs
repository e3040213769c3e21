//! Orthogonal regularization: Neural Photo Editing with Introspective Adversarial Networks, Brock et al. 2016,
//! arXiv:1609.07093; without the diagonal, so that norms are free, as in Large Scale GAN Training for High Fidelity Natural
//! Image Synthesis, Brock et al. 2018, arXiv:1809.11096, equation 3.
//!
//! ```text
//! β · Σ ‖W Wᵀ ⊙ (1 − I)‖²        over all weights W, as matrices with one row per index of their first axis
//! ```

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// The penalty `[1]` over the learned weights of `network`; none where it has no learned weights of two or more axes.
pub fn orthogonal<M: Module>(network: &M, beta: f64) -> Option<Tensor<1>> {
    let mut sum = SumOfProducts(None);
    network.visit(&mut sum);
    sum.0.map(|sum| sum * beta)
}

/// `Σ ‖W Wᵀ ⊙ (1 − I)‖²` of the weights visited so far.
struct SumOfProducts(Option<Tensor<1>>);

impl ModuleVisitor for SumOfProducts {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let weight = param.val();
        if D < 2 || !weight.is_require_grad() {
            return;
        }
        let rows = weight.dims()[0];
        let columns = weight.shape().num_elements() / rows;
        let weight = weight.reshape([rows, columns]);
        let products = weight.clone().matmul(weight.clone().transpose());
        let norms = (weight.clone() * weight).sum_dim(1);
        let sum = (products.clone() * products).sum() - (norms.clone() * norms).sum();
        self.0 = Some(self.0.take().map_or(sum.clone(), |others| others + sum));
    }
}
