//! Two-dimensional convolution and transposed convolution, fast on the CPU.
//!
//! A convolution is linear in the image and in the weight, so three maps suffice: the forward map, its adjoint in the image
//! (which is the transposed convolution), and its adjoint in the weight. The backward pass of each consists of the other
//! two. The CPU has kernels of its own, by the [`Algorithm`] that suits the shape; GPU backends use Burn's.

mod algorithm;
mod backend;
mod dense;
mod packed;
mod patches;
mod shape;
mod window;
mod winograd;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

pub use algorithm::{Algorithm, algorithm};
use backend::ConvBackend;
pub use window::Window;

/// Two-dimensional convolution (cross-correlation, as in PyTorch) without bias.
///
/// `x [n, i, h, w]`, `weight [o, i / groups, k, l]` → `[n, o, h', w']` with
/// `h' = (h + 2·padding − dilation·(k − 1) − 1) / stride + 1`, and likewise `w'` from `w` and `l`. Differentiable in `x` and
/// `weight`.
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, window: Window) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvBackend>::conv_forward(x.into_dispatch(), weight.into_dispatch(), window))
}

/// Two-dimensional transposed convolution without bias: the adjoint of [`conv2d`] in its image.
///
/// `x [n, i, h, w]`, `weight [i, o / groups, k, l]` → `[n, o, h', w']` with
/// `h' = (h − 1)·stride + dilation·(k − 1) + 1 − 2·padding`, and likewise `w'` from `w` and `l`. Differentiable in `x` and
/// `weight`.
pub fn conv_transpose2d(x: Tensor<4>, weight: Tensor<4>, window: Window) -> Tensor<4> {
    conv_transpose2d_with_output_padding(x, weight, window, 0)
}

/// [`conv_transpose2d`] with `output_padding` additional rows at the bottom and columns at the right, as in PyTorch.
///
/// `output_padding` must be less than the stride. It selects one of the sizes that a strided convolution maps to the size
/// of `x`.
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

#[cfg(test)]
mod tests;
