//! Arithmetic of dual tensors by the rules of differentiation.

use std::ops::{Add, Mul, Sub};

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

use super::number::Dual;
use crate::concat::concat_channels;

impl<const D: usize> Dual<D> {
    /// The mean over the axes `dims`, whose lengths become 1.
    pub fn mean(self, dims: &[usize]) -> Self {
        self.linear(|x| mean(x, dims))
    }

    /// `1 / √(x + epsilon)` of each element.
    pub fn rsqrt(self, epsilon: f64) -> Self {
        self.map(|x| (x + epsilon).sqrt().recip(), |y, tangent| tangent * y.clone() * y.clone() * y * -0.5)
    }

    /// `√(x + epsilon)` of each element.
    pub fn sqrt(self, epsilon: f64) -> Self {
        self.map(|x| (x + epsilon).sqrt(), |y, tangent| tangent / y * 0.5)
    }

    /// `x²` of each element.
    pub fn square(self) -> Self {
        let tangent = self.tangent.map(|tangent| self.value.clone() * tangent * 2.0);
        Self { value: self.value.clone() * self.value, tangent }
    }

    /// `|x|` of each element; its derivative at 0 is taken as 0.
    pub fn abs(self) -> Self {
        let tangent = self.tangent.map(|tangent| self.value.clone().sign() * tangent);
        Self { value: self.value.abs(), tangent }
    }

    /// The slice `start..start + length` of axis `dim`.
    pub fn narrow(self, dim: usize, start: usize, length: usize) -> Self {
        self.linear(|x| x.narrow(dim, start, length))
    }

    /// Concatenates `self` and `other` along axis `dim`.
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
    /// Prepares an image `[n, c, h, w]` to be read by several layers.
    ///
    /// Autodiff adds up the gradients of all readers at the tensor that they share. Here that is a tensor `[n, h, w, c]`,
    /// whose indices run as its memory does, so that the sum is one pass; at the permuted image Burn would add channel by
    /// channel.
    pub fn shared(self) -> Shared {
        Shared(self.linear(ChannelsLast::into))
    }

    /// A residual connection: `self + factor · branch(self)`.
    pub fn residual(self, factor: f64, branch: impl FnOnce(Self) -> Self) -> Self {
        let x = self.shared();
        let y = branch(x.read());
        (if factor == 1.0 { y } else { y.linear(|y| ChannelsLast::back(ChannelsLast::into(y) * factor)) }) + x.read()
    }
}

/// An image that several layers read; see [`Dual::shared`].
#[derive(Debug, Clone)]
pub struct Shared(Dual<4>);

impl Shared {
    /// The image `[n, c, h, w]`, for one reader.
    pub fn read(&self) -> Dual<4> {
        self.0.clone().linear(ChannelsLast::back)
    }
}

/// Permutations between the axes of an image and the order of its memory, where channels lie last.
///
/// Burn's elementwise operations are one pass over memory only where the order of the axes is that of the memory.
struct ChannelsLast;

impl ChannelsLast {
    const AXES: [usize; 4] = [0, 2, 3, 1];
    const BACK: [usize; 4] = [0, 3, 1, 2];

    /// `[n, c, h, w]` → `[n, h, w, c]`.
    fn into<const D: usize>(x: Tensor<D>) -> Tensor<D> {
        permuted(x, Self::AXES)
    }

    /// `[n, h, w, c]` → `[n, c, h, w]`.
    fn back<const D: usize>(x: Tensor<D>) -> Tensor<D> {
        permuted(x, Self::BACK)
    }
}

/// Permutes the axes of a tensor that has four of them; returns any other as it is.
fn permuted<const D: usize>(x: Tensor<D>, axes: [usize; 4]) -> Tensor<D> {
    if D == 4 { x.permute(std::array::from_fn::<isize, D, _>(|at| axes[at] as isize)) } else { x }
}

/// The mean over the axes `dims`, whose lengths become 1.
pub(super) fn mean<const D: usize>(x: Tensor<D>, dims: &[usize]) -> Tensor<D> {
    dims.iter().fold(x, |x, dim| x.mean_dim(*dim))
}

/// Concatenates along `dim`; images in one pass over their memory.
fn cat<const D: usize>(a: Tensor<D>, b: Tensor<D>, dim: usize) -> Tensor<D> {
    if D == 4 && dim == 1 {
        let [a, b] = [a, b].map(|images| Tensor::<4>::from_dispatch(images.into_dispatch()));
        return Tensor::from_dispatch(concat_channels(a, b).into_dispatch());
    }
    let place = if D == 4 { ChannelsLast::BACK[dim] } else { dim };
    ChannelsLast::back(Tensor::cat(vec![ChannelsLast::into(a), ChannelsLast::into(b)], place))
}

/// The elementwise sum; of images in one pass over their memory.
fn plus<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    ChannelsLast::back(ChannelsLast::into(a) + ChannelsLast::into(b))
}

/// The elementwise product; of images in one pass over their memory.
fn times<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    ChannelsLast::back(ChannelsLast::into(a) * ChannelsLast::into(b))
}

impl Dual<3> {
    /// Batched matrix product `[b, i, k] · [b, k, j]` → `[b, i, j]`.
    pub fn matmul(self, other: Self) -> Self {
        let by_left = self.tangent.map(|tangent| tangent.matmul(other.value.clone()));
        let by_right = other.tangent.map(|tangent| self.value.clone().matmul(tangent));
        Self { value: self.value.matmul(other.value), tangent: sum(by_left, by_right) }
    }

    /// Softmax over the last axis.
    pub fn softmax(self) -> Self {
        self.map(
            |x| softmax(x, 2),
            |y, tangent| {
                let scaled = y.clone() * tangent;
                scaled.clone() - y * scaled.sum_dim(2)
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

/// The sum of two tangents, where `None` stands for zeros; their shapes may differ if they broadcast.
fn sum<const D: usize>(a: Option<Tensor<D>>, b: Option<Tensor<D>>) -> Option<Tensor<D>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(plus(a, b)),
        (a, b) => a.or(b),
    }
}
