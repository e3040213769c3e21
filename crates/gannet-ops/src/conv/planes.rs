//! Images laid out so that what a window sees of them lies in whole lines side by side.

use crate::flex::Real;

use super::tile::COLUMNS;

/// Lines are copied in pieces of this many values, the last reaching beyond its end.
const PIECE: usize = 16;

/// Padded planes, each taken apart by the remainders of its coordinates modulo a stride:
/// `[plane, stride, stride, rows, columns]`.
#[derive(Debug, Clone, Copy)]
pub struct Planes {
    pub stride: usize,
    /// Zeros above and left of the image.
    pub before: usize,
    /// Rows and columns of a remainder.
    pub rows: usize,
    pub columns: usize,
}

/// Neighbouring places of one line, and where they stand in a panel.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub sample: usize,
    pub line: usize,
    pub x: usize,
    pub len: usize,
    /// First column in the panel.
    pub to: usize,
    /// The first place, seen from the first line's first in the first sample.
    from: usize,
}

impl Planes {
    /// For images whose sides, with all zeros around them, are `padded`.
    pub fn new(padded: [usize; 2], before: usize, stride: usize) -> Self {
        let [rows, columns] = padded.map(|side| side.div_ceil(stride));
        Self { stride, before, rows, columns }
    }

    /// Values of a plane.
    pub fn len(&self) -> usize {
        self.stride * self.stride * self.rows * self.columns
    }

    /// Room for so many planes, all zero.
    pub fn room<T: Real>(&self, planes: usize) -> Vec<T> {
        vec![T::ZERO; planes * self.len() + PIECE]
    }

    /// Where the window's pixel `(ky, kx)` of the first place lies; the next place's is the next value.
    pub fn start(&self, ky: usize, kx: usize) -> usize {
        let remainder = ky % self.stride * self.stride + kx % self.stride;
        (remainder * self.rows + ky / self.stride) * self.columns + kx / self.stride
    }

    /// Copies images of `width` into `to`, whose borders stay as they are.
    pub fn fill<T: Real>(&self, images: &[T], [height, width]: [usize; 2], to: &mut [T]) {
        for (image, to) in images.chunks_exact(height * width).zip(to.chunks_exact_mut(self.len())) {
            for (y, line) in image.chunks_exact(width).enumerate() {
                for first in 0..self.stride.min(width) {
                    let to = &mut to[self.start(y + self.before, first + self.before)..];
                    if self.stride == 1 {
                        to[..width].copy_from_slice(line);
                    } else {
                        let from = line[first..].iter().step_by(self.stride);
                        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                    }
                }
            }
        }
    }

    /// The runs of the places from `first` to before `last`, of samples of `lines` × `width` places whose values are
    /// `sample_len` apart.
    pub fn runs(&self, [lines, width]: [usize; 2], sample_len: usize, first: usize, last: usize) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut at = first;
        while at < last {
            let (sample, line, x) = (at / (lines * width), at / width % lines, at % width);
            let len = (width - x).min(last - at);
            runs.push(Run {
                sample,
                line,
                x,
                len,
                to: at - first,
                from: sample * sample_len + line * self.columns + x,
            });
            at += len;
        }
        runs
    }
}

/// Room for a panel of so many rows, each `row` long.
pub fn panel<T: Real>(rows: usize, row: usize) -> Vec<T> {
    vec![T::ZERO; rows * row + PIECE]
}

/// Writes for each offset a row of the panel, `row` apart: the values that lie there from each place of the runs.
/// What a row has beyond its runs is undefined.
pub fn pack<T: Real>(planes: &[T], offsets: &[usize], runs: &[Run], panel: &mut [T], row: usize) {
    for (k, offset) in offsets.iter().enumerate() {
        let (planes, panel) = (&planes[*offset..], &mut panel[k * row..]);
        for run in runs {
            for piece in (0..run.len).step_by(PIECE) {
                let from: &[T; PIECE] = planes[run.from + piece..].first_chunk().expect("planes end with a piece");
                *panel[run.to + piece..].first_chunk_mut().expect("panels end with a piece") = *from;
            }
        }
    }
}

/// Room and stride of a row that runs over all places.
pub fn long_row(places: usize) -> usize {
    places.next_multiple_of(COLUMNS)
}
