//! Arithmetic of dual tensors by the rules of differentiation, for layers that a batch passes once.

use std::ops::{Add, Mul, Sub};

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

use super::Dual;

impl<const D: usize> Dual<D> {
    /// The mean over some axes, which become 1 long.
    pub fn mean(self, dims: &[usize]) -> Self {
        self.linear(|x| super::mean(x, dims))
    }

    /// `1 / √(x + epsilon)`.
    pub fn rsqrt(self, epsilon: f64) -> Self {
        self.map(|x| (x + epsilon).sqrt().recip(), |y, tangent| tangent * y.clone() * y.clone() * y * -0.5)
    }

    /// `√(x + epsilon)`.
    pub fn sqrt(self, epsilon: f64) -> Self {
        self.map(|x| (x + epsilon).sqrt(), |y, tangent| tangent / y * 0.5)
    }

    /// `x²`.
    pub fn square(self) -> Self {
        let tangent = self.tangent.map(|tangent| self.value.clone() * tangent * 2.0);
        Self { value: self.value.clone() * self.value, tangent }
    }

    /// `|x|`, which does not move where it is 0.
    pub fn abs(self) -> Self {
        let tangent = self.tangent.map(|tangent| self.value.clone().sign() * tangent);
        Self { value: self.value.abs(), tangent }
    }

    /// Some along `dim` from `start`, `length` long.
    pub fn narrow(self, dim: usize, start: usize, length: usize) -> Self {
        self.linear(|x| x.narrow(dim, start, length))
    }

    /// One after another along `dim`.
    pub fn cat(self, other: Self, dim: usize) -> Self {
        let tangent = match (self.tangent, other.tangent) {
            (None, None) => None,
            (a, b) => {
                let a = a.unwrap_or_else(|| self.value.zeros_like());
                let b = b.unwrap_or_else(|| other.value.zeros_like());
                Some(Tensor::cat(vec![a, b], dim))
            }
        };
        Self { value: Tensor::cat(vec![self.value, other.value], dim), tangent }
    }
}

impl Dual<3> {
    /// Products of the matrices of a batch.
    pub fn matmul(self, other: Self) -> Self {
        let by_left = self.tangent.map(|tangent| tangent.matmul(other.value.clone()));
        let by_right = other.tangent.map(|tangent| self.value.clone().matmul(tangent));
        Self { value: self.value.matmul(other.value), tangent: sum(by_left, by_right) }
    }

    /// `eˣ / Σ eˣ` over the last axis.
    pub fn softmax(self) -> Self {
        self.map(
            |x| softmax(x, 2),
            |y, tangent| {
                let moved = y.clone() * tangent;
                moved.clone() - y * moved.sum_dim(2)
            },
        )
    }
}

impl<const D: usize> Add for Dual<D> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, tangent: sum(self.tangent, other.tangent) }
    }
}

impl<const D: usize> Sub for Dual<D> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let tangent = sum(self.tangent, other.tangent.map(Tensor::neg));
        Self { value: self.value - other.value, tangent }
    }
}

impl<const D: usize> Mul for Dual<D> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let by_left = self.tangent.map(|tangent| tangent * other.value.clone());
        let by_right = other.tangent.map(|tangent| self.value.clone() * tangent);
        Self { value: self.value * other.value, tangent: sum(by_left, by_right) }
    }
}

impl<const D: usize> Mul<f64> for Dual<D> {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        self.linear(|x| x * factor)
    }
}

/// Of tangents that may be of different shapes, as values may.
fn sum<const D: usize>(a: Option<Tensor<D>>, b: Option<Tensor<D>>) -> Option<Tensor<D>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}
