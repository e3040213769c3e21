//! Factors of matrix products that are read in place.

use crate::kernel::tile::Rows;

impl<'a, T> Rows<'a, T> {
    /// The submatrix that starts at `row` and `column`.
    pub fn from(self, row: usize, column: usize) -> Self {
        Self { values: &self.values[row * self.stride + column..], stride: self.stride }
    }

    /// The matrix as a left factor.
    pub fn plain(self) -> Left<'a, T> {
        Left { values: self.values, strides: [self.stride, 1] }
    }

    /// The transposed matrix as a left factor.
    pub fn transposed(self) -> Left<'a, T> {
        Left { values: self.values, strides: [1, self.stride] }
    }
}

/// A left factor, with its strides from row to row and along the depth.
#[derive(Clone, Copy)]
pub struct Left<'a, T> {
    values: &'a [T],
    pub strides: [usize; 2],
}

impl<'a, T> Left<'a, T> {
    /// The values from `row` and `depth` on.
    pub fn at(self, row: usize, depth: usize) -> &'a [T] {
        &self.values[row * self.strides[0] + depth * self.strides[1]..]
    }
}
