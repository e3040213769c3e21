//! The three maps of a fully connected layer, which is a convolution of images of one pixel. The weight is read in place:
//! for a small batch, packing it would take as long as multiplying by it, and so would rounding it.

use super::patches::by_output;
use super::shape::Shape;
use crate::kernel::memory::Buffer;
use crate::precision::Precision;
use crate::product::{Rows, Tiled, Transposed, multiply_into_transposed, multiply_rows, multiply_transposed};

/// Batch sizes for which this is fastest. For fewer images a packed weight that is used repeatedly is faster; for more
/// the cost of packing is negligible.
pub const IMAGES: std::ops::RangeInclusive<usize> = 8..=256;

/// `y [n, o] = x [n, c] · weightᵀ`.
pub fn forward<T: Tiled>(s: &Shape, x: &[T], weight: &[T]) -> Buffer<T> {
    let mut y = Buffer::new(s.n * s.o);
    multiply_into_transposed(
        Rows { values: weight, stride: s.c },
        s.o,
        &by_output(x, s.n, s.c, 1, Precision::F32),
        &mut y,
        s.o,
    );
    y
}

/// `x [n, c] = y [n, o] · weight`.
pub fn image_adjoint<T: Tiled>(s: &Shape, y: &[T], weight: &[T]) -> Buffer<T> {
    let mut x = Buffer::new(s.n * s.c);
    let (left, right) = (Rows { values: y, stride: s.o }, Rows { values: weight, stride: s.c });
    multiply_rows(left, right, s.o, [s.n, s.c], &mut x, s.c);
    x
}

/// `weight [o, c] = yᵀ · x`.
pub fn weight_adjoint<T: Tiled>(s: &Shape, x: &[T], y: &[T]) -> Buffer<T> {
    let mut weight = Buffer::new(s.o * s.c);
    let (left, right) = (Rows { values: y, stride: s.o }, Rows { values: x, stride: s.c });
    multiply_transposed(Precision::F32, Transposed { left, right, depth: s.n }, [s.o, s.c], &mut weight, s.c);
    weight
}
