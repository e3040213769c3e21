//! Losses of a discriminator's classification head: Conditional Image Synthesis with Auxiliary Classifier GANs, Odena, Olah
//! and Shlens 2016, arXiv:1610.09585, and InfoGAN: Interpretable Representation Learning by Information Maximizing
//! Generative Adversarial Nets, Chen et al. 2016, arXiv:1606.03657, section 5.
//!
//! ```text
//! classes   −log softmax(logits)[class]
//! codes     ½ |predicted − code|²              a normal distribution of variance 1
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

use gannet_ops::labels::one_hot;

/// Cross-entropy of class `logits [n, classes]` with the label of each image, as the batch mean `[1]`.
pub fn cross_entropy(logits: Tensor<2>, labels: &[usize]) -> Tensor<1> {
    let [n, classes] = logits.dims();
    let targets = one_hot(labels, classes, &logits);
    (log_softmax(logits, 1) * targets).sum() * (-1.0 / n as f64)
}

/// Half the squared distance of predicted codes from the generator's codes, `[n, k]` each, as the batch mean `[1]`.
pub fn code_loss(predicted: Tensor<2>, codes: Tensor<2>) -> Tensor<1> {
    let [n, _] = codes.dims();
    let error = predicted - codes;
    (error.clone() * error).sum() * (0.5 / n as f64)
}

/// Share of images in `[0, 1]` whose largest of the `logits [n, classes]` is not that of their label, `[1]`.
pub fn error_rate(logits: Tensor<2>, labels: &[usize]) -> Tensor<1> {
    let [_, classes] = logits.dims();
    let targets = one_hot(labels, classes, &logits).argmax(1);
    -logits.argmax(1).equal(targets).float().mean() + 1.0
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn rows(values: [[f32; 2]; 4]) -> Tensor<2> {
        Tensor::from_floats(values, &Device::flex())
    }

    #[test]
    fn closed_forms() {
        let logits = rows([[1.0, 0.0], [0.0, 3.0], [2.0, 2.5], [0.5, 0.0]]);
        let labels = [0, 0, 1, 0];
        // Cross-entropy of two classes: ln(1 + exp(other − own)).
        let margins = [-1.0_f32, 3.0, -0.5, -0.5];
        let expected = margins.iter().map(|margin| margin.exp().ln_1p()).sum::<f32>() / 4.0;
        assert!((cross_entropy(logits.clone(), &labels).into_scalar::<f32>() - expected).abs() < 1e-6);
        assert_eq!(error_rate(logits, &labels).into_scalar::<f32>(), 0.25);
        let (predicted, codes) = (rows([[1.0, 2.0]; 4]), rows([[0.0, 4.0]; 4]));
        assert_eq!(code_loss(predicted, codes).into_scalar::<f32>(), 2.5);
    }
}
