//! Conversion between tensors of the CPU backend and slices.
//!
//! Kernels work on images with their channels last: a tensor `[n, c, h, w]` is stored as `[n, h, w, c]`, which only its
//! strides show. A kernel that receives such a tensor from another kernel copies nothing. Burn's own operations see an
//! ordinary strided tensor, and copy it where they need contiguous memory.

use burn::backend::{BackendTypes, Flex};
use burn::tensor::{Shape, TensorData};
use rayon::prelude::*;

use crate::float::Float;
use crate::kernel::memory::Buffer;

/// A tensor of the CPU backend.
pub type FlexTensor = <Flex as BackendTypes>::FloatTensorPrimitive;

/// Runs `$body`, a kernel generic over its float type, with `$T` set to the element type of `$tensor`.
///
/// # Panics
/// If that is neither f32 nor f64.
macro_rules! with_float {
    ($tensor:expr, $T:ident => $body:expr) => {
        match burn::backend::TensorMetadata::dtype(&$tensor) {
            burn::backend::DType::F32 => {
                type $T = f32;
                $body
            }
            burn::backend::DType::F64 => {
                type $T = f64;
                $body
            }
            other => panic!("kernels take f32 or f64, not {other:?}"),
        }
    };
}
pub(crate) use with_float;

/// The values of a dense tensor in memory order, such as [`contiguous`] and [`channels_last`] return.
pub fn values<T: Float>(tensor: &FlexTensor) -> &[T] {
    &tensor.storage()[tensor.layout().start_offset()..][..tensor.layout().num_elements()]
}

/// The values of a dense tensor, to be written; the storage is copied first if another tensor shares it.
pub fn values_mut<T: Float>(tensor: &mut FlexTensor) -> &mut [T] {
    let (start, count) = (tensor.layout().start_offset(), tensor.layout().num_elements());
    &mut tensor.storage_mut()[start..][..count]
}

/// The tensor in row-major order; copied if it is not.
pub fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// A tensor of this shape from values in row-major order.
pub fn tensor<T: Float>(values: impl Into<Buffer<T>>, shape: impl Into<Shape>) -> FlexTensor {
    let shape = shape.into();
    let values = values.into();
    assert_eq!(values.len(), shape.num_elements(), "as many values as the shape has");
    FlexTensor::from_data(TensorData::from_bytes(values.into_bytes(), shape, T::dtype()))
}

/// Strides of a tensor `[n, c, h, w]` that is stored as `[n, h, w, c]`.
fn strides([_, c, h, w]: [usize; 4]) -> [usize; 4] {
    [h * w * c, 1, w * c, c]
}

/// The tensor `[n, c, h, w]` stored as `[n, h, w, c]`; copied if it is not.
pub fn channels_last(tensor: FlexTensor) -> FlexTensor {
    let dims: [usize; 4] = tensor.layout().shape().dims();
    let found = tensor.layout().strides();
    let lies_so = (0..4).all(|axis| dims[axis] == 1 || found[axis] == strides(dims)[axis] as isize);
    if lies_so { tensor } else { with_float!(tensor, T => transposed::<T>(contiguous(tensor), dims)) }
}

/// A tensor `[n, c, h, w]` from values stored as `[n, h, w, c]`.
pub fn from_channels_last<T: Float>(values: Buffer<T>, dims: [usize; 4]) -> FlexTensor {
    let [n, c, h, w] = dims;
    tensor(values, [n, h, w, c]).permute(&[0, 3, 1, 2])
}

/// Pixels transposed at a time, so that source and target stay in the cache.
const PIXELS: usize = 64;

/// Copies a row-major tensor `[n, c, h, w]` to one stored as `[n, h, w, c]`.
fn transposed<T: Float>(tensor: FlexTensor, [n, c, h, w]: [usize; 4]) -> FlexTensor {
    let (from, pixels) = (values::<T>(&tensor), h * w);
    let mut to = Buffer::new(from.len());
    let images = to.par_chunks_exact_mut((pixels * c).max(1)).zip(from.par_chunks_exact((pixels * c).max(1)));
    images.for_each(|(to, from)| {
        for (block, to) in to.chunks_mut(PIXELS * c).enumerate() {
            for channel in 0..c {
                let from = &from[channel * pixels + block * PIXELS..];
                to[channel..].iter_mut().step_by(c).zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    });
    from_channels_last(to, [n, c, h, w])
}

/// Applies `f` to the values of a dense tensor in place; to a copy if another tensor shares the storage.
pub fn over<T: Float>(mut tensor: FlexTensor, f: impl FnOnce(&mut [T])) -> FlexTensor {
    if !tensor.is_unique() {
        let copy = Buffer::from(values::<T>(&tensor));
        tensor = tensor_like(copy, &tensor);
    }
    f(values_mut(&mut tensor));
    tensor
}

/// The tensors in one common memory order: channels last if the first tensor is strided and has four axes, otherwise
/// row-major.
pub fn alike<const N: usize>(tensors: [FlexTensor; N]) -> [FlexTensor; N] {
    let first = &tensors[0];
    if !first.is_contiguous() && first.layout().num_dims() == 4 {
        tensors.map(channels_last)
    } else {
        tensors.map(contiguous)
    }
}

/// A tensor of these values with the shape and memory order of `like`, which is row-major or stored with channels last.
pub fn tensor_like<T: Float>(values: Buffer<T>, like: &FlexTensor) -> FlexTensor {
    let shape = like.layout().shape().clone();
    if like.is_contiguous() { tensor(values, shape) } else { from_channels_last(values, shape.dims()) }
}
