//! The choice of an algorithm by the shape of a convolution.

use super::window::Window;
use super::{dense, winograd};

/// The algorithm by which the CPU computes a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// The pixels of each window are copied to a row of a matrix product (im2col). It suits any convolution.
    Patches,
    /// Winograd's minimal filtering: fewer products, in a transformed space. It needs square kernels two or three times
    /// as wide as the stride.
    Winograd,
    /// Matrix products with the weight in place, for fully connected layers.
    Dense,
}

/// The algorithm for a weight `[o, i / groups, k, l]` and `n` results of `out` pixels (height and width).
pub fn algorithm(weight: [usize; 4], window: Window, out: [usize; 2], n: usize) -> Algorithm {
    let [o, i, rows, columns] = weight;
    if [rows, columns] == [1, 1] && out == [1, 1] && window == Window::default() && dense::IMAGES.contains(&n) {
        return Algorithm::Dense;
    }
    let tiles = n * out[0].div_ceil(2) * out[1].div_ceil(2);
    let enough = i.min(o / window.groups) >= winograd::CHANNELS && tiles >= winograd::FEWEST && out != [1, 1];
    let suits = winograd::suits([rows, columns], window) && enough;
    if suits { Algorithm::Winograd } else { Algorithm::Patches }
}
