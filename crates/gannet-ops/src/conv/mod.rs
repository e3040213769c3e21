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
    /// Zeros around the image, in pixels.
    pub padding: usize,
    /// Step between the pixels of a window; at least 1.
    pub dilation: usize,
    /// Parts that the channels are divided into, each convolved by itself; at least 1.
    pub groups: usize,
}

impl Default for Window {
    /// Stride 1, no padding, neighbouring pixels, all channels together.
    fn default() -> Self {
        Self { stride: 1, padding: 0, dilation: 1, groups: 1 }
    }
}

impl Window {
    /// Pixels along one side after a convolution with this window and a kernel of `kernel` pixels.
    pub fn output(self, input: usize, kernel: usize) -> usize {
        (input + 2 * self.padding).saturating_sub(self.reach(kernel)) / self.stride + 1
    }

    /// Pixels along one side after the transposed convolution.
    pub fn transposed_output(self, input: usize, kernel: usize) -> usize {
        (input - 1) * self.stride + self.reach(kernel) - 2 * self.padding
    }

    /// Pixels from the first of a window to its last.
    fn reach(self, kernel: usize) -> usize {
        (kernel - 1) * self.dilation + 1
    }
}

/// Convolution (cross-correlation, as in PyTorch) without bias.
///
/// `x [n, i, h, w]`, `weight [o, i / groups, k, k]` → `[n, o, h', w']` with
/// `h' = (h + 2·padding − dilation·(k − 1) − 1) / stride + 1`.
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, window: Window) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvBackend>::conv_forward(x.into_dispatch(), weight.into_dispatch(), window))
}

/// Transposed convolution without bias: the adjoint of [`conv2d`] in its image.
///
/// `x [n, i, h, w]`, `weight [i, o / groups, k, k]` → `[n, o, h', w']` with
/// `h' = (h − 1)·stride + dilation·(k − 1) + 1 − 2·padding`.
pub fn conv_transpose2d(x: Tensor<4>, weight: Tensor<4>, window: Window) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let kernel = weight.dims()[2];
    let size = [window.transposed_output(height, kernel), window.transposed_output(width, kernel)];
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

/// The algorithm for a weight `[o, i / groups, k, k]` and `n` results that are `out` pixels high and wide.
pub fn algorithm(weight: [usize; 4], window: Window, out: [usize; 2], n: usize) -> Algorithm {
    let [o, i, k, _] = weight;
    if k == 1 && out == [1, 1] && window == Window::default() && dense::IMAGES.contains(&n) {
        return Algorithm::Dense;
    }
    let tiles = n * out[0].div_ceil(2) * out[1].div_ceil(2);
    let enough = i.min(o) >= winograd::CHANNELS && tiles >= winograd::FEWEST && out != [1, 1];
    let suits = winograd::suits(k, window) && enough;
    if suits { Algorithm::Winograd } else { Algorithm::Patches }
}

#[cfg(test)]
mod tests;
