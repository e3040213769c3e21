//! Top-k Training of GANs: Improving GAN Performance by Throwing Away Bad Samples, Sinha et al. 2020, arXiv:2002.06224:
//! the generator learns only from those of its images whose logits are largest.

use burn::tensor::Tensor;

/// The `k` largest of the logits `[n]`, as `[k]`.
pub fn top_k(logits: Tensor<1>, k: usize) -> Tensor<1> {
    let (_, largest) = logits.clone().detach().topk_with_indices(k, 0);
    logits.select(0, largest)
}
