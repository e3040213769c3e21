//! Attention in windows, with learned biases of relative places: Swin Transformer, Liu et al. 2021, arXiv:2103.14030.

use burn::module::{Module, Param};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_ops::smooth::{Smooth, smooth};

use crate::init::Init;
use crate::layers::{LayerNorm, Linear};

/// Smallest variance of a norm.
const EPSILON: f64 = 1e-5;
/// What is added to the score of two pixels that are in one window and not neighbors, as the published network does.
const APART: f32 = -100.0;
/// Scores that are computed at once, for a bound of memory.
const MOST_SCORES: usize = 1 << 21;

/// How the pixels of images are divided into windows.
pub(super) struct Windows {
    /// The numbers of the pixels, window by window.
    order: Tensor<1, Int>,
    /// The place in that order of each pixel.
    back: Tensor<1, Int>,
    /// The part of the image that each pixel is from, in that order and of one image. Moved windows at the right and the lower border
    /// hold pixels of two borders.
    parts: Vec<u8>,
    window: usize,
    count: usize,
}

impl Windows {
    /// Of `n` images of `[h, w]` pixels, multiples of `window`, moved by `shift` to the lower right.
    pub(super) fn new(n: usize, [h, w]: [usize; 2], window: usize, shift: usize, device: &Device) -> Self {
        let part = |at: usize, side: usize| match at {
            _ if shift == 0 || at + window < side => 0,
            at if at + shift < side => 1,
            _ => 2,
        };
        let (mut order, mut parts) = (Vec::with_capacity(n * h * w), Vec::with_capacity(h * w));
        for (top, left) in (0..h).step_by(window).flat_map(|top| (0..w).step_by(window).map(move |left| (top, left))) {
            for (y, x) in (top..top + window).flat_map(|y| (left..left + window).map(move |x| (y, x))) {
                order.push(((y + shift) % h * w + (x + shift) % w) as i64);
                parts.push(3 * part(y, h) + part(x, w));
            }
        }
        let first = order.clone();
        for image in 1..n {
            order.extend(first.iter().map(|at| at + (image * h * w) as i64));
        }
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, pixel)| back[*pixel as usize] = place as i64);
        let tensor = |numbers: Vec<i64>| {
            let count = numbers.len();
            Tensor::from_data(TensorData::new(numbers, [count]), device)
        };
        Self { count: order.len() / window.pow(2), order: tensor(order), back: tensor(back), parts, window }
    }

    /// What is added to the scores of the windows `first..first + count`: `[count, 1, p, p]` with the pixels p of a window; none
    /// where each is of one part.
    fn mask(&self, first: usize, count: usize, device: &Device) -> Option<Tensor<4>> {
        let pixels = self.window.pow(2);
        let of_image = self.parts.len() / pixels;
        let parts = |at: usize| &self.parts[(first + at) % of_image * pixels..][..pixels];
        if (0..count).all(|at| parts(at).iter().all(|part| *part == parts(at)[0])) {
            return None;
        }
        let mut values = Vec::with_capacity(count * pixels.pow(2));
        for parts in (0..count).map(parts) {
            let row =
                |from: &u8| parts.iter().map(move |to| if from == to { 0.0 } else { APART }).collect::<Vec<f32>>();
            parts.iter().for_each(|from| values.extend(row(from)));
        }
        Some(Tensor::from_data(TensorData::new(values, [count, 1, pixels, pixels]), device))
    }
}

/// Attention in windows.
#[derive(Module, Debug)]
pub struct WindowAttention {
    /// `[(2s − 1)², heads]` for windows of side s: the bias of two pixels by the difference of their places.
    table: Param<Tensor<2>>,
    qkv: Linear,
    proj: Linear,
}

impl WindowAttention {
    /// `x [pixels, c]` → the shape of x.
    fn forward(&self, x: Tensor<2>, windows: &Windows) -> Tensor<2> {
        let ([_, c], [_, heads]) = (x.dims(), self.table.dims());
        let (pixels, device) = (windows.window.pow(2), x.device());
        let qkv = self.qkv.forward(Dual::constant(x.select(0, windows.order.clone()))).value;
        let bias = self.bias(windows.window);
        let step = (MOST_SCORES / (heads * pixels.pow(2))).max(1);
        let of_windows = |first: usize| {
            let count = step.min(windows.count - first);
            let part = qkv.clone().narrow(0, first * pixels, count * pixels);
            let part = part.reshape([count, pixels, 3 * heads, c / heads]).swap_dims(1, 2);
            let [q, k, v] = [0, 1, 2].map(|at| part.clone().narrow(1, at * heads, heads));
            let scale = (c as f64 / heads as f64).sqrt().recip();
            let mut scores = (q * scale).matmul(k.swap_dims(2, 3)) + bias.clone();
            if let Some(mask) = windows.mask(first, count, &device) {
                scores = scores + mask;
            }
            softmax(scores, 3).matmul(v).swap_dims(1, 2).reshape([count * pixels, c])
        };
        let mut parts: Vec<Tensor<2>> = (0..windows.count).step_by(step).map(of_windows).collect();
        let mixed = if parts.len() == 1 { parts.swap_remove(0) } else { Tensor::cat(parts, 0) };
        self.proj.forward(Dual::constant(mixed)).value.select(0, windows.back.clone())
    }

    /// `[1, heads, p, p]` for the pixels p of a window.
    fn bias(&self, window: usize) -> Tensor<4> {
        let pixels = window * window;
        let apart = |from: usize, to: usize| from + window - 1 - to;
        let row = |from: usize, to: usize| {
            apart(from / window, to / window) * (2 * window - 1) + apart(from % window, to % window)
        };
        let rows: Vec<i64> = (0..pixels)
            .flat_map(|from| (0..pixels).map(move |to| (from, to)))
            .map(|(from, to)| row(from, to) as i64)
            .collect();
        let [_, heads] = self.table.dims();
        let table = self.table.val();
        let rows = Tensor::from_data(TensorData::new(rows, [pixels * pixels]), &table.device());
        table.select(0, rows).swap_dims(0, 1).reshape([1, heads, pixels, pixels])
    }
}

/// A block of a Swin transformer.
#[derive(Module, Debug)]
pub struct SwinBlock {
    norms: Vec<LayerNorm>,
    attention: WindowAttention,
    mlp: Vec<Linear>,
}

impl SwinBlock {
    pub(super) fn new(
        [width, hidden]: [usize; 2],
        [window, heads]: [usize; 2],
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        let norms = (0..2).map(|_| LayerNorm::new(width, EPSILON, stream, device)).collect();
        let small = Init::Normal { mean: 0.0, std: 0.02 };
        let attention = WindowAttention {
            table: small.param([(2 * window - 1).pow(2), heads], stream, device),
            qkv: Linear::new(width, 3 * width, stream, device),
            proj: Linear::new(width, width, stream, device),
        };
        let mlp = vec![Linear::new(width, hidden, stream, device), Linear::new(hidden, width, stream, device)];
        Self { norms, attention, mlp }
    }

    /// `x [pixels, c]` → the shape of x.
    pub(super) fn forward(&self, x: Tensor<2>, windows: &Windows) -> Tensor<2> {
        let x = self.attention.forward(self.norms[0].forward(x.clone()), windows) + x;
        let y = self.mlp[0].forward(Dual::constant(self.norms[1].forward(x.clone()))).value;
        self.mlp[1].forward(Dual::constant(smooth(y, Smooth::Gelu))).value + x
    }
}
