//! The three maps with fewer products: Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural Networks",
//! arXiv:1509.09308, after Winograd 1980, "Arithmetic Complexity of Computations".
//!
//! A stride splits image and kernel into phases: the pixels and weights with one pair of remainders modulo the stride. A
//! 4 × 4 kernel with stride 2 is the sum of four 2 × 2 kernels with stride 1, each over its own phase. A tile of 2 × 2
//! results then takes, in a transformed space ([`form`]), 9 products instead of 16 for a 2 × 2 kernel and 16 instead of 36
//! for a 3 × 3 kernel. At each point of that space the products of all tiles and channels form one matrix product:
//!
//! ```text
//! forward            M = V U        V [tiles, phases · c], U [phases · c, o], M [tiles, o]
//! adjoint in x       V = M Uᵀ
//! adjoint in weight  U = Vᵀ M
//! ```

mod form;
mod groups;
mod sizes;
mod tiles;
mod weights;

use rayon::prelude::*;

use self::form::{Form, Three, Two};
use self::sizes::{Sizes, sizes};
use self::tiles::Tiles;
use super::shape::{Band, Shape, parts, summed, tasks};
use super::window::Window;
use crate::kernel::memory::Buffer;
use crate::product::{Panels, Rows, Tiled, Transposed, add_transposed, multiply};
use crate::simd::vectorized;

/// Tiles per task: enough for an efficient product, few enough that all values of the task stay in the cache.
const TILES: usize = 64;
/// Tiles per task of the adjoint in the weight.
const LONG: usize = 128;
/// Tasks of the adjoint in the weight that are transformed in parallel when there are few partial sums.
const TOGETHER: usize = 4;
/// Fewest channels for which the transforms pay off.
pub const CHANNELS: usize = 16;
/// Fewest tiles for which this is faster: with fewer, reading the weight dominates, and it is larger in the transformed
/// space.
pub const FEWEST: usize = 32;

/// Whether this algorithm can compute the convolution.
pub fn suits([rows, columns]: [usize; 2], window: Window) -> bool {
    let square = rows == columns && window.padding[0] == window.padding[1];
    square && [2, 3].iter().any(|r| rows == r * window.stride) && window.dilation == 1
}

/// A weight `[o, c / groups, k, k]` in the transformed space: one right factor per group and point.
pub type Weight<T> = Vec<Panels<T>>;

/// The weight for [`forward`].
pub fn pack_forward<T: Tiled>(s: &Shape, weight: &[T]) -> Weight<T> {
    by_group(s, weight, if two(s) { weights::forward::<T, Two> } else { weights::forward::<T, Three> })
}

/// The weight for [`image_adjoint`].
pub fn pack_backward<T: Tiled>(s: &Shape, weight: &[T]) -> Weight<T> {
    by_group(s, weight, if two(s) { weights::backward::<T, Two> } else { weights::backward::<T, Three> })
}

/// Packs the weight of each group by itself.
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

/// Applies `map` to each group by itself: `from` has `channels` channels, and the result has `results` channels and
/// `pixels` pixels in all.
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

/// Whether a phase of the kernel is two weights wide; otherwise it is three.
fn two(s: &Shape) -> bool {
    s.k[0] == 2 * s.window.stride
}

/// Rows of tiles that together have about `tiles` tiles, but few enough that there are at least about 8 tasks.
fn tile_rows(s: &Shape, tiles: usize) -> usize {
    let across = s.out[1].div_ceil(2);
    let all = s.n * s.out[0].div_ceil(2) * across;
    tiles.min(all.div_ceil(8)) / across
}

/// Tasks over rows of the result with about `tiles` tiles each.
fn out_tasks(s: &Shape, tiles: usize) -> Vec<Vec<Band>> {
    tasks(s.n, s.out[0], 2 * tile_rows(s, tiles).max(1), 2)
}

/// The forward map of one group by form `F`, with the weight `u` at each point.
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

/// The adjoint in the image of one group by form `F`, with the transposed weight `u` at each point.
fn image_by<T: Tiled, F: Form>(s: &Shape, y: &[T], u: &[Panels<T>]) -> Buffer<T> {
    let size = sizes::<F>(s);
    let mut x = Buffer::new(s.n * s.image_len());
    // Neighboring bands of one image both compute the tiles at their boundary, so bands are at least 4 tiles high.
    let rows = 2 * s.window.stride * tile_rows(s, TILES).max(4);
    let tasks = tasks(s.n, s.image[0], rows, 1);
    let parts = parts(&mut x, &tasks, s.image[1] * s.c);
    tasks.par_iter().zip(parts).for_each(|(task, x)| {
        x.fill(T::ZERO);
        let bands = tiles::result_bands::<F>(s, task);
        let tiles = Tiles::new(s, &bands);
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

/// The adjoint in the weight of one group by form `F`.
fn weight_by<T: Tiled, F: Form>(s: &Shape, x: &[T], y: &[T]) -> Buffer<T> {
    let size = sizes::<F>(s);
    let tasks = out_tasks(s, LONG);
    let len = size.points * size.depth * size.m_stride;
    // Limits the memory of the partial sums. It depends on the shapes alone, so that the order of the sums does too.
    let groups = (2_000_000 / len).clamp(1, 4);
    let together = if groups > 2 { 1 } else { TOGETHER };
    let u = summed(&tasks, groups, len, |tasks, u| {
        tasks.chunks(together).for_each(|tasks| add_tasks::<T, F>(s, &size, tasks, [x, y], u));
    });
    weights::adjoint::<T, F>(s, &size, &u)
}

/// Adds the products `Vᵀ M` of some tasks to `u [points, depth, o]`.
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
        let factors = transformed.iter().map(|(count, v, m)| Transposed {
            left: Rows { values: &v[point * count * size.v_stride..], stride: size.v_stride },
            right: Rows { values: &m[point * count * size.m_stride..], stride: size.m_stride },
            depth: *count,
        });
        add_transposed(s.precision, &factors.collect::<Vec<_>>(), [size.depth, size.o], u, size.m_stride);
    });
}
