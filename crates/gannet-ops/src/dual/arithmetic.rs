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
                Some(cat(a, b, dim))
            }
        };
        Self { value: cat(self.value, other.value, dim), tangent }
    }
}

impl Dual<4> {
    /// An image that several layers read. What they ask for as its gradient is added up where they meet, at a tensor whose
    /// indices go as its memory does, which is one pass; at the image itself the framework would go channel by channel.
    pub fn shared(self) -> Shared {
        Shared(self.linear(Lines::into))
    }

    /// `self + factor · branch(self)`.
    pub fn residual(self, factor: f64, branch: impl FnOnce(Self) -> Self) -> Self {
        let x = self.shared();
        let y = branch(x.read());
        (if factor == 1.0 { y } else { y.linear(|y| Lines::back(Lines::into(y) * factor)) }) + x.read()
    }
}

/// See [`Dual::shared`].
#[derive(Debug, Clone)]
pub struct Shared(Dual<4>);

impl Shared {
    /// The image, for one of those that read it.
    pub fn read(&self) -> Dual<4> {
        self.0.clone().linear(Lines::back)
    }
}

/// Axes in the order of an image's memory, whose channels lie last.
struct Lines;

impl Lines {
    const AXES: [usize; 4] = [0, 2, 3, 1];
    const BACK: [usize; 4] = [0, 3, 1, 2];

    /// `[n, c, h, w]` → `[n, h, w, c]`.
    fn into<const D: usize>(x: Tensor<D>) -> Tensor<D> {
        turned(x, Self::AXES)
    }

    /// `[n, h, w, c]` → `[n, c, h, w]`.
    fn back<const D: usize>(x: Tensor<D>) -> Tensor<D> {
        turned(x, Self::BACK)
    }
}

/// Axes in another order, of what has four.
fn turned<const D: usize>(x: Tensor<D>, axes: [usize; 4]) -> Tensor<D> {
    if D == 4 { x.permute(std::array::from_fn::<isize, D, _>(|at| axes[at] as isize)) } else { x }
}

fn cat<const D: usize>(a: Tensor<D>, b: Tensor<D>, dim: usize) -> Tensor<D> {
    let place = if D == 4 { Lines::BACK[dim] } else { dim };
    Lines::back(Tensor::cat(vec![Lines::into(a), Lines::into(b)], place))
}

/// The sum, of images in one pass over their memory.
fn plus<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    Lines::back(Lines::into(a) + Lines::into(b))
}

/// The same of the product.
fn times<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    Lines::back(Lines::into(a) * Lines::into(b))
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
        Self { value: plus(self.value, other.value), tangent: sum(self.tangent, other.tangent) }
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
        let by_left = self.tangent.map(|tangent| times(tangent, other.value.clone()));
        let by_right = other.tangent.map(|tangent| times(self.value.clone(), tangent));
        Self { value: times(self.value, other.value), tangent: sum(by_left, by_right) }
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
        (Some(a), Some(b)) => Some(plus(a, b)),
        (a, b) => a.or(b),
    }
}
