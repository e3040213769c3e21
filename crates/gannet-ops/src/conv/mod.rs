//! Two-dimensional convolution and transposed convolution, fast on the CPU.
//!
//! A convolution is linear in the image and in the weight, so three maps are all there is: the
//! forward map, its adjoint in the image (which is the transposed convolution), and its adjoint in
//! the weight. Each layer's backward pass is made of the other two maps. The CPU has its own, by the algorithm that
//! suits the shape ([`Algorithm`]); GPU backends use the framework's.

mod backend;
mod dense;
mod packed;
mod patches;
mod shape;
mod winograd;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::ConvBackend;

/// How windows lie on the image; the same both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Step between windows, in pixels; at least 1.
    pub stride: usize,
    /// Zeros above and below the image, and to its left and right, in pixels.
    pub padding: [usize; 2],
    /// Step between the pixels of a window; at least 1.
    pub dilation: usize,
    /// Parts that the channels are divided into, each convolved by itself; at least 1.
    pub groups: usize,
}

impl Default for Window {
    /// Stride 1, no padding, neighboring pixels, all channels together.
    fn default() -> Self {
        Self { stride: 1, padding: [0, 0], dilation: 1, groups: 1 }
    }
}

impl Window {
    /// Pixels along both sides after a convolution with this window and a kernel of `kernel` pixels.
    pub fn output(self, input: [usize; 2], kernel: [usize; 2]) -> [usize; 2] {
        let side = |axis: usize| (input[axis] + 2 * self.padding[axis]).saturating_sub(self.reach(kernel[axis]));
        [0, 1].map(|axis| side(axis) / self.stride + 1)
    }

    /// Pixels along both sides after the transposed convolution.
    pub fn transposed_output(self, input: [usize; 2], kernel: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| (input[axis] - 1) * self.stride + self.reach(kernel[axis]) - 2 * self.padding[axis])
    }

    /// Pixels from the first of a window to its last.
    fn reach(self, kernel: usize) -> usize {
        (kernel - 1) * self.dilation + 1
    }
}

/// Convolution (cross-correlation, as in PyTorch) without bias.
///
/// `x [n, i, h, w]`, `weight [o, i / groups, k, l]` → `[n, o, h', w']` with
/// `h' = (h + 2·padding − dilation·(k − 1) − 1) / stride + 1`, and the same of `w` and `l`.
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, window: Window) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvBackend>::conv_forward(x.into_dispatch(), weight.into_dispatch(), window))
}

/// Transposed convolution without bias: the adjoint of [`conv2d`] in its image.
///
/// `x [n, i, h, w]`, `weight [i, o / groups, k, l]` → `[n, o, h', w']` with
/// `h' = (h − 1)·stride + dilation·(k − 1) + 1 − 2·padding`.
pub fn conv_transpose2d(x: Tensor<4>, weight: Tensor<4>, window: Window) -> Tensor<4> {
    conv_transpose2d_with_output_padding(x, weight, window, 0)
}

/// The same with so many more rows below and columns to the right, fewer than the stride: PyTorch's output padding.
pub fn conv_transpose2d_with_output_padding(
    x: Tensor<4>,
    weight: Tensor<4>,
    window: Window,
    output_padding: usize,
) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let [_, _, rows, columns] = weight.dims();
    let size = window.transposed_output([height, width], [rows, columns]).map(|side| side + output_padding);
    Tensor::from_dispatch(<Dispatch as ConvBackend>::conv_image_adjoint(
        x.into_dispatch(),
        weight.into_dispatch(),
        window,
        size,
    ))
}

/// How the CPU computes a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Windows copied to rows of a matrix product; any convolution.
    Patches,
    /// Fewer products in a transformed space: kernels two or three times as wide as their stride.
    Winograd,
    /// Products with the weight where it lies: fully connected layers.
    Dense,
}

/// The algorithm for a weight `[o, i / groups, k, l]` and `n` results that are `out` pixels high and wide.
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

#[cfg(test)]
mod tests;
