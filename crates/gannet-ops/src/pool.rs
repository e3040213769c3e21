//! Max and average pooling, in one pass over images stored with their channels last.
//!
//! Burn's CPU pools read one channel after another, so that images would have to be transposed before and after them.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::flex::{FlexTensor, channels_last, from_channels_last, values, with_float};
use crate::float::Float;
use crate::kernel::memory::Buffer;
use crate::simd::vectorized;

/// How the pixels of a window are reduced to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// The largest pixel that lies inside the image.
    Max,
    /// The mean of the pixels that lie inside the image: PyTorch's `count_include_pad=False`.
    MeanInside,
    /// The mean of all pixels, with zeros outside the image: PyTorch's `count_include_pad=True`.
    MeanWithPadding,
}

/// Sizes of the square pooling windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Side of a window, in pixels; at least 1.
    pub side: usize,
    /// Step between windows, in pixels; at least 1.
    pub stride: usize,
    /// Padding on each side of the image, in pixels; at most half of `side`.
    pub padding: usize,
}

impl Windows {
    /// Number of windows along an axis of `input` pixels.
    fn output(self, input: usize) -> usize {
        (input + 2 * self.padding - self.side) / self.stride + 1
    }

    /// The pixels of window number `at` that lie inside an axis of `input` pixels.
    fn pixels(self, at: usize, input: usize) -> std::ops::Range<usize> {
        let start = at * self.stride;
        start.saturating_sub(self.padding)..(start + self.side - self.padding).min(input)
    }
}

/// Pools `x [n, c, h, w]` to `[n, c, h', w']` with `h' = (h + 2·padding − side) / stride + 1`, and `w'` likewise.
///
/// At least one window must fit into the padded image. Gradients are Burn's own.
pub fn pool(x: Tensor<4>, kind: Pool, windows: Windows) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as PoolBackend>::pool(x.into_dispatch(), kind, windows))
}

/// Pooling as a backend extension; the default body is Burn's pooling, which also serves autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait PoolBackend: Backend {
    /// See [`pool`].
    fn pool(x: FloatTensor<Self>, kind: Pool, windows: Windows) -> FloatTensor<Self> {
        let [side, stride, padding] = [[windows.side; 2], [windows.stride; 2], [windows.padding; 2]];
        match kind {
            Pool::Max => Self::max_pool2d(x, side, stride, padding, [1; 2], false),
            Pool::MeanInside => Self::avg_pool2d(x, side, stride, padding, false, false),
            Pool::MeanWithPadding => Self::avg_pool2d(x, side, stride, padding, true, false),
        }
    }
}

#[cfg(feature = "vulkan")]
impl PoolBackend for burn::backend::Cube {}

impl<B: Backend + PoolBackend, C: CheckpointStrategy> PoolBackend for Autodiff<B, C> {}

impl PoolBackend for Flex {
    fn pool(x: FlexTensor, kind: Pool, windows: Windows) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let out = [windows.output(h), windows.output(w)];
        let x = channels_last(x);
        with_float!(x, T => {
            let x = values::<T>(&x);
            let mut y = Buffer::new(n * out[0] * out[1] * c);
            y.par_chunks_exact_mut((out[1] * c).max(1)).enumerate().for_each(|(line, to)| {
                let image = &x[line / out[0] * h * w * c..][..h * w * c];
                vectorized(
                    #[inline(always)]
                    || pool_line(image, [h, w, c], line % out[0], to, kind, windows),
                );
            });
            from_channels_last(y, [n, c, out[0], out[1]])
        })
    }
}

/// Writes row number `line` of the result, `to [w', c]`, from one image `[h, w, c]`.
#[inline(always)]
fn pool_line<T: Float>(image: &[T], [h, w, c]: [usize; 3], line: usize, to: &mut [T], kind: Pool, windows: Windows) {
    let rows = windows.pixels(line, h);
    for (column, to) in to.chunks_exact_mut(c).enumerate() {
        let columns = windows.pixels(column, w);
        let mut first = true;
        for row in rows.clone() {
            for from in image[row * w * c..][columns.start * c..columns.end * c].chunks_exact(c) {
                match (first, kind) {
                    (true, _) => to.copy_from_slice(from),
                    (false, Pool::Max) => {
                        to.iter_mut().zip(from).for_each(|(to, from)| *to = if *from > *to { *from } else { *to });
                    }
                    (false, _) => to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + *from),
                }
                first = false;
            }
        }
        let count = match kind {
            Pool::Max => continue,
            Pool::MeanInside => rows.len() * columns.len(),
            Pool::MeanWithPadding => windows.side * windows.side,
        };
        let share = T::from_f64(1.0 / count as f64);
        to.iter_mut().for_each(|to| *to = *to * share);
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};

    use super::*;
    use crate::random::Stream;

    #[test]
    fn pools_equal_burn_s_and_have_gradients() {
        let device = Device::flex();
        let values = Stream::new(0, "pool", 0).normals(2 * 5 * 9 * 8);
        let x = Tensor::<4>::from_data(TensorData::new(values, [2, 5, 9, 8]), (&device, DType::F64));
        for kind in [Pool::Max, Pool::MeanInside, Pool::MeanWithPadding] {
            for (side, stride, padding) in [(3, 2, 0), (3, 1, 1), (2, 2, 0), (3, 2, 1)] {
                let windows = Windows { side, stride, padding };
                let found = pool(x.clone(), kind, windows);
                let leaf = Tensor::from_inner(x.clone()).require_grad();
                let tracked = pool(leaf.clone(), kind, windows);
                let error = (found - tracked.clone().inner()).abs().max().into_scalar::<f64>();
                assert!(error < 1e-12, "{kind:?} {windows:?}: {error}");
                let gradient = leaf.grad(&tracked.sum().backward()).unwrap();
                assert_eq!(gradient.dims(), [2, 5, 9, 8]);
            }
        }
    }
}
