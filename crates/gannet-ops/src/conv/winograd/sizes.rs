//! The sizes of a convolution in the transformed space.

use super::form::{Form, LANES};
use crate::conv::shape::Shape;
use crate::kernel::memory::Buffer;
use crate::product::Tiled;

/// The sizes in the transformed space.
pub struct Sizes {
    /// Number of points of the transformed space.
    pub points: usize,
    /// Channels of the image, rounded up to whole lanes.
    pub c: usize,
    /// Channels of all phases together.
    pub depth: usize,
    /// Channels of the result, rounded up to whole lanes.
    pub o: usize,
    /// Values from row to row of V. It is never a power of two, whose multiples would compete for the same cache lines.
    pub v_stride: usize,
    /// Values from row to row of M; never a power of two.
    pub m_stride: usize,
}

impl Sizes {
    /// A buffer for V of some tiles.
    pub fn v<T: Tiled>(&self, tiles: usize) -> Buffer<T> {
        Buffer::scratch(self.points * tiles * self.v_stride)
    }

    /// A buffer for M of some tiles.
    pub fn m<T: Tiled>(&self, tiles: usize) -> Buffer<T> {
        Buffer::scratch(self.points * tiles * self.m_stride)
    }
}

/// The sizes for a convolution by form `F`.
pub fn sizes<F: Form>(s: &Shape) -> Sizes {
    let c = s.c.next_multiple_of(LANES);
    let o = s.o.next_multiple_of(LANES);
    let depth = s.window.stride.pow(2) * c;
    let stride = |columns: usize| columns.next_multiple_of(2 * LANES) + LANES;
    Sizes { points: F::POINTS.pow(2), c, depth, o, v_stride: stride(depth), m_stride: stride(o) }
}
