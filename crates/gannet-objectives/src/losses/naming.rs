//! What a discriminator pays that also names what an image was made of: its class, as in Conditional Image Synthesis with
//! Auxiliary Classifier GANs, Odena, Olah and Shlens 2016, arXiv:1610.09585, or the codes of its generator, as in InfoGAN,
//! Chen et al. 2016, arXiv:1606.03657, section 5.
//!
//! ```text
//! classes   −log softmax(logits)[class]          codes   ½ |code − found|², a normal distribution of variance 1
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use gannet_nn::architectures::conditional::one_hot;

/// `logits [n, classes]` and the class of each → the mean of their cross-entropy `[1]`.
pub fn cross_entropy(logits: Tensor<2>, classes: &[usize]) -> Tensor<1> {
    let [n, count] = logits.dims();
    let named = one_hot(classes, count, &logits);
    (log_softmax(logits, 1) * named).sum() * (-1.0 / n as f64)
}

/// Codes `[n, k]` as found and as they were → half of the squared distance, the mean over the images `[1]`.
pub fn code_distance(found: Tensor<2>, codes: Tensor<2>) -> Tensor<1> {
    let [n, _] = codes.dims();
    let off = found - codes;
    (off.clone() * off).sum() * (0.5 / n as f64)
}

/// The share of wrong names `[1]`.
pub fn misnamed(logits: Tensor<2>, classes: &[usize]) -> Tensor<1> {
    let [_, count] = logits.dims();
    let named = one_hot(classes, count, &logits).argmax(1);
    -logits.argmax(1).equal(named).float().mean() + 1.0
}
