//! Top-k Training of GANs: Improving GAN Performance by Throwing Away Bad Samples, Sinha et al. 2020, arXiv:2002.06224:
//! the generator learns only from its images that the discriminator takes most for real.

use burn::tensor::Tensor;

/// The largest `k` of the logits `[n]`, `[k]`.
pub fn top_k(logits: Tensor<1>, k: usize) -> Tensor<1> {
    let (_, best) = logits.clone().detach().topk_with_indices(k, 0);
    logits.select(0, best)
}
