//! The dual tensor.

use burn::tensor::Tensor;

/// A tensor with its derivative along one direction.
#[derive(Debug, Clone)]
pub struct Dual<const D: usize> {
    /// The value.
    pub value: Tensor<D>,
    /// The derivative, of the value's shape; `None` stands for zeros.
    pub tangent: Option<Tensor<D>>,
}

impl<const D: usize> Dual<D> {
    /// A value with a tangent of its shape.
    pub fn new(value: Tensor<D>, tangent: Tensor<D>) -> Self {
        Self { value, tangent: Some(tangent) }
    }

    /// A constant: a value whose tangent is zero.
    pub fn constant(value: Tensor<D>) -> Self {
        Self { value, tangent: None }
    }

    /// The shape of the value.
    pub fn dims(&self) -> [usize; D] {
        self.value.dims()
    }

    /// Applies a linear map, which acts on the tangent as on the value.
    pub fn linear<const E: usize>(self, map: impl Fn(Tensor<D>) -> Tensor<E>) -> Dual<E> {
        Dual { value: map(self.value), tangent: self.tangent.map(map) }
    }

    /// Reshapes value and tangent.
    pub fn reshape<const E: usize>(self, shape: [usize; E]) -> Dual<E> {
        self.linear(|x| x.reshape(shape))
    }

    /// The value `f(value)` with the tangent `df(f(value), tangent)`, if there is a tangent.
    pub(super) fn map(
        self,
        f: impl FnOnce(Tensor<D>) -> Tensor<D>,
        df: impl FnOnce(Tensor<D>, Tensor<D>) -> Tensor<D>,
    ) -> Self {
        let value = f(self.value);
        let tangent = self.tangent.map(|tangent| df(value.clone(), tangent));
        Self { value, tangent }
    }
}
