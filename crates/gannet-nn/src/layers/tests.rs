//! The gradients of every layer, in its input and in each parameter, against central differences in f64.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};
use gannet_ops::device::device;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use super::*;
use crate::Mode;

/// Step of the central differences, whose own error is about its square.
const STEP: f64 = 1e-5;
/// Largest error found: 1.6e-9.
const TOLERANCE: f64 = 1e-8;

fn training() -> Device {
    device("cpu").unwrap().autodiff()
}

pub(super) fn normals<const D: usize>(shape: [usize; D], name: &str) -> Tensor<D> {
    let values = Stream::new(0, name, 0).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), (&training(), DType::F64))
}

pub(super) fn values<const D: usize>(x: &Tensor<D>) -> Vec<f64> {
    x.to_data().iter().collect()
}

/// `x` with value number `index` moved.
pub(super) fn nudged<const D: usize>(x: &Tensor<D>, index: usize, by: f64) -> Tensor<D> {
    let mut moved = values(x);
    moved[index] += by;
    let moved = Tensor::from_data(TensorData::new(moved, x.dims()), (&x.device(), DType::F64));
    moved.set_require_grad(x.is_require_grad())
}

/// `Σ r·y` with fixed random factors, so that no gradient is zero by symmetry.
pub(super) fn contract<const D: usize>(y: Tensor<D>) -> Tensor<1> {
    let r = normals(y.dims(), "factors");
    (y * r).sum()
}

/// Casts parameters to f64 and moves them off their initial zeros and ones.
struct Scatter(Stream);

impl ModuleMapper for Scatter {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| {
            let moved: Vec<f64> = values(&old).iter().map(|value| value + f64::from(self.0.uniform())).collect();
            let moved = Tensor::from_data(TensorData::new(moved, old.dims()), (&old.device(), DType::F64));
            moved.set_require_grad(old.is_require_grad())
        })
    }
}

/// Changes one value of one parameter, counted in the order of visits.
struct Nudge {
    before: usize,
    index: usize,
    by: f64,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let here = self.before == 0;
        self.before = self.before.wrapping_sub(1);
        if here { param.map(|old| nudged(&old, self.index, self.by)) } else { param }
    }
}

/// Collects the gradient of each parameter, `None` for those that are not learned.
struct Collect<'a>(&'a burn::tensor::Gradients, Vec<Option<Vec<f64>>>);

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.1.push(param.val().grad(self.0).map(|gradient| values(&gradient)));
    }
}

pub(super) fn assert_gradient(what: &str, found: &[f64], loss_at: impl Fn(usize, f64) -> Tensor<1>) {
    for (index, found) in found.iter().enumerate() {
        let [above, below] = [STEP, -STEP].map(|by| loss_at(index, by).into_scalar::<f64>());
        let expected = (above - below) / (2.0 * STEP);
        assert!(
            (found - expected).abs() < TOLERANCE * (1.0 + expected.abs()),
            "{what}, value {index}: {found} instead of {expected}"
        );
    }
}

/// Checks a layer whose input is a parameter too, and how many of its parameters are learned.
fn check<M: Module, const I: usize, const O: usize>(
    layer: M,
    shape: [usize; I],
    learned: usize,
    forward: impl Fn(&mut M, Dual<I>) -> Dual<O>,
) {
    let layer = layer.map(&mut Scatter(Stream::new(0, "parameters", 0)));
    let x = normals(shape, "input").require_grad();
    check_tangent(&layer, &x, &forward);
    let loss = |mut layer: M, x: Tensor<I>| contract(forward(&mut layer, Dual::constant(x)).value);
    let gradients = loss(layer.clone(), x.clone()).backward();
    let of_input = values(&x.grad(&gradients).expect("the input has a gradient"));
    assert_gradient("input", &of_input, |index, by| loss(layer.clone(), nudged(&x, index, by)));
    let mut collect = Collect(&gradients, Vec::new());
    layer.visit(&mut collect);
    assert_eq!(collect.1.iter().flatten().count(), learned, "number of learned parameters");
    for (before, gradient) in collect.1.iter().enumerate() {
        let loss_at = |index, by| loss(layer.clone().map(&mut Nudge { before, index, by }), x.clone());
        assert_gradient(&format!("parameter {before}"), gradient.as_deref().unwrap_or_default(), loss_at);
    }
}

/// Checks the tangent along a random direction, and its gradients in the input and in each parameter.
fn check_tangent<M: Module, const I: usize, const O: usize>(
    layer: &M,
    x: &Tensor<I>,
    forward: &impl Fn(&mut M, Dual<I>) -> Dual<O>,
) {
    let direction = normals(x.dims(), "direction");
    let at = |by: f64| contract(forward(&mut layer.clone(), Dual::constant(x.clone() + direction.clone() * by)).value);
    let expected = (at(STEP).into_scalar::<f64>() - at(-STEP).into_scalar::<f64>()) / (2.0 * STEP);
    // Tracked, so that a tangent that depends on no parameter has a graph too.
    let direction = direction.require_grad();
    let tangent = |mut layer: M, x: Tensor<I>| {
        let moved = forward(&mut layer, Dual::new(x, direction.clone()));
        contract(moved.tangent.expect("an input with a tangent gives a tangent"))
    };
    let found = tangent(layer.clone(), x.clone());
    let gradients = found.backward();
    let found = found.into_scalar::<f64>();
    assert!((found - expected).abs() < 1e-8 * (1.0 + expected.abs()), "tangent: {found} instead of {expected}");
    let zeros = vec![0.0; x.shape().num_elements()];
    let of_input = x.grad(&gradients).map_or(zeros, |gradient| values(&gradient));
    assert_gradient("input of the tangent", &of_input, |index, by| tangent(layer.clone(), nudged(x, index, by)));
    let mut collect = Collect(&gradients, Vec::new());
    layer.visit(&mut collect);
    for (before, gradient) in collect.1.iter().enumerate() {
        // A parameter without a gradient must not move the tangent, of which its first value is an example.
        let gradient = gradient.clone().unwrap_or(vec![0.0]);
        let tangent_at = |index, by| tangent(layer.clone().map(&mut Nudge { before, index, by }), x.clone());
        if is_learned(layer, before) {
            assert_gradient(&format!("parameter {before} of the tangent"), &gradient, tangent_at);
        }
    }
}

/// Whether a parameter, counted in the order of visits, is learned.
fn is_learned<M: Module>(layer: &M, before: usize) -> bool {
    struct Learned(Vec<bool>);
    impl ModuleVisitor for Learned {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(param.val().is_require_grad());
        }
    }
    let mut learned = Learned(Vec::new());
    layer.visit(&mut learned);
    learned.0[before]
}

fn stream() -> Stream {
    Stream::new(0, "layer", 0)
}

#[test]
fn the_gradients_of_linear_equal_central_differences() {
    let layer = Linear::new(3, 4, &mut stream(), &training());
    check(layer, [5, 3], 2, |layer, x| layer.forward(x));
}

#[test]
fn the_gradients_of_convolutions_equal_central_differences() {
    for (kernel, stride, padding) in [(4, 2, 1), (3, 1, 0), (3, 2, 1)] {
        let config = ConvConfig::new(2, 3, kernel).with_window(stride, padding).with_bias();
        check(config.init(&mut stream(), &training()), [2, 2, 5, 6], 2, |layer, x| layer.forward(x));
        check(config.init_transposed(&mut stream(), &training()), [2, 2, 4, 3], 2, |layer, x| layer.forward(x));
    }
}

#[test]
fn the_gradients_of_batch_norm_equal_central_differences_in_both_modes() {
    for mode in [Mode::Train, Mode::Eval] {
        let layer = BatchNorm::new(3, &mut stream(), &training());
        check(layer, [4, 3, 2, 3], 2, |layer, x| layer.forward(x, mode));
    }
}

#[test]
fn the_gradients_of_group_norm_equal_central_differences() {
    for groups in [1, 2, 4] {
        check(GroupNorm::new(4, groups, &training()), [3, 4, 2, 3], 2, |layer, x| layer.forward(x));
    }
}

#[test]
fn the_gradients_of_reparametrized_weights_equal_central_differences() {
    for kind in [WeightKind::Spectral, WeightKind::WeightNorm, WeightKind::Equalized] {
        // Weight and bias; weight norm also learns the norms.
        let learned = if kind == WeightKind::WeightNorm { 3 } else { 2 };
        let layer = Linear::with_weight(kind, [3, 4], &mut stream(), &training());
        check(layer, [5, 3], learned, |layer, x| layer.forward(x));
        let config = ConvConfig::new(2, 3, 3).with_window(2, 1).with_bias().with_weight(kind);
        check(config.init(&mut stream(), &training()), [2, 2, 5, 6], learned, |layer, x| layer.forward(x));
        check(config.init_transposed(&mut stream(), &training()), [2, 2, 4, 3], learned, |layer, x| layer.forward(x));
    }
}

#[test]
fn the_gradients_of_convolutions_that_resize_or_have_groups_equal_central_differences() {
    for kind in [WeightKind::Plain, WeightKind::Spectral] {
        for resize in [Resize::Same, Resize::Double, Resize::Halve] {
            let config = ConvConfig::three(2, 3, resize).with_bias().with_weight(kind);
            check(config.init(&mut stream(), &training()), [2, 2, 4, 6], 2, |layer, x| layer.forward(x));
        }
    }
    let grouped = ConvConfig::three(4, 6, Resize::Same).with_groups(2);
    check(grouped.init(&mut stream(), &training()), [2, 4, 3, 4], 1, |layer, x| layer.forward(x));
}

#[test]
fn the_gradients_of_attention_equal_central_differences() {
    let layer = SelfAttention::new(9, WeightKind::Plain, &mut stream(), &training());
    check(layer, [2, 9, 2, 3], 5, |layer, x| layer.forward(x));
}

/// A convolution that resizes equals nearest-neighbor upsampling and the plain one, or the plain one and average pooling.
#[test]
fn convolutions_that_resize_equal_their_two_steps() {
    use gannet_ops::resample2x::{Blur, downsample2x, upsample2x};

    let x = normals([2, 5, 6, 8], "input").cast(DType::F32);
    let layer = |resize| ConvConfig::three(5, 4, resize).with_bias().init(&mut stream(), &training());
    let of = |resize, x: Tensor<4>| layer(resize).forward(Dual::constant(x)).value;
    let equal = |a: Tensor<4>, b: Tensor<4>| {
        let off = (a - b).abs().max().into_scalar::<f32>();
        assert!(off < 1e-6, "off by {off}");
    };
    equal(of(Resize::Double, x.clone()), of(Resize::Same, upsample2x(x.clone(), Blur::Box)));
    equal(of(Resize::Halve, x.clone()), downsample2x(of(Resize::Same, x), Blur::Box));
}

#[test]
fn the_gradients_of_norms_without_weights_equal_central_differences() {
    let none = Vec::<Linear>::new;
    check(none(), [3, 4, 2, 3], 0, |_, x| pixel_norm(x));
    check(none(), [3, 4, 2, 3], 0, |_, x| minibatch_std(x));
    check(none(), [3, 4, 2, 3], 0, |_, x| adain(x.clone().narrow(0, 0, 2), x.narrow(0, 1, 2)));
}

#[test]
fn the_gradients_of_norms_with_further_inputs_equal_central_differences() {
    let rows = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.0, 1.0, 0.0]];
    let classes = || Dual::constant(Tensor::from_data(TensorData::from(rows), (&training(), DType::F64)));
    for mode in [Mode::Train, Mode::Eval] {
        let layer = ConditionalBatchNorm::new(3, 2, &training());
        check(layer, [4, 2, 2, 3], 2, |layer, x| layer.forward(x, classes(), mode));
    }
    check(VirtualBatchNorm::new(2, &training()), [5, 2, 2, 3], 2, |layer, x| layer.forward(x, 3));
    let style = |x: &Dual<4>| x.clone().mean(&[2, 3]).reshape([4, 2]);
    check(AdaIn::new(2, 2, &mut stream(), &training()), [4, 2, 2, 3], 2, |layer, x| {
        layer.forward(x.clone(), style(&x))
    });
}

/// The largest singular value of a `[2, 2]` matrix in closed form.
#[test]
fn a_spectral_weight_has_largest_singular_value_one_and_the_others_their_norms() {
    let weight = Tensor::<2>::from_floats([[3.0, 1.0], [-2.0, 4.0]], &training());
    // λ of WᵀW, whose trace is 30 and determinant 14².
    let largest = (15.0 + (225.0_f64 - 196.0).sqrt()).sqrt();
    let form = |kind| WeightForm::new(kind, &weight, 0, &mut stream(), &training());
    let mut spectral = form(WeightKind::Spectral);
    (0..30).for_each(|_| spectral.power_iterate(&weight));
    for (found, plain) in values(&spectral.apply(weight.clone())).into_iter().zip(values(&weight)) {
        assert!((found * largest - plain).abs() < 1e-5, "{found}, {plain}");
    }
    let rows = values(&form(WeightKind::WeightNorm).apply(weight.clone()));
    assert!(
        rows.iter().zip(values(&weight)).all(|(found, plain)| (found - plain).abs() < 1e-6),
        "weight norm starts as the plain weight"
    );
    let equalized = values(&form(WeightKind::Equalized).apply(weight.clone()));
    assert!(equalized.iter().zip(values(&weight)).all(|(found, plain)| (found - plain).abs() < 1e-6), "√(2/2) is 1");
}

#[test]
fn an_image_does_not_depend_on_its_batch_in_a_virtual_batch_norm() {
    let norm = VirtualBatchNorm::new(2, &training()).map(&mut Scatter(stream()));
    let x = normals([6, 2, 2, 3], "input");
    let y = norm.forward(Dual::constant(x.clone()), 3).value;
    let alone =
        norm.forward(Dual::constant(Tensor::cat(vec![x.clone().narrow(0, 0, 3), x.narrow(0, 4, 1)], 0)), 3).value;
    let (found, expected) = (values(&alone.narrow(0, 3, 1)), values(&y.narrow(0, 4, 1)));
    assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12));
}

#[test]
fn equal_images_have_no_minibatch_deviation_and_adain_takes_the_style_s_statistics() {
    let image = normals([1, 2, 2, 3], "input");
    let equal = minibatch_std(Dual::constant(Tensor::cat(vec![image.clone(), image.clone()], 0))).value;
    assert!(values(&equal.narrow(1, 2, 1)).into_iter().all(|deviation| deviation < 1e-3));
    let style = normals([1, 2, 5, 3], "style") * 3.0 + 2.0;
    let styled = adain(Dual::constant(image), Dual::constant(style.clone())).value;
    for ((mean, variance), (of_style, expected)) in channel_moments(&styled).into_iter().zip(channel_moments(&style)) {
        assert!((mean - of_style).abs() < 1e-9 && (variance / expected - 1.0).abs() < 1e-3);
    }
}

#[test]
fn the_gradient_of_leaky_relu_equals_central_differences() {
    let no_parameters = Vec::<Linear>::new();
    check(no_parameters, [5, 7], 0, |_, x| leaky_relu(x, 0.2));
}

#[test]
fn leaky_relu_keeps_positive_values_and_scales_the_others() {
    let x = Tensor::<1>::from_floats([-5.0, 0.0, 2.5], &training());
    assert_eq!(
        leaky_relu(Dual::constant(x), 0.2).value.into_data().iter::<f32>().collect::<Vec<_>>(),
        [-1.0, 0.0, 2.5]
    );
}

/// Mean and biased variance of each channel of `x [n, c, h, w]`, in plain loops.
fn channel_moments(x: &Tensor<4>) -> Vec<(f64, f64)> {
    let [n, c, h, w] = x.dims();
    let values = values(x);
    let channel = |channel: usize| {
        let planes = values.chunks_exact(h * w).skip(channel).step_by(c);
        let of_channel: Vec<f64> = planes.flatten().copied().collect();
        let count = (n * h * w) as f64;
        let mean = of_channel.iter().sum::<f64>() / count;
        (mean, of_channel.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count)
    };
    (0..c).map(channel).collect()
}

#[test]
fn training_normalizes_each_channel_and_moves_the_running_statistics_by_a_tenth() {
    let mut norm = BatchNorm::new(3, &mut stream(), &training()).map(&mut Scatter(stream()));
    let before = norm.clone();
    let x = normals([4, 3, 2, 5], "input") * 3.0 + 7.0;
    let y = norm.forward(Dual::constant(x.clone()), Mode::Train).value;
    for (channel, (mean, var)) in channel_moments(&x).into_iter().enumerate() {
        let of = |param: &Param<Tensor<1>>| values(&param.val())[channel];
        let (found_mean, found_var) = channel_moments(&y)[channel];
        let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| of(param.as_ref().expect("it has both")));
        let scale = gamma.powi(2) * var / (var + 1e-5);
        assert!((found_mean - beta).abs() < 1e-12 && (found_var - scale).abs() < 1e-12);
        // PyTorch's running variance is the unbiased one.
        let expected =
            [0.9 * of(&before.running_mean) + 0.1 * mean, 0.9 * of(&before.running_var) + 0.1 * var * 40.0 / 39.0];
        assert!((of(&norm.running_mean) - expected[0]).abs() < 1e-12);
        assert!((of(&norm.running_var) - expected[1]).abs() < 1e-12);
    }
}

#[test]
fn clones_of_a_batch_norm_do_not_share_their_statistics() {
    let norm = BatchNorm::new(3, &mut stream(), &training());
    let _ = norm.clone().forward(Dual::constant(normals([4, 3, 2, 2], "input").cast(DType::F32) + 5.0), Mode::Train);
    assert_eq!(values(&norm.running_mean.val()), [0.0; 3]);
}

#[test]
fn evaluation_uses_the_running_statistics_and_leaves_them() {
    let mut norm = BatchNorm::new(2, &mut stream(), &training()).map(&mut Scatter(stream()));
    let before = norm.clone();
    let x = normals([1, 2, 1, 1], "input");
    let y = norm.forward(Dual::constant(x.clone()), Mode::Eval).value;
    let of = |param: &Param<Tensor<1>>| values(&param.val());
    for channel in 0..2 {
        let root = (of(&before.running_var)[channel] + 1e-5).sqrt();
        let normal = (values(&x)[channel] - of(&before.running_mean)[channel]) / root;
        let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| of(param.as_ref().expect("it has both"))[channel]);
        let expected = gamma * normal + beta;
        assert!((values(&y)[channel] - expected).abs() < 1e-12);
    }
    assert_eq!(of(&norm.running_mean), of(&before.running_mean));
    assert_eq!(of(&norm.running_var), of(&before.running_var));
}
