//! The sizes of a convolution, and the division of its work into tasks.

use std::ops::Range;

use rayon::prelude::*;

use super::window::Window;
use crate::float::Float;
use crate::kernel::memory::Buffer;
use crate::precision::Precision;

/// The sizes of one convolution `[n, c, h, w] ∗ [o, c / groups, k, l] → [n, o, h', w']`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Number of images.
    pub n: usize,
    /// Channels of the image.
    pub c: usize,
    /// Channels of the result.
    pub o: usize,
    /// Height and width of the kernel.
    pub k: [usize; 2],
    /// Height and width of the image.
    pub image: [usize; 2],
    /// Height and width of the result.
    pub out: [usize; 2],
    /// Stride, padding, dilation and groups.
    pub window: Window,
    /// How factors are rounded.
    pub precision: Precision,
}

impl Shape {
    /// Values per image.
    pub fn image_len(&self) -> usize {
        self.image[0] * self.image[1] * self.c
    }

    /// Values per result.
    pub fn out_len(&self) -> usize {
        self.out[0] * self.out[1] * self.o
    }

    /// Values in the weight.
    pub fn weight_len(&self) -> usize {
        self.o * self.c / self.window.groups * self.taps()
    }

    /// Pixels in the kernel.
    pub fn taps(&self) -> usize {
        self.k[0] * self.k[1]
    }

    /// The image's coordinate, along `axis`, under tap number `tap` of window number `at`; none in the padding.
    pub fn source(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        let padded = at * self.window.stride + tap * self.window.dilation;
        padded.checked_sub(self.window.padding[axis]).filter(|at| *at < self.image[axis])
    }
}

/// A range of rows of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Index of the image in the batch.
    pub image: usize,
    /// The rows.
    pub rows: Range<usize>,
}

impl Band {
    /// Number of rows.
    pub fn height(&self) -> usize {
        self.rows.len()
    }
}

/// Divides the rows of `n` images, `height` rows each, into tasks of about `rows` rows, in order.
///
/// A task is a part of one image, cut at multiples of `multiple`, or several whole images. The division depends on the
/// shapes alone, never on the number of threads, so that sums over tasks have the same bits for any number of threads.
pub fn tasks(n: usize, height: usize, rows: usize, multiple: usize) -> Vec<Vec<Band>> {
    let images: Vec<usize> = (0..n).collect();
    if height > rows {
        let step = rows.next_multiple_of(multiple).max(multiple);
        let cuts = |image| (0..height).step_by(step).map(move |row| Band { image, rows: row..height.min(row + step) });
        images.into_iter().flat_map(cuts).map(|band| vec![band]).collect()
    } else {
        let whole = |image: &usize| Band { image: *image, rows: 0..height };
        images.chunks((rows / height.max(1)).max(1)).map(|images| images.iter().map(whole).collect()).collect()
    }
}

/// Splits `values` into the parts that belong to the tasks; a row has `row` values.
pub fn parts<'a, T>(mut values: &'a mut [T], tasks: &[Vec<Band>], row: usize) -> Vec<&'a mut [T]> {
    let mut parts = Vec::with_capacity(tasks.len());
    for task in tasks {
        let (part, rest) = values.split_at_mut(task.iter().map(Band::height).sum::<usize>() * row);
        parts.push(part);
        values = rest;
    }
    parts
}

/// A sum of `len` values over all tasks, in at most `groups` partial sums, which are then added in order.
///
/// `add(tasks, sum)` adds the contribution of some tasks to `sum`.
pub fn summed<T: Float>(
    tasks: &[Vec<Band>],
    groups: usize,
    len: usize,
    add: impl Fn(&[Vec<Band>], &mut [T]) + Sync,
) -> Buffer<T> {
    const CHUNK: usize = 1 << 14;
    let partial = tasks.par_chunks(tasks.len().div_ceil(groups)).map(|tasks| {
        let mut sum = Buffer::zeros(len);
        add(tasks, &mut sum);
        sum
    });
    let mut partial = partial.collect::<Vec<_>>().into_iter();
    let mut sum = partial.next().expect("a convolution has results");
    for part in partial {
        sum.par_chunks_mut(CHUNK).zip(part.par_chunks(CHUNK)).for_each(|(sum, part)| {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum = *sum + *part);
        });
    }
    sum
}
