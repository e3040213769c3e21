//! Convolution as an extension of the framework's backends, with its own backward pass.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::{ConvOptions, ConvTransposeOptions};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};

use super::Window;
use super::kernel::{self, Shape};
use crate::flex::{FlexTensor, map};

/// The three maps of a convolution; the default bodies are the framework's own.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait ConvBackend: Backend {
    /// `x [n, i, h, w]`, `weight [o, i, k, k]` → `[n, o, h', w']`.
    fn conv_forward(x: FloatTensor<Self>, weight: FloatTensor<Self>, window: Window) -> FloatTensor<Self> {
        Self::conv2d(x, weight, None, options(window))
    }

    /// `y [n, o, h', w']`, `weight [o, i, k, k]` → `[n, i, h, w]` with `[h, w] = size`.
    fn conv_image_adjoint(
        y: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        window: Window,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        let out = y.shape();
        let kernel = weight.shape()[2];
        // Pixels that no window reaches, when the stride does not divide the image.
        let extra = [0, 1].map(|axis| size[axis] - window.transposed_output(out[axis + 2], kernel));
        let padding = [window.padding; 2];
        let options = ConvTransposeOptions::new([window.stride; 2], padding, extra, [1, 1], 1);
        Self::conv_transpose2d(y, weight, None, options)
    }

    /// `x [n, i, h, w]`, `y [n, o, h', w']` → `[o, i, k, k]`, with a weight that tells the shape.
    fn conv_weight_adjoint(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        window: Window,
    ) -> FloatTensor<Self> {
        Self::conv2d_weight_backward(x, weight, y, options(window))
    }
}

fn options(window: Window) -> ConvOptions<2> {
    ConvOptions::new([window.stride; 2], [window.padding; 2], [1, 1], 1)
}

#[cfg(feature = "vulkan")]
impl ConvBackend for burn::backend::Cube {}

impl ConvBackend for Flex {
    fn conv_forward(x: FlexTensor, weight: FlexTensor, window: Window) -> FlexTensor {
        let [height, width] = [x.shape()[2], x.shape()[3]];
        let k = weight.shape()[2];
        let out = [window.output(height, k), window.output(width, k)];
        let s = shape(&x, &weight, [height, width], out, window);
        let dims = [s.n, s.o, out[0], out[1]];
        map([x, weight], dims, |[x, w]| kernel::forward::<f32>(&s, x, w), |[x, w]| kernel::forward::<f64>(&s, x, w))
    }

    fn conv_image_adjoint(y: FlexTensor, weight: FlexTensor, window: Window, size: [usize; 2]) -> FlexTensor {
        let out = [y.shape()[2], y.shape()[3]];
        let s = shape(&y, &weight, size, out, window);
        let (f, g) = (kernel::image_adjoint::<f32>, kernel::image_adjoint::<f64>);
        map([y, weight], [s.n, s.i, size[0], size[1]], |[y, w]| f(&s, y, w), |[y, w]| g(&s, y, w))
    }

    fn conv_weight_adjoint(x: FlexTensor, y: FlexTensor, weight: FlexTensor, window: Window) -> FlexTensor {
        let s = shape(&x, &weight, [x.shape()[2], x.shape()[3]], [y.shape()[2], y.shape()[3]], window);
        let (f, g) = (kernel::weight_adjoint::<f32>, kernel::weight_adjoint::<f64>);
        map([x, y], [s.o, s.i, s.k, s.k], |[x, y]| f(&s, x, y), |[x, y]| g(&s, x, y))
    }
}

fn shape(batch: &FlexTensor, weight: &FlexTensor, image: [usize; 2], out: [usize; 2], window: Window) -> Shape {
    let weight = weight.shape();
    Shape { n: batch.shape()[0], o: weight[0], i: weight[1], k: weight[2], image, out, window }
}

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
