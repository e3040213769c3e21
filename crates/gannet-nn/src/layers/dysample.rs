//! Learning to Upsample by Learning to Sample, Liu et al. 2023, arXiv:2308.15085 (DySample): each pixel of the larger map is
//! sampled from the smaller one at its own place, moved by a learned offset.
//!
//! ```text
//! offset   ½ · linear(x) · σ(linear(x)), for each group of channels, in pixels of x
//! place    (pixel + ½) / r − ½ + offset
//! result   bilinear interpolation of x there, with its border repeated; 1 × 1 convolution
//! ```
//!
//! The last convolution and the interpolation are linear, so the convolution comes first, where there are fewer pixels.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use gannet_ops::conv::{Window, conv2d};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_ops::smooth::sigmoid_gate;

use super::conv::{Conv2d, ConvConfig};
use super::pixel_shuffle::pixel_shuffle;
use crate::init::Init;

/// Standard deviation of the initial weights of the offsets.
const SMALL: Init = Init::Normal { mean: 0.0, std: 0.02 };

/// Upsampling at learned places.
#[derive(Module, Debug)]
pub struct DySample {
    offset: Conv2d,
    scope: Conv2d,
    /// The last convolution; none where nothing is enlarged.
    last: Option<Conv2d>,
    #[module(skip)]
    factor: usize,
    #[module(skip)]
    groups: usize,
}

impl DySample {
    /// From `input` channels, in `groups` with their own offsets, to `output` channels at `factor` times the size. For the
    /// factor 1 there is no last convolution.
    ///
    /// # Panics
    /// Where `groups` does not divide `input`.
    pub fn new(
        [input, output]: [usize; 2],
        factor: usize,
        groups: usize,
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        assert!(input.is_multiple_of(groups), "{input} channels cannot be divided into {groups} groups");
        let places = ConvConfig::new(input, 2 * groups * factor * factor, 1);
        let last = ConvConfig::new(input, output, 1).with_bias();
        Self {
            offset: places.with_bias().with_init(SMALL).init(stream, device),
            scope: places.with_init(Init::Constant(0.0)).init(stream, device),
            last: (factor > 1).then(|| last.with_init(Init::fan_in(input)).init(stream, device)),
            factor,
            groups,
        }
    }

    /// `x [n, in, h, w]` → `[n, out, r h, r w]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, input, h, w] = x.dims();
        let linear = |conv: &Conv2d| conv.forward(Dual::constant(x.clone())).value;
        let offset = sigmoid_gate(linear(&self.offset), linear(&self.scope), 0.0) * 0.5;
        let offset = pixel_shuffle(Dual::constant(offset), self.factor).value;
        let of_group = input / self.groups;
        let sampled = (0..self.groups).map(|group| {
            let part = x.clone().narrow(1, group * of_group, of_group);
            let part = match &self.last {
                Some(last) => conv2d(part, last.weight.val().narrow(1, group * of_group, of_group), Window::default()),
                None => part,
            };
            let [across, down] = [(3, group), (2, self.groups + group)].map(|(axis, channel)| {
                let place = offset.clone().narrow(1, channel, 1);
                let base = self.places(if axis == 3 { w } else { h }, axis, &place);
                place + base
            });
            bilinear(part, across, down)
        });
        let Some(last) = &self.last else { return Tensor::cat(sampled.collect(), 1) };
        let sum = sampled.reduce(|sum, part| sum + part).expect("there is a group");
        let bias = last.bias.as_ref().expect("it has a bias").val();
        let output = bias.dims()[0];
        sum + bias.reshape([1, output, 1, 1])
    }

    /// Where the pixels of an axis of the larger map are in one of `side` pixels, along this axis of `like`.
    fn places(&self, side: usize, axis: usize, like: &Tensor<4>) -> Tensor<4> {
        let at = |pixel: usize| (pixel as f32 + 0.5) / self.factor as f32 - 0.5;
        let values: Vec<f32> = (0..side * self.factor).map(at).collect();
        let mut shape = [1; 4];
        shape[axis] = values.len();
        Tensor::from_data(TensorData::new(values, shape), (&like.device(), like.dtype()))
    }
}

/// Samples `x [n, c, h, w]` at the places `across` and `down [n, 1, h', w']`, in pixels from the center of the first one:
/// `[n, c, h', w']`. Differentiable in all three.
fn bilinear(x: Tensor<4>, across: Tensor<4>, down: Tensor<4>) -> Tensor<4> {
    let ([n, c, h, w], [_, _, tall, wide]) = (x.dims(), across.dims());
    let rows = x.permute([0, 2, 3, 1]).reshape([n * h * w, c]);
    // The pixel before a place, and how far behind it the place is.
    let split = |place: Tensor<4>, side: usize| {
        let place = place.reshape([n * tall * wide]).clamp(0.0, (side - 1) as f64);
        let before = place.clone().detach().floor();
        (before.clone().int(), place - before)
    };
    let ((left, right_share), (top, low_share)) = (split(across, w), split(down, h));
    let image: Tensor<1, Int> = Tensor::arange(0..n as i64, &left.device()) * (h * w) as i64;
    let image = image.reshape([n, 1]).expand([n, tall * wide]).reshape([n * tall * wide]);
    let corner = |by: [usize; 2]| {
        let at =
            |before: &Tensor<1, Int>, by: usize, side: usize| (before.clone() + by as i64).clamp_max((side - 1) as i64);
        let share = |share: &Tensor<1>, by: usize| if by == 1 { share.clone() } else { share.clone().neg() + 1.0 };
        let place = image.clone() + at(&top, by[0], h) * w as i64 + at(&left, by[1], w);
        let weight = share(&low_share, by[0]) * share(&right_share, by[1]);
        rows.clone().select(0, place) * weight.reshape([n * tall * wide, 1])
    };
    let sum = corner([0, 0]) + corner([0, 1]) + corner([1, 0]) + corner([1, 1]);
    sum.reshape([n, tall, wide, c]).permute([0, 3, 1, 2])
}
