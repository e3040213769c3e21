//! What it costs to be told of an image by a code: Auto-Encoding Variational Bayes, Kingma and Welling 2013, arXiv:1312.6114,
//! equation 10 and appendix B and C.
//!
//! ```text
//! Gaussian    Σ (x − y)² / 2, in units of the deviation that the recipe gives
//! Bernoulli   −Σ p log q + (1 − p) log (1 − q), of brightnesses p and q in [0, 1]
//! KL          Σ (μ² + σ² − log σ² − 1) / 2
//! ```
//!
//! All in nats an image, `[1]` as the mean over the batch. Their sum is minus the evidence's lower bound, but for the Gaussian's
//! constant.

use burn::tensor::Tensor;

/// Brightness is kept so far from 0 and 1 that its logarithm is finite, and its gradient not 0.
const EDGE: f64 = 1e-6;

/// Half the squared distance of `made` to `real`, both `[n, c, h, w]`, for a deviation of 1.
pub fn gaussian(made: Tensor<4>, real: Tensor<4>) -> Tensor<1> {
    let n = real.dims()[0] as f64;
    let off = made - real;
    (off.clone() * off).sum() * (0.5 / n)
}

/// The cross-entropy of brightnesses, of images in `[-1, 1]`.
pub fn bernoulli(made: Tensor<4>, real: Tensor<4>) -> Tensor<1> {
    let n = real.dims()[0] as f64;
    let q = made * (0.5 - EDGE) + 0.5;
    let p = real * 0.5 + 0.5;
    let surprise = p.clone() * q.clone().log() + (p.neg() + 1.0) * (q.neg() + 1.0).log();
    surprise.sum() * (-1.0 / n)
}

/// How far N(mean, exp(log_variance)) is from N(0, 1), `[n, z]` each.
pub fn divergence(mean: Tensor<2>, log_variance: Tensor<2>) -> Tensor<1> {
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
        assert!((number(gaussian(image(0.5), image(-0.5))) - 3.0).abs() < 1e-6);
        let expected = -6.0 * (0.25 * 0.6_f64.ln() + 0.75 * 0.4_f64.ln());
        assert!((f64::from(number(bernoulli(image(0.2), image(-0.5)))) - expected).abs() < 1e-5);
        // Black where it is black costs nothing, and the wrong way around much, but not infinitely much.
        assert!(number(bernoulli(image(-1.0), image(-1.0))) < 1e-4);
        let wrong = Tensor::from_inner(image(1.0)).require_grad();
        let cost = bernoulli(wrong.clone(), Tensor::from_inner(image(-1.0)));
        let slope = wrong.grad(&cost.clone().backward()).unwrap().into_data().iter::<f32>().next().unwrap();
        assert!(number(cost.inner()).is_finite() && slope.is_finite() && slope > 1e3, "{slope}");
        let code = |value: f32| Tensor::<2>::full([4, 5], value, &device);
        assert_eq!(number(divergence(code(0.0), code(0.0))), 0.0);
        let expected = 5.0 * 0.5 * (0.49 + 0.3_f64.exp() - 0.3 - 1.0);
        assert!((f64::from(number(divergence(code(0.7), code(0.3)))) - expected).abs() < 1e-5);
    }
}
