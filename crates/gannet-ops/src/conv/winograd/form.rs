//! The bilinear forms F(2, r): two neighbouring values of a correlation with r weights from r + 1 products instead of 2r.
//!
//! ```text
//! y = A (G g ⊙ B d)        d: r + 1 values, g: r weights, y: 2 values
//! ```
//!
//! Each matrix comes with its adjoint, by which the gradients take the same number of products. Values are lanes: 16
//! channels side by side.

#![allow(clippy::needless_range_loop, reason = "squares go by row and column, in loops that become vectors")]

use crate::real::Real;

/// Channels that are transformed together.
pub const LANES: usize = 16;

/// One value of 16 channels.
pub type Lanes<T> = [T; LANES];

/// Up to four of them, along one axis.
pub type Line<T> = [Lanes<T>; 4];

#[inline(always)]
fn add<T: Real>(mut a: Lanes<T>, b: Lanes<T>) -> Lanes<T> {
    for lane in 0..LANES {
        a[lane] = a[lane] + b[lane];
    }
    a
}

#[inline(always)]
fn sub<T: Real>(mut a: Lanes<T>, b: Lanes<T>) -> Lanes<T> {
    for lane in 0..LANES {
        a[lane] = a[lane] - b[lane];
    }
    a
}

#[inline(always)]
fn half<T: Real>(mut a: Lanes<T>) -> Lanes<T> {
    let half = T::from_f64(0.5);
    for lane in &mut a {
        *lane = *lane * half;
    }
    a
}

#[inline(always)]
fn zero<T: Real>() -> Lanes<T> {
    [T::ZERO; LANES]
}

/// F(2, `R`).
pub trait Form: Sync {
    /// Weights along an axis.
    const R: usize;
    /// Products along an axis.
    const POINTS: usize = Self::R + 1;

    /// B.
    fn data<T: Real>(d: Line<T>) -> Line<T>;
    /// Bᵀ.
    fn data_adjoint<T: Real>(v: Line<T>) -> Line<T>;
    /// G.
    fn weight<T: Real>(g: Line<T>) -> Line<T>;
    /// Gᵀ.
    fn weight_adjoint<T: Real>(u: Line<T>) -> Line<T>;
    /// A.
    fn result<T: Real>(m: Line<T>) -> Line<T>;
    /// Aᵀ.
    fn result_adjoint<T: Real>(y: Line<T>) -> Line<T>;
}

/// Two weights: points 0, 1 and ∞, whose matrices have no entry but 0 and ±1.
pub struct Two;

impl Form for Two {
    const R: usize = 2;

    #[inline(always)]
    fn data<T: Real>([a, b, c, _]: Line<T>) -> Line<T> {
        [sub(a, b), b, sub(c, b), zero()]
    }
    #[inline(always)]
    fn data_adjoint<T: Real>([a, b, c, _]: Line<T>) -> Line<T> {
        [a, sub(b, add(a, c)), c, zero()]
    }
    #[inline(always)]
    fn weight<T: Real>([a, b, ..]: Line<T>) -> Line<T> {
        [a, add(a, b), b, zero()]
    }
    #[inline(always)]
    fn weight_adjoint<T: Real>([a, b, c, _]: Line<T>) -> Line<T> {
        [add(a, b), add(b, c), zero(), zero()]
    }
    #[inline(always)]
    fn result<T: Real>([a, b, c, _]: Line<T>) -> Line<T> {
        [add(a, b), add(b, c), zero(), zero()]
    }
    #[inline(always)]
    fn result_adjoint<T: Real>([a, b, ..]: Line<T>) -> Line<T> {
        [a, add(a, b), b, zero()]
    }
}

/// Three weights: points 0, 1, −1 and ∞.
pub struct Three;

impl Form for Three {
    const R: usize = 3;

    #[inline(always)]
    fn data<T: Real>([a, b, c, d]: Line<T>) -> Line<T> {
        [sub(a, c), add(b, c), sub(c, b), sub(b, d)]
    }
    #[inline(always)]
    fn data_adjoint<T: Real>([a, b, c, d]: Line<T>) -> Line<T> {
        [a, add(sub(b, c), d), sub(add(b, c), a), sub(zero(), d)]
    }
    #[inline(always)]
    fn weight<T: Real>([a, b, c, _]: Line<T>) -> Line<T> {
        let outer = add(a, c);
        [a, half(add(outer, b)), half(sub(outer, b)), c]
    }
    #[inline(always)]
    fn weight_adjoint<T: Real>([a, b, c, d]: Line<T>) -> Line<T> {
        let outer = half(add(b, c));
        [add(a, outer), half(sub(b, c)), add(outer, d), zero()]
    }
    #[inline(always)]
    fn result<T: Real>([a, b, c, d]: Line<T>) -> Line<T> {
        [add(add(a, b), c), sub(sub(b, c), d), zero(), zero()]
    }
    #[inline(always)]
    fn result_adjoint<T: Real>([a, b, ..]: Line<T>) -> Line<T> {
        [a, add(a, b), sub(a, b), sub(zero(), b)]
    }
}

/// Values of a small square, row by row.
pub type Square<T> = [Line<T>; 4];

/// A map along both axes: the first `rows` rows of `square`, then the first `columns` columns.
#[inline(always)]
pub fn both<T: Real>(square: Square<T>, rows: usize, columns: usize, map: impl Fn(Line<T>) -> Line<T>) -> Square<T> {
    let mut across = [[zero(); 4]; 4];
    for y in 0..rows {
        across[y] = map(square[y]);
    }
    let mut done = [[zero(); 4]; 4];
    for x in 0..columns {
        let column = map([across[0][x], across[1][x], across[2][x], across[3][x]]);
        for y in 0..4 {
            done[y][x] = column[y];
        }
    }
    done
}
