//! The three maps with fewer products: Fast Algorithms for Convolutional Neural Networks, Lavin and Gray 2015,
//! arXiv:1509.09308, after Winograd 1980.
//!
//! A stride takes image and kernel apart into phases, the pixels and weights with one pair of remainders modulo the
//! stride: a 4 × 4 kernel with stride 2 is the sum of four 2 × 2 kernels with stride 1, each over its own phase. Tiles of
//! 2 × 2 results are then products in a transformed space, ([`form`]) 9 instead of 16 for such kernels and 16 instead of
//! 36 for 3 × 3. At each of its points the products of all tiles and channels are one matrix product:
//!
//! ```text
//! forward            M = V U        V [tiles, phases · c], U [phases · c, o], M [tiles, o]
//! adjoint in x       V = M Uᵀ
//! adjoint in weight  U = Vᵀ M
//! ```

mod form;
mod groups;
mod tiles;
mod weights;

use rayon::prelude::*;

use self::form::{Form, LANES, Three, Two};
use self::tiles::Tiles;
use super::Window;
use super::shape::{Band, Shape, parts, summed, tasks};
use crate::kernel::memory::Buffer;
use crate::product::{Panels, Rows, Tiled, add_transposed, multiply};
use crate::simd::vectorized;

/// Tiles of a task: enough for an efficient product, few enough for all its values to stay in the cache.
const TILES: usize = 64;
/// Tiles between two additions to the weight's adjoint, and how many such tasks are transformed side by side where there
/// are few sums to share out.
const LONG: usize = 128;
const TOGETHER: usize = 4;
/// Fewer channels than this are not worth the transforms.
pub const CHANNELS: usize = 16;

/// With fewer tiles than this, reading the weight takes longest, which is larger in the transformed space.
pub const FEWEST: usize = 32;

/// Whether such windows can be computed in this way.
pub fn suits([rows, columns]: [usize; 2], window: Window) -> bool {
    let square = rows == columns && window.padding[0] == window.padding[1];
    square && [2, 3].iter().any(|r| rows == r * window.stride) && window.dilation == 1
}

/// A weight `[o, c / groups, k, k]` in the transformed space, of each group and at each point a right factor.
pub type Weight<T> = Vec<Panels<T>>;

/// The weight for [`forward`].
pub fn pack_forward<T: Tiled>(s: &Shape, weight: &[T]) -> Weight<T> {
    by_group(s, weight, if two(s) { weights::forward::<T, Two> } else { weights::forward::<T, Three> })
}

/// The weight for [`image_adjoint`].
pub fn pack_backward<T: Tiled>(s: &Shape, weight: &[T]) -> Weight<T> {
    by_group(s, weight, if two(s) { weights::backward::<T, Two> } else { weights::backward::<T, Three> })
}

fn by_group<T: Tiled>(s: &Shape, weight: &[T], pack: fn(&Shape, &[T]) -> Weight<T>) -> Weight<T> {
    let part = groups::part(s);
    weight[..s.weight_len()].chunks_exact(part.weight_len()).flat_map(|weight| pack(&part, weight)).collect()
}

/// `y [n, h', w', o] = x [n, h, w, c] ∗ weight`.
pub fn forward<T: Tiled>(s: &Shape, x: &[T], weight: &Weight<T>) -> Buffer<T> {
    let map: Map<T> = if two(s) { forward_by::<T, Two> } else { forward_by::<T, Three> };
    mapped(s, x, weight, [s.c, s.o], s.n * s.out[0] * s.out[1], map)
}

/// `x [n, h, w, c]` such that `⟨x, x'⟩ = ⟨y, x' ∗ weight⟩` for all `x'`.
pub fn image_adjoint<T: Tiled>(s: &Shape, y: &[T], weight: &Weight<T>) -> Buffer<T> {
    let map = if two(s) { image_by::<T, Two> } else { image_by::<T, Three> };
    mapped(s, y, weight, [s.o, s.c], s.n * s.image[0] * s.image[1], map)
}

/// A map of images, with a weight in the transformed space.
type Map<T> = fn(&Shape, &[T], &[Panels<T>]) -> Buffer<T>;

/// What `map` makes of images of so many channels, of each group by itself.
fn mapped<T: Tiled>(
    s: &Shape,
    from: &[T],
    weight: &Weight<T>,
    [channels, results]: [usize; 2],
    pixels: usize,
    map: Map<T>,
) -> Buffer<T> {
    let count = s.window.groups;
    if count == 1 {
        return map(s, from, weight);
    }
    let (part, points) = (groups::part(s), weight.len() / count);
    groups::scattered(pixels, results, count, |g| {
        map(&part, &groups::gathered(from, channels, count, g), &weight[g * points..][..points])
    })
}

/// `weight [o, c / groups, k, k]` such that `⟨weight, w'⟩ = ⟨y, x ∗ w'⟩` for all `w'`.
pub fn weight_adjoint<T: Tiled>(s: &Shape, x: &[T], y: &[T]) -> Buffer<T> {
    let map = if two(s) { weight_by::<T, Two> } else { weight_by::<T, Three> };
    let count = s.window.groups;
    if count == 1 {
        return map(s, x, y);
    }
    let part = groups::part(s);
    let mut weight = Buffer::new(s.weight_len());
    for (g, to) in weight.chunks_exact_mut(part.weight_len()).enumerate() {
        let [x, y] = [(x, s.c), (y, s.o)].map(|(values, channels)| groups::gathered(values, channels, count, g));
        to.copy_from_slice(&map(&part, &x, &y));
    }
    weight
}

/// Whether the phases of the kernel are two weights wide, not three.
fn two(s: &Shape) -> bool {
    s.k[0] == 2 * s.window.stride
}

/// Sizes in the transformed space.
struct Sizes {
    /// Points of the transformed space.
    points: usize,
    /// Channels of the image in whole lanes.
    c: usize,
    /// Channels of all phases.
    depth: usize,
    /// Channels of the result in whole lanes.
    o: usize,
    /// From row to row of V and of M. Not a power of two, whose multiples would share a few lines of the cache.
    v_stride: usize,
    m_stride: usize,
}

impl Sizes {
    /// Room for V of some tiles.
    fn v<T: Tiled>(&self, tiles: usize) -> Buffer<T> {
        Buffer::scratch(self.points * tiles * self.v_stride)
    }

    /// Room for M of some tiles.
    fn m<T: Tiled>(&self, tiles: usize) -> Buffer<T> {
        Buffer::scratch(self.points * tiles * self.m_stride)
    }
}

fn sizes<F: Form>(s: &Shape) -> Sizes {
    let c = s.c.next_multiple_of(LANES);
    let o = s.o.next_multiple_of(LANES);
    let depth = s.window.stride.pow(2) * c;
    let stride = |columns: usize| columns.next_multiple_of(2 * LANES) + LANES;
    Sizes { points: F::POINTS.pow(2), c, depth, o, v_stride: stride(depth), m_stride: stride(o) }
}

/// Rows of tiles that have about `tiles` together, so that there are some such parts.
fn tile_rows(s: &Shape, tiles: usize) -> usize {
    let across = s.out[1].div_ceil(2);
    let all = s.n * s.out[0].div_ceil(2) * across;
    tiles.min(all.div_ceil(8)) / across
}

/// Tasks over rows of results with about `tiles` tiles each.
fn out_tasks(s: &Shape, tiles: usize) -> Vec<Vec<Band>> {
    tasks(s.n, s.out[0], 2 * tile_rows(s, tiles).max(1), 2)
}

fn forward_by<T: Tiled, F: Form>(s: &Shape, x: &[T], u: &[Panels<T>]) -> Buffer<T> {
    let size = sizes::<F>(s);
    let mut y = Buffer::new(s.n * s.out_len());
    let tasks = out_tasks(s, TILES);
    let parts = parts(&mut y, &tasks, s.out[1] * s.o);
    tasks.par_iter().zip(parts).for_each(|(task, y)| {
        let tiles = Tiles::new(s, task);
        let (mut v, mut m) = (size.v(tiles.count()), size.m(tiles.count()));
        vectorized(
            #[inline(always)]
            || tiles.data::<T, F>(&size, x, &mut v),
        );
        products(u, (&v, size.v_stride), (&mut m, size.m_stride), tiles.count());
        vectorized(
            #[inline(always)]
            || tiles.result::<T, F>(&size, &m, y),
        );
    });
    y
}

/// `to = from · u` at each point, for `tiles` rows.
fn products<T: Tiled>(u: &[Panels<T>], (from, stride): (&[T], usize), to: (&mut [T], usize), tiles: usize) {
    let points = from.chunks_exact(tiles * stride).zip(to.0.chunks_exact_mut(tiles * to.1));
    for (u, (from, out)) in u.iter().zip(points) {
        multiply(Rows { values: from, stride }, tiles, u, out, to.1);
    }
}

fn image_by<T: Tiled, F: Form>(s: &Shape, y: &[T], u: &[Panels<T>]) -> Buffer<T> {
    let size = sizes::<F>(s);
    let mut x = Buffer::new(s.n * s.image_len());
    // Neighboring bands of one image both need the tiles between them, so that they should be few.
    let rows = 2 * s.window.stride * tile_rows(s, TILES).max(4);
    let tasks = tasks(s.n, s.image[0], rows, 1);
    let parts = parts(&mut x, &tasks, s.image[1] * s.c);
    tasks.par_iter().zip(parts).for_each(|(task, x)| {
        x.fill(T::ZERO);
        let seen = tiles::seen::<F>(s, task);
        let tiles = Tiles::new(s, &seen);
        let (mut v, mut m) = (size.v(tiles.count()), size.m(tiles.count()));
        vectorized(
            #[inline(always)]
            || tiles.result_adjoint::<T, F>(&size, y, &mut m),
        );
        products(u, (&m, size.m_stride), (&mut v, size.v_stride), tiles.count());
        vectorized(
            #[inline(always)]
            || tiles.data_adjoint::<T, F>(&size, &v, task, x),
        );
    });
    x
}

fn weight_by<T: Tiled, F: Form>(s: &Shape, x: &[T], y: &[T]) -> Buffer<T> {
    let size = sizes::<F>(s);
    let tasks = out_tasks(s, LONG);
    let len = size.points * size.depth * size.m_stride;
    // As many partial sums as memory allows; a function of the shapes, so that sums keep their order.
    let groups = (2_000_000 / len).clamp(1, 4);
    let together = if groups > 2 { 1 } else { TOGETHER };
    let u = summed(&tasks, groups, len, |tasks, u| {
        tasks.chunks(together).for_each(|tasks| add_tasks::<T, F>(s, &size, tasks, [x, y], u));
    });
    weights::adjoint::<T, F>(s, &size, &u)
}

/// Adds the products of some tasks to `u [points, depth, o]`.
fn add_tasks<T: Tiled, F: Form>(s: &Shape, size: &Sizes, tasks: &[Vec<Band>], [x, y]: [&[T]; 2], u: &mut [T]) {
    let transformed = tasks.par_iter().map(|task| {
        let tiles = Tiles::new(s, task);
        let (mut v, mut m) = (size.v(tiles.count()), size.m(tiles.count()));
        vectorized(
            #[inline(always)]
            || tiles.data::<T, F>(size, x, &mut v),
        );
        vectorized(
            #[inline(always)]
            || tiles.result_adjoint::<T, F>(size, y, &mut m),
        );
        (tiles.count(), v, m)
    });
    let transformed: Vec<_> = transformed.collect();
    u.par_chunks_exact_mut(size.depth * size.m_stride).enumerate().for_each(|(point, u)| {
        for (count, v, m) in &transformed {
            let left = Rows { values: &v[point * count * size.v_stride..], stride: size.v_stride };
            let right = Rows { values: &m[point * count * size.m_stride..], stride: size.m_stride };
            add_transposed(left, right, *count, [size.depth, size.o], u, size.m_stride);
        }
    });
}
