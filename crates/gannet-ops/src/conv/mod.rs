//! Two-dimensional convolution and transposed convolution, fast on the CPU.
//!
//! A convolution is linear in the image and in the weight, so three maps are all there is: the
//! forward map, its adjoint in the image (which is the transposed convolution), and its adjoint in
//! the weight. `kernel.rs` holds the three for the CPU; GPU backends use the framework's own. Each
//! layer's backward pass is made of the other two maps.

mod backend;
mod kernel;
mod planes;
mod product;
mod tile;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::ConvBackend;

/// How a window moves over the image; the same both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Step between windows, in pixels; at least 1.
    pub stride: usize,
    /// Zeros around the image, in pixels.
    pub padding: usize,
}

impl Window {
    /// Pixels along one side after a convolution with this window and a kernel of `kernel` pixels.
    pub fn output(self, input: usize, kernel: usize) -> usize {
        (input + 2 * self.padding).saturating_sub(kernel) / self.stride + 1
    }

    /// Pixels along one side after the transposed convolution.
    pub fn transposed_output(self, input: usize, kernel: usize) -> usize {
        (input - 1) * self.stride + kernel - 2 * self.padding
    }
}

/// Convolution (cross-correlation, as in PyTorch) without bias.
///
/// `x [n, i, h, w]`, `weight [o, i, k, k]` → `[n, o, h', w']` with `h' = (h + 2·padding − k) / stride + 1`.
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, window: Window) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvBackend>::conv_forward(x.into_dispatch(), weight.into_dispatch(), window))
}

/// Transposed convolution without bias: the adjoint of [`conv2d`] in its image.
///
/// `x [n, i, h, w]`, `weight [i, o, k, k]` → `[n, o, h', w']` with `h' = (h − 1)·stride + k − 2·padding`.
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

#[cfg(test)]
mod tests;
