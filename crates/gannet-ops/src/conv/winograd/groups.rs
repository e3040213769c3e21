//! Grouped convolutions: the channels of each group are copied together, convolved, and copied back.

use rayon::prelude::*;

use crate::conv::shape::Shape;
use crate::conv::window::Window;
use crate::kernel::memory::Buffer;
use crate::product::Tiled;

/// Pixels that a task copies.
const PIXELS: usize = 256;

/// The shape of one group.
pub fn part(s: &Shape) -> Shape {
    let groups = s.window.groups;
    Shape { c: s.c / groups, o: s.o / groups, window: Window { groups: 1, ..s.window }, ..*s }
}

/// The channels of group number `g`; a pixel of `from` has `all` channels.
pub fn gathered<T: Tiled>(from: &[T], all: usize, groups: usize, g: usize) -> Buffer<T> {
    let own = all / groups;
    let mut to = Buffer::new(from.len() / groups);
    to.par_chunks_mut(PIXELS * own).zip(from.par_chunks(PIXELS * all)).for_each(|(to, from)| {
        let pixels = to.chunks_exact_mut(own).zip(from.chunks_exact(all));
        pixels.for_each(|(to, from)| to.copy_from_slice(&from[g * own..][..own]));
    });
    to
}

/// Assembles `pixels` pixels of `all` channels from the result of `map` for each group.
pub fn scattered<T: Tiled>(
    pixels: usize,
    all: usize,
    groups: usize,
    mut map: impl FnMut(usize) -> Buffer<T>,
) -> Buffer<T> {
    let own = all / groups;
    let mut to = Buffer::new(pixels * all);
    for g in 0..groups {
        let from = map(g);
        to.par_chunks_mut(PIXELS * all).zip(from.par_chunks(PIXELS * own)).for_each(|(to, from)| {
            let pixels = to.chunks_exact_mut(all).zip(from.chunks_exact(own));
            pixels.for_each(|(to, from)| to[g * own..][..own].copy_from_slice(from));
        });
    }
    to
}
