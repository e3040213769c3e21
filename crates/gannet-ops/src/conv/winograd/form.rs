//! The minimal filtering algorithms F(2, r): two neighboring results of a correlation with r weights from r + 1 products
//! instead of 2r (Winograd 1980).
//!
//! ```text
//! y = A (G g ⊙ B d)        d: r + 1 values, g: r weights, y: 2 values
//! ```
//!
//! Each matrix comes with its adjoint, so that the gradients take as few products. The matrices act on up to four values.
//! [`line()`] applies them to 16 channels side by side, in a loop that vectorizes.

use crate::float::Float;

/// Channels that are transformed side by side.
pub const LANES: usize = 16;

/// One value for each of 16 channels.
pub type Lanes<T> = [T; LANES];

/// Up to four [`Lanes`] along one axis.
pub type Line<T> = [Lanes<T>; 4];

/// Up to 4 × 4 [`Lanes`], row by row.
pub type Square<T> = [Line<T>; 4];

/// The algorithm F(2, `R`). Unused entries of the arrays are zero.
pub trait Form: Sync {
    /// Weights along an axis.
    const R: usize;
    /// Products along an axis.
    const POINTS: usize = Self::R + 1;

    /// Multiplies by B.
    fn data<T: Float>(d: [T; 4]) -> [T; 4];
    /// Multiplies by Bᵀ.
    fn data_adjoint<T: Float>(v: [T; 4]) -> [T; 4];
    /// Multiplies by G.
    fn weight<T: Float>(g: [T; 4]) -> [T; 4];
    /// Multiplies by Gᵀ.
    fn weight_adjoint<T: Float>(u: [T; 4]) -> [T; 4];
    /// Multiplies by A.
    fn result<T: Float>(m: [T; 4]) -> [T; 4];
    /// Multiplies by Aᵀ.
    fn result_adjoint<T: Float>(y: [T; 4]) -> [T; 4];
}

/// F(2, 2), from the points 0, 1 and ∞. All matrix entries are 0 or ±1.
pub struct Two;

impl Form for Two {
    const R: usize = 2;

    #[inline(always)]
    fn data<T: Float>([a, b, c, _]: [T; 4]) -> [T; 4] {
        [a - b, b, c - b, T::ZERO]
    }
    #[inline(always)]
    fn data_adjoint<T: Float>([a, b, c, _]: [T; 4]) -> [T; 4] {
        [a, b - (a + c), c, T::ZERO]
    }
    #[inline(always)]
    fn weight<T: Float>([a, b, ..]: [T; 4]) -> [T; 4] {
        [a, a + b, b, T::ZERO]
    }
    #[inline(always)]
    fn weight_adjoint<T: Float>([a, b, c, _]: [T; 4]) -> [T; 4] {
        [a + b, b + c, T::ZERO, T::ZERO]
    }
    #[inline(always)]
    fn result<T: Float>([a, b, c, _]: [T; 4]) -> [T; 4] {
        [a + b, b + c, T::ZERO, T::ZERO]
    }
    #[inline(always)]
    fn result_adjoint<T: Float>([a, b, ..]: [T; 4]) -> [T; 4] {
        [a, a + b, b, T::ZERO]
    }
}

/// F(2, 3), from the points 0, 1, −1 and ∞.
pub struct Three;

impl Form for Three {
    const R: usize = 3;

    #[inline(always)]
    fn data<T: Float>([a, b, c, d]: [T; 4]) -> [T; 4] {
        [a - c, b + c, c - b, b - d]
    }
    #[inline(always)]
    fn data_adjoint<T: Float>([a, b, c, d]: [T; 4]) -> [T; 4] {
        [a, b - c + d, b + c - a, T::ZERO - d]
    }
    #[inline(always)]
    fn weight<T: Float>([a, b, c, _]: [T; 4]) -> [T; 4] {
        let (outer, half) = (a + c, T::from_f64(0.5));
        [a, (outer + b) * half, (outer - b) * half, c]
    }
    #[inline(always)]
    fn weight_adjoint<T: Float>([a, b, c, d]: [T; 4]) -> [T; 4] {
        let half = T::from_f64(0.5);
        let outer = (b + c) * half;
        [a + outer, (b - c) * half, outer + d, T::ZERO]
    }
    #[inline(always)]
    fn result<T: Float>([a, b, c, d]: [T; 4]) -> [T; 4] {
        [a + b + c, b - c - d, T::ZERO, T::ZERO]
    }
    #[inline(always)]
    fn result_adjoint<T: Float>([a, b, ..]: [T; 4]) -> [T; 4] {
        [a, a + b, a - b, T::ZERO - b]
    }
}

/// Applies `map` along one axis, for 16 channels.
#[inline(always)]
pub fn line<T: Float>(from: [&Lanes<T>; 4], map: impl Fn([T; 4]) -> [T; 4]) -> Line<T> {
    let mut line = [[T::ZERO; LANES]; 4];
    for lane in 0..LANES {
        let values = map([from[0][lane], from[1][lane], from[2][lane], from[3][lane]]);
        line[0][lane] = values[0];
        line[1][lane] = values[1];
        line[2][lane] = values[2];
        line[3][lane] = values[3];
    }
    line
}

/// Applies `map` along both axes: first to `rows` rows, with the results in `across`, then to `columns` columns of these.
/// Each column of the result is passed to `put` with its number.
#[inline(always)]
pub fn both<'a, T: Float>(
    [rows, columns]: [usize; 2],
    row: impl Fn(usize) -> [&'a Lanes<T>; 4],
    map: impl Fn([T; 4]) -> [T; 4],
    across: &mut Square<T>,
    mut put: impl FnMut(usize, Line<T>),
) {
    for (y, across) in across.iter_mut().enumerate().take(rows) {
        *across = line(row(y), &map);
    }
    let [a, b, c, d] = &*across;
    (0..columns).for_each(|x| put(x, line([&a[x], &b[x], &c[x], &d[x]], &map)));
}
