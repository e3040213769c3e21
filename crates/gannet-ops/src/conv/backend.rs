//! Convolution as a backend extension, with its backward pass.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::{ConvOptions, ConvTransposeOptions};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};

use super::algorithm::{Algorithm, algorithm};
use super::packed::{Form, packed};
use super::shape::Shape;
use super::window::Window;
use super::{dense, patches, winograd};
use crate::flex::{FlexTensor, channels_last, contiguous, from_channels_last, tensor, values, with_float};
use crate::precision::{Precision, precision};

/// The three maps of a convolution; the default bodies are Burn's operations.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait ConvBackend: Backend {
    /// `x [n, i, h, w]`, `weight [o, i / groups, k, l]` → `[n, o, h', w']`.
    fn conv_forward(x: FloatTensor<Self>, weight: FloatTensor<Self>, window: Window) -> FloatTensor<Self> {
        Self::conv2d(x, weight, None, options(window))
    }

    /// `y [n, o, h', w']`, `weight [o, i / groups, k, l]` → `[n, i, h, w]` with `[h, w] = size`.
    fn conv_image_adjoint(
        y: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        window: Window,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        let out = y.shape();
        let reached = window.transposed_output([out[2], out[3]], [weight.shape()[2], weight.shape()[3]]);
        // Rows and columns that no window covers, when the stride does not divide the image.
        let extra = [0, 1].map(|axis| size[axis] - reached[axis]);
        let options =
            ConvTransposeOptions::new([window.stride; 2], window.padding, extra, [window.dilation; 2], window.groups);
        Self::conv_transpose2d(y, weight, None, options)
    }

    /// `x [n, i, h, w]`, `y [n, o, h', w']` → `[o, i / groups, k, l]`; of `weight` only the shape is used.
    fn conv_weight_adjoint(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        window: Window,
    ) -> FloatTensor<Self> {
        Self::conv2d_weight_backward(x, weight, y, options(window))
    }
}

/// The window as Burn's options.
fn options(window: Window) -> ConvOptions<2> {
    ConvOptions::new([window.stride; 2], window.padding, [window.dilation; 2], window.groups)
}

#[cfg(feature = "vulkan")]
impl ConvBackend for burn::backend::Cube {}

impl ConvBackend for Flex {
    fn conv_forward(x: FlexTensor, weight: FlexTensor, window: Window) -> FlexTensor {
        let [n, c, height, width] = x.shape().dims();
        let [o, _, rows, columns] = weight.shape().dims();
        let k = [rows, columns];
        let out = window.output([height, width], k);
        let s = Shape { n, c, o, k, image: [height, width], out, window, precision: precision_of(k, [height, width]) };
        let (x, weight) = (channels_last(x), contiguous(weight));
        with_float!(x, T => {
            let (x, w) = (values::<T>(&x), values::<T>(&weight));
            let y = match chosen(&s) {
                Algorithm::Winograd => {
                    let pack = || winograd::pack_forward(&s, w);
                    winograd::forward(&s, x, &packed(&weight, Form::TransformedForward, &s, pack))
                }
                Algorithm::Patches => {
                    patches::forward(&s, x, &packed(&weight, Form::Forward, &s, || patches::pack_forward(&s, w)))
                }
                Algorithm::Dense => dense::forward(&s, x, w),
            };
            from_channels_last(y, [n, o, out[0], out[1]])
        })
    }

    fn conv_image_adjoint(y: FlexTensor, weight: FlexTensor, window: Window, size: [usize; 2]) -> FlexTensor {
        let [n, o, height, width] = y.shape().dims();
        let [_, per_group, rows, columns] = weight.shape().dims();
        let c = per_group * window.groups;
        let s = Shape {
            n,
            c,
            o,
            k: [rows, columns],
            image: size,
            out: [height, width],
            window,
            precision: precision_of([rows, columns], size),
        };
        let (y, weight) = (channels_last(y), contiguous(weight));
        with_float!(y, T => {
            let (y, w) = (values::<T>(&y), values::<T>(&weight));
            let x = match chosen(&s) {
                Algorithm::Winograd => {
                    let pack = || winograd::pack_backward(&s, w);
                    winograd::image_adjoint(&s, y, &packed(&weight, Form::TransformedBackward, &s, pack))
                }
                Algorithm::Patches => {
                    let pack = || patches::pack_backward(&s, w);
                    patches::image_adjoint(&s, y, &packed(&weight, Form::Backward, &s, pack))
                }
                Algorithm::Dense => dense::image_adjoint(&s, y, w),
            };
            from_channels_last(x, [n, c, size[0], size[1]])
        })
    }

    fn conv_weight_adjoint(x: FlexTensor, y: FlexTensor, weight: FlexTensor, window: Window) -> FlexTensor {
        let [n, c, height, width] = x.shape().dims();
        let [_, o, out_height, out_width] = y.shape().dims();
        let dims: [usize; 4] = weight.shape().dims();
        let s = Shape {
            n,
            c,
            o,
            k: [dims[2], dims[3]],
            image: [height, width],
            out: [out_height, out_width],
            window,
            precision: precision_of([dims[2], dims[3]], [height, width]),
        };
        let (x, y) = (channels_last(x), channels_last(y));
        with_float!(x, T => {
            let (x, y) = (values::<T>(&x), values::<T>(&y));
            let w = match chosen(&s) {
                Algorithm::Winograd => winograd::weight_adjoint(&s, x, y),
                Algorithm::Patches => patches::weight_adjoint(&s, x, y),
                Algorithm::Dense => dense::weight_adjoint(&s, x, y),
            };
            tensor(w, dims)
        })
    }
}

/// The precision of a convolution of images of this size: fully connected layers, which are those of one pixel, are not rounded.
fn precision_of(kernel: [usize; 2], image: [usize; 2]) -> Precision {
    if [kernel, image] == [[1, 1]; 2] { Precision::F32 } else { precision() }
}

/// The algorithm for this shape.
fn chosen(s: &Shape) -> Algorithm {
    algorithm([s.o, s.c / s.window.groups, s.k[0], s.k[1]], s.window, s.out, s.n)
}

/// Backward pass of [`ConvBackend::conv_forward`].
#[derive(Debug)]
struct Forward;

impl<B: Backend + ConvBackend> Backward<B, 2> for Forward {
    type State = (FloatTensor<B>, FloatTensor<B>, Window);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, weight_node] = ops.parents;
        let y = grads.consume::<B>(&ops.node);
        let (x, weight, window) = ops.state;
        if let Some(node) = x_node {
            let size = [x.shape()[2], x.shape()[3]];
            grads.register::<B>(node.id, B::conv_image_adjoint(y.clone(), weight.clone(), window, size));
        }
        if let Some(node) = weight_node {
            grads.register::<B>(node.id, B::conv_weight_adjoint(x, y, weight, window));
        }
    }
}

/// Backward pass of [`ConvBackend::conv_image_adjoint`].
#[derive(Debug)]
struct ImageAdjoint;

impl<B: Backend + ConvBackend> Backward<B, 2> for ImageAdjoint {
    type State = (FloatTensor<B>, FloatTensor<B>, Window);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [y_node, weight_node] = ops.parents;
        let x = grads.consume::<B>(&ops.node);
        let (y, weight, window) = ops.state;
        if let Some(node) = y_node {
            grads.register::<B>(node.id, B::conv_forward(x.clone(), weight.clone(), window));
        }
        if let Some(node) = weight_node {
            grads.register::<B>(node.id, B::conv_weight_adjoint(x, y, weight, window));
        }
    }
}

impl<B: Backend + ConvBackend, C: CheckpointStrategy> ConvBackend for Autodiff<B, C> {
    fn conv_forward(x: FloatTensor<Self>, weight: FloatTensor<Self>, window: Window) -> FloatTensor<Self> {
        let y = B::conv_forward(x.primitive().clone(), weight.primitive().clone(), window);
        match Forward.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x.primitive().clone(), weight.primitive().clone(), window), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn conv_image_adjoint(
        y: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        window: Window,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        let x = B::conv_image_adjoint(y.primitive().clone(), weight.primitive().clone(), window, size);
        match ImageAdjoint.prepare::<C>([y.node(), weight.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((y.primitive().clone(), weight.primitive().clone(), window), x),
            OpsKind::UnTracked(prep) => prep.finish(x),
        }
    }
}
