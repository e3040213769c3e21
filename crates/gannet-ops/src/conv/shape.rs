//! Sizes of a convolution, and how its work is cut into tasks.

use std::ops::Range;

use rayon::prelude::*;

use super::Window;
use crate::kernel::memory::Buffer;
use crate::real::Real;

/// Sizes of one convolution `[n, c, h, w] ∗ [o, c / groups, k, l] → [n, o, h', w']`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub n: usize,
    /// Channels of the image.
    pub c: usize,
    /// Channels of the result.
    pub o: usize,
    /// Rows and columns of the kernel.
    pub k: [usize; 2],
    pub image: [usize; 2],
    pub out: [usize; 2],
    pub window: Window,
}

impl Shape {
    pub fn image_len(&self) -> usize {
        self.image[0] * self.image[1] * self.c
    }

    pub fn out_len(&self) -> usize {
        self.out[0] * self.out[1] * self.o
    }

    /// Values of the weight.
    pub fn weight_len(&self) -> usize {
        self.o * self.c / self.window.groups * self.taps()
    }

    /// Pixels of the kernel.
    pub fn taps(&self) -> usize {
        self.k[0] * self.k[1]
    }

    /// The image's coordinate that value `tap` of window `at` meets, along `axis`; none in the padding.
    pub fn meets(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        let padded = at * self.window.stride + tap * self.window.dilation;
        padded.checked_sub(self.window.padding[axis]).filter(|at| *at < self.image[axis])
    }
}

/// Some rows of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    pub image: usize,
    pub rows: Range<usize>,
}

impl Band {
    /// How many rows.
    pub fn height(&self) -> usize {
        self.rows.len()
    }
}

/// The rows of `n` images of `height` rows in tasks of about `rows` rows each, in order. A task is part of an image, cut
/// at multiples of `multiple`, or some whole images. It depends on the shapes alone, never on the number of threads.
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

/// Cuts `values` into the parts that the tasks own, `row` values a row.
pub fn parts<'a, T>(mut values: &'a mut [T], tasks: &[Vec<Band>], row: usize) -> Vec<&'a mut [T]> {
    let mut parts = Vec::with_capacity(tasks.len());
    for task in tasks {
        let (part, rest) = values.split_at_mut(task.iter().map(Band::height).sum::<usize>() * row);
        parts.push(part);
        values = rest;
    }
    parts
}

/// The sum of what `add` adds to `len` values for some tasks at a time, in at most `groups` partial sums that are then added
/// in order.
pub fn summed<T: Real>(
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
