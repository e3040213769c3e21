//! From the CPU backend's tensors to slices and back.

use std::ops::{Add, Div, Mul, Sub};

use burn::backend::{BackendTypes, DType, Flex};
use burn::tensor::{Element, Shape, TensorData};

/// A tensor of the CPU backend.
pub type FlexTensor = <Flex as BackendTypes>::FloatTensorPrimitive;

/// The floats that kernels are written for.
pub trait Real:
    Element
    + bytemuck::Pod
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + PartialOrd
    + Send
    + Sync
{
    /// 0.
    const ZERO: Self;
    /// To the nearest.
    fn from_f64(value: f64) -> Self;
    /// Exactly.
    fn to_f64(self) -> f64;
    /// Square root.
    fn sqrt(self) -> Self;
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn to_f64(self) -> f64 {
        self.into()
    }
    fn sqrt(self) -> Self {
        self.sqrt()
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    fn from_f64(value: f64) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        self
    }
    fn sqrt(self) -> Self {
        self.sqrt()
    }
}

/// Runs a kernel on tensors of one float type, giving a tensor of shape `out`.
///
/// # Panics
/// Where the tensors hold neither f32 nor f64.
pub fn map<const N: usize, const D: usize>(
    tensors: [FlexTensor; N],
    out: [usize; D],
    f32: impl FnOnce([&[f32]; N]) -> Vec<f32>,
    f64: impl FnOnce([&[f64]; N]) -> Vec<f64>,
) -> FlexTensor {
    match tensors[0].dtype() {
        DType::F32 => run(tensors, out, f32),
        DType::F64 => run(tensors, out, f64),
        other => panic!("kernels take f32 or f64, not {other:?}"),
    }
}

fn run<T: Real, const N: usize, const D: usize>(
    tensors: [FlexTensor; N],
    out: [usize; D],
    kernel: impl FnOnce([&[T]; N]) -> Vec<T>,
) -> FlexTensor {
    let tensors = tensors.map(|tensor| tensor.to_contiguous());
    let slices = tensors.each_ref().map(|tensor| tensor.as_slice::<T>().expect("a contiguous tensor is a slice"));
    FlexTensor::from_data(TensorData::new(kernel(slices), Shape::new(out)))
}
