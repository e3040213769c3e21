//! The two terms of a variational autoencoder's loss: Auto-Encoding Variational Bayes, Kingma and Welling 2013,
//! arXiv:1312.6114, equation 10 and appendices B and C.
//!
//! ```text
//! Gaussian    Σ (x − y)² / 2                          negative log-likelihood for a standard deviation of 1
//! Bernoulli   −Σ p log q + (1 − p) log (1 − q)        of brightnesses p and q in [0, 1]
//! KL          Σ (μ² + σ² − log σ² − 1) / 2
//! ```
//!
//! All are in nats per image, as the batch mean `[1]`. The sum of a reconstruction term and the KL divergence is the
//! negative evidence lower bound, without the Gaussian's constant.

use burn::tensor::Tensor;

/// Distance of an output's brightness from 0 and 1 that keeps its logarithm finite and its gradient nonzero.
const MARGIN: f64 = 1e-6;

/// Gaussian negative log-likelihood, without its constant, of `target` given `output`, `[n, c, h, w]` each, for a standard
/// deviation of 1: half the squared distance.
pub fn gaussian_nll(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let n = target.dims()[0] as f64;
    let error = output - target;
    (error.clone() * error).sum() * (0.5 / n)
}

/// Bernoulli negative log-likelihood of `target` given `output`, images `[n, c, h, w]` in `[-1, 1]`: the cross-entropy of
/// their brightnesses.
pub fn bernoulli_nll(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let n = target.dims()[0] as f64;
    let q = output * (0.5 - MARGIN) + 0.5;
    let p = target * 0.5 + 0.5;
    let log_likelihood = p.clone() * q.clone().log() + (p.neg() + 1.0) * (q.neg() + 1.0).log();
    log_likelihood.sum() * (-1.0 / n)
}

/// KL divergence of N(mean, exp(log_variance)) from N(0, 1), both `[n, z]`.
pub fn kl_divergence(mean: Tensor<2>, log_variance: Tensor<2>) -> Tensor<1> {
    let n = mean.dims()[0] as f64;
    let sum = mean.clone() * mean + log_variance.clone().exp() - log_variance - 1.0;
    sum.sum() * (0.5 / n)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn number(x: Tensor<1>) -> f32 {
        x.into_scalar()
    }

    #[test]
    fn closed_forms() {
        let device = Device::flex();
        let image = |value: f32| Tensor::<4>::full([2, 1, 2, 3], value, &device);
        assert!((number(gaussian_nll(image(0.5), image(-0.5))) - 3.0).abs() < 1e-6);
        let expected = -6.0 * (0.25 * 0.6_f64.ln() + 0.75 * 0.4_f64.ln());
        assert!((f64::from(number(bernoulli_nll(image(0.2), image(-0.5)))) - expected).abs() < 1e-5);
        let code = |value: f32| Tensor::<2>::full([4, 5], value, &device);
        assert_eq!(number(kl_divergence(code(0.0), code(0.0))), 0.0);
        let expected = 5.0 * 0.5 * (0.49 + 0.3_f64.exp() - 0.3 - 1.0);
        assert!((f64::from(number(kl_divergence(code(0.7), code(0.3)))) - expected).abs() < 1e-5);
    }

    #[test]
    fn black_and_white_have_finite_losses_and_gradients() {
        let device = Device::flex();
        let image = |value: f32| Tensor::<4>::full([2, 1, 2, 3], value, &device);
        assert!(number(bernoulli_nll(image(-1.0), image(-1.0))) < 1e-4);
        let wrong = Tensor::from_inner(image(1.0)).require_grad();
        let loss = bernoulli_nll(wrong.clone(), Tensor::from_inner(image(-1.0)));
        let slope = wrong.grad(&loss.clone().backward()).unwrap().into_data().iter::<f32>().next().unwrap();
        assert!(number(loss.inner()).is_finite() && slope.is_finite() && slope > 1e3, "{slope}");
    }
}
