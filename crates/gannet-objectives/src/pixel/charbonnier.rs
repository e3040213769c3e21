//! Two deterministic half-quadratic regularization algorithms for computed imaging, Charbonnier, Blanc-Féraud, Aubert and
//! Barlaud 1994, ICIP; as the loss of super-resolution: Lai, Huang, Ahuja and Yang 2017, arXiv:1704.03915, equation 2.
//!
//! ```text
//! E √((x − y)² + ε²)
//! ```

use burn::tensor::Tensor;

/// ε: 0.001 of the range of brightness, for images in `[-1, 1]`.
const EPSILON: f64 = 2e-3;

/// The Charbonnier distance `[1]` of images `[n, c, h, w]` in `[-1, 1]`.
pub fn charbonnier(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let error = output - target;
    (error.clone() * error + EPSILON * EPSILON).sqrt().mean()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn it_is_quadratic_near_zero_and_absolute_far_from_it() {
        let image = |value: f32| Tensor::<4>::full([1, 1, 2, 2], value, &Device::flex());
        let distance = |value: f32| f64::from(charbonnier(image(value), image(0.0)).into_scalar::<f32>());
        assert!((distance(0.0) - EPSILON).abs() < 1e-9);
        assert!((distance(1e-4) - EPSILON - 1e-8 / (2.0 * EPSILON)).abs() < 1e-7);
        assert!((distance(-0.5) - 0.5 - EPSILON * EPSILON).abs() < 1e-6);
    }
}
