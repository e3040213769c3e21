//! Dual numbers: a value, and the tangent along which it moves.
//!
//! The framework differentiates once. A penalty on a gradient needs the parameters' gradient of an image's gradient; it
//! is had exactly by carrying a tangent through the forward pass and differentiating that: Pearlmutter 1994, "Fast Exact
//! Multiplication by the Hessian", Neural Computation 6(1).

use burn::tensor::Tensor;

use crate::conv::{self, Window};

/// A tensor and its derivative along one direction; no tangent is a tangent of zeros.
#[derive(Debug, Clone)]
pub struct Dual<const D: usize> {
    /// The value.
    pub value: Tensor<D>,
    /// Of the value's shape.
    pub tangent: Option<Tensor<D>>,
}

impl<const D: usize> Dual<D> {
    /// A value that moves along `tangent`.
    pub fn new(value: Tensor<D>, tangent: Tensor<D>) -> Self {
        Self { value, tangent: Some(tangent) }
    }

    /// A value that stands still.
    pub fn constant(value: Tensor<D>) -> Self {
        Self { value, tangent: None }
    }

    /// A linear map, which acts on the tangent as on the value.
    pub fn linear<const E: usize>(self, map: impl Fn(Tensor<D>) -> Tensor<E>) -> Dual<E> {
        Dual { value: map(self.value), tangent: self.tangent.map(map) }
    }
}

/// [`conv::conv2d`] of a dual image.
pub fn conv2d(x: Dual<4>, weight: Tensor<4>, window: Window) -> Dual<4> {
    x.linear(|x| conv::conv2d(x, weight.clone(), window))
}

/// [`conv::conv_transpose2d`] of a dual image.
pub fn conv_transpose2d(x: Dual<4>, weight: Tensor<4>, window: Window) -> Dual<4> {
    x.linear(|x| conv::conv_transpose2d(x, weight.clone(), window))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};

    use super::*;
    use crate::random::Stream;

    const WINDOW: Window = Window { stride: 2, padding: 1, dilation: 1, groups: 1 };

    fn random(shape: [usize; 4], name: &str) -> Tensor<4> {
        let values = Stream::new(0, name, 0).normals(shape.iter().product());
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), DType::F64))
    }

    fn sum(x: Tensor<4>) -> f64 {
        x.sum().into_scalar()
    }

    /// `Σ f(x)²` along `v`, as its derivative there and as a central difference.
    fn check(f: impl Fn(Dual<4>) -> Dual<4>, x: &Tensor<4>, v: &Tensor<4>) {
        let Dual { value, tangent } = f(Dual::new(x.clone(), v.clone()));
        let slope = sum(value * tangent.expect("a moving image moves its result") * 2.0);
        let at = |by: f64| {
            let y = f(Dual::constant(x.clone() + v.clone() * by));
            assert!(y.tangent.is_none());
            sum(y.value.clone() * y.value)
        };
        let difference = (at(1e-4) - at(-1e-4)) / 2e-4;
        assert!((slope - difference).abs() <= 1e-6 * slope.abs(), "{slope} instead of {difference}");
    }

    #[test]
    fn tangents_equal_central_differences() {
        let weight = random([5, 3, 4, 4], "weight");
        let (x, v) = (random([2, 3, 8, 6], "x"), random([2, 3, 8, 6], "v"));
        check(|x| conv2d(x, weight.clone(), WINDOW), &x, &v);
        let (y, v) = (random([2, 5, 4, 3], "y"), random([2, 5, 4, 3], "u"));
        check(|y| conv_transpose2d(y, weight.clone(), WINDOW), &y, &v);
    }

    /// Half the squared norm of the gradient of `Σ (x ∗ w)² / 2` in x, differentiated in w: second order, exactly.
    #[test]
    fn a_penalty_on_a_gradient_has_its_gradient() {
        let (x, w) = (random([2, 3, 8, 6], "x"), random([5, 3, 4, 4], "weight"));
        let gradient = |w: Tensor<4>| {
            let y = conv::conv2d(x.clone(), w.clone(), WINDOW);
            conv::conv_transpose2d(y, w, WINDOW)
        };
        let leaf = Tensor::from_inner(w.clone()).require_grad();
        let v = Tensor::from_inner(gradient(w.clone()));
        let y = conv2d(Dual::new(Tensor::from_inner(x.clone()), v), leaf.clone(), WINDOW);
        let slopes = leaf.grad(&(y.value * y.tangent.expect("moves")).sum().backward()).expect("w is tracked");
        let direction = random([5, 3, 4, 4], "direction");
        let penalty = |by: f64| {
            let g = gradient(w.clone() + direction.clone() * by);
            sum(g.clone() * g) / 2.0
        };
        let difference = (penalty(1e-4) - penalty(-1e-4)) / 2e-4;
        let slope = sum(slopes * direction.clone());
        assert!((slope - difference).abs() <= 1e-6 * slope.abs(), "{slope} instead of {difference}");
    }
}
