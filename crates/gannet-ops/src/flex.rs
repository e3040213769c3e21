//! From the CPU backend's tensors to slices and back.
//!
//! Images are worked on with their channels last: `[n, c, h, w]` lies in memory as `[n, h, w, c]`, and only the strides
//! say so. A kernel that gets such a tensor from another kernel copies nothing; the framework's own operations see an
//! ordinary tensor, and copy where they need to.

use burn::backend::{BackendTypes, Flex};
use burn::tensor::{Shape, TensorData};
use rayon::prelude::*;

use crate::kernel::memory::Buffer;
use crate::real::Real;

/// A tensor of the CPU backend.
pub type FlexTensor = <Flex as BackendTypes>::FloatTensorPrimitive;

/// Calls a kernel written for any float with the type that `$tensor` holds.
///
/// # Panics
/// Where that is neither f32 nor f64.
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

/// The values of a tensor whose storage has them side by side, as [`contiguous`] and [`channels_last`] make it.
pub fn values<T: Real>(tensor: &FlexTensor) -> &[T] {
    &tensor.storage()[tensor.layout().start_offset()..][..tensor.layout().num_elements()]
}

/// The same to be written; of a copy where somebody else holds them.
pub fn values_mut<T: Real>(tensor: &mut FlexTensor) -> &mut [T] {
    let (start, count) = (tensor.layout().start_offset(), tensor.layout().num_elements());
    &mut tensor.storage_mut()[start..][..count]
}

/// The tensor with its values in the order of its indices.
pub fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// A tensor of this shape and these values in the order of its indices.
pub fn tensor<T: Real>(values: impl Into<Buffer<T>>, shape: impl Into<Shape>) -> FlexTensor {
    let shape = shape.into();
    let values = values.into();
    assert_eq!(values.len(), shape.num_elements(), "as many values as the shape has");
    FlexTensor::from_data(TensorData::from_bytes(values.into_bytes(), shape, T::dtype()))
}

/// Strides of `[n, c, h, w]` that lies as `[n, h, w, c]`.
fn strides([_, c, h, w]: [usize; 4]) -> [usize; 4] {
    [h * w * c, 1, w * c, c]
}

/// The `[n, c, h, w]` tensor with its values in memory as `[n, h, w, c]`.
pub fn channels_last(tensor: FlexTensor) -> FlexTensor {
    let dims: [usize; 4] = tensor.layout().shape().dims();
    let found = tensor.layout().strides();
    let lies_so = (0..4).all(|axis| dims[axis] == 1 || found[axis] == strides(dims)[axis] as isize);
    if lies_so { tensor } else { with_float!(tensor, T => transposed::<T>(contiguous(tensor), dims)) }
}

/// A tensor `[n, c, h, w]` of values `[n, h, w, c]`.
pub fn from_channels_last<T: Real>(values: Buffer<T>, dims: [usize; 4]) -> FlexTensor {
    let [n, c, h, w] = dims;
    tensor(values, [n, h, w, c]).permute(&[0, 3, 1, 2])
}

/// Pixels that are transposed at once, so that both sides of the copy stay in the cache.
const PIXELS: usize = 64;

fn transposed<T: Real>(tensor: FlexTensor, [n, c, h, w]: [usize; 4]) -> FlexTensor {
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

/// The tensor, dense in its order, with `f` applied to its values; a copy where somebody else holds them.
pub fn over<T: Real>(mut tensor: FlexTensor, f: impl FnOnce(&mut [T])) -> FlexTensor {
    if !tensor.is_unique() {
        let copy = Buffer::from(values::<T>(&tensor));
        tensor = tensor_like(copy, &tensor);
    }
    f(values_mut(&mut tensor));
    tensor
}

/// All tensors with their values in one order, the first one's if that is either of the two, with that order's layout.
pub fn alike<const N: usize>(tensors: [FlexTensor; N]) -> [FlexTensor; N] {
    let first = &tensors[0];
    if !first.is_contiguous() && first.layout().num_dims() == 4 {
        tensors.map(channels_last)
    } else {
        tensors.map(contiguous)
    }
}

/// A tensor of these values that lies as `like` does, which [`alike`] gave.
pub fn tensor_like<T: Real>(values: Buffer<T>, like: &FlexTensor) -> FlexTensor {
    let shape = like.layout().shape().clone();
    if like.is_contiguous() { tensor(values, shape) } else { from_channels_last(values, shape.dims()) }
}
