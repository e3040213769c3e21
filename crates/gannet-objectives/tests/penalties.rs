//! Every penalty's value and gradient against a closed form in f64.

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};
use gannet_choice::Choice;
use gannet_objectives::penalties::{
    GradientPenalties, LeCam, PenaltyKind, Points, along, input_gradient, orthogonal, penalty_objective, squared_norms,
};
use gannet_ops::device::device;
use gannet_ops::dual::{Dual, standardize};
use gannet_ops::random::Stream;

const N: usize = 3;
const WEIGHTS: [f64; 2] = [0.5, -1.25];
const IMAGES: [[f64; 2]; N] = [[0.25, 1.0], [-2.0, 0.5], [1.5, 3.0]];

/// A discriminator of two weights.
trait Toy {
    fn new(weights: [f64; 2]) -> Self;
    fn weights(&self) -> Tensor<1>;
    fn frozen(&self) -> Self;
    fn logits(&self, images: Dual<4>) -> Dual<1>;
}

/// D(x) = ½ Σ a x², whose gradient is a x.
#[derive(Module, Debug)]
struct Quadratic {
    a: Param<Tensor<1>>,
}

impl Toy for Quadratic {
    fn new(weights: [f64; 2]) -> Self {
        Self { a: parameter(weights) }
    }

    fn weights(&self) -> Tensor<1> {
        self.a.val()
    }

    fn frozen(&self) -> Self {
        self.clone().no_grad()
    }

    fn logits(&self, images: Dual<4>) -> Dual<1> {
        let a = Dual::constant(self.a.val().reshape([1, 2, 1, 1]));
        sum(a * images.square() * 0.5)
    }
}

/// D(x) = Σ a x̂³ of images standardized over the batch, so that each image's gradient depends on all of them.
#[derive(Module, Debug)]
struct Standardized {
    a: Param<Tensor<1>>,
}

impl Toy for Standardized {
    fn new(weights: [f64; 2]) -> Self {
        Self { a: parameter(weights) }
    }

    fn weights(&self) -> Tensor<1> {
        self.a.val()
    }

    fn frozen(&self) -> Self {
        self.clone().no_grad()
    }

    fn logits(&self, images: Dual<4>) -> Dual<1> {
        let a = Dual::constant(self.a.val().reshape([1, 2, 1, 1]));
        let hat = standardize(images, &[0], 0.1);
        sum(hat.clone().square() * hat * a)
    }
}

/// Over all values of a sample.
fn sum<const D: usize>(x: Dual<D>) -> Dual<1> {
    let n = x.dims()[0];
    x.linear(|x| x.flatten::<2>(1, D - 1).sum_dim(1).reshape([n]))
}

fn training() -> Device {
    device("cpu").unwrap().autodiff()
}

fn parameter(values: [f64; 2]) -> Param<Tensor<1>> {
    Param::from_tensor(Tensor::from_data(TensorData::from(values), (&training(), DType::F64)))
}

fn samples<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let values = IMAGES.as_flattened().to_vec();
    Tensor::from_data(TensorData::new(values, shape), (&training(), DType::F64))
}

fn images() -> Tensor<4> {
    samples([N, 2, 1, 1])
}

fn values<const D: usize>(x: &Tensor<D>) -> Vec<f64> {
    x.to_data().iter().collect()
}

/// A penalty's value at the images, and its gradient in the weights by the dual pass.
fn measured<T: Toy>(weights: [f64; 2], kind: PenaltyKind, weight: f64) -> (f64, Vec<f64>) {
    let (d, mut value) = (T::new(weights), None);
    let penalties = GradientPenalties::new([(kind, weight)]);
    let frozen = d.frozen();
    let images = penalties.tangent(
        kind.points(),
        |x| frozen.logits(x),
        images(),
        |name, penalty| {
            assert_eq!(name, kind.word());
            value = Some(penalty.into_scalar::<f64>());
        },
    );
    let gradients = penalty_objective(&d.logits(images)).expect("there is a penalty").backward();
    let gradient = values(&d.weights().grad(&gradients).expect("the weights are learned"));
    (value.expect("the penalty is reported"), gradient)
}

/// Compares a gradient with the central differences of `value`.
fn assert_slopes(name: &str, gradient: &[f64], at: [f64; 2], value: impl Fn([f64; 2]) -> f64, relative: f64) {
    for (index, slope) in gradient.iter().enumerate() {
        let moved = |by: f64| {
            let mut weights = at;
            weights[index] += by;
            value(weights)
        };
        let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!((slope - expected).abs() < relative * expected.abs(), "{name}: slope {slope}, not {expected}");
    }
}

/// The penalty of one image's squared gradient norm, for a weight of 1.
fn closed_form(kind: PenaltyKind, square: f64) -> f64 {
    match kind {
        PenaltyKind::R1 | PenaltyKind::R2 => square / 2.0,
        PenaltyKind::ZeroGp => square,
        PenaltyKind::WganGp | PenaltyKind::Dragan => (square.sqrt() - 1.0).powi(2),
    }
}

#[test]
fn values_and_gradients_equal_their_closed_forms() {
    for kind in PenaltyKind::ALL {
        let of = |a: [f64; 2]| {
            let squares = IMAGES.map(|[x, y]| (a[0] * x).powi(2) + (a[1] * y).powi(2));
            3.0 * squares.map(|square| closed_form(*kind, square)).iter().sum::<f64>() / N as f64
        };
        let (value, gradient) = measured::<Quadratic>(WEIGHTS, *kind, 3.0);
        let expected = of(WEIGHTS);
        assert!((value - expected).abs() < 1e-12 * expected, "{kind}: {value} instead of {expected}");
        assert_slopes(kind.word(), &gradient, WEIGHTS, of, 1e-8);
    }
}

#[test]
fn images_that_share_batch_statistics_are_penalized_together() {
    for kind in PenaltyKind::ALL {
        let (_, gradient) = measured::<Standardized>(WEIGHTS, *kind, 2.0);
        let value = |weights| measured::<Standardized>(weights, *kind, 2.0).0;
        assert_slopes(kind.word(), &gradient, WEIGHTS, value, 1e-7);
    }
}

#[test]
fn a_constant_discriminator_has_finite_penalties() {
    for kind in PenaltyKind::ALL {
        let (value, gradient) = measured::<Quadratic>([0.0, 0.0], *kind, 1.0);
        assert!(value.is_finite() && gradient.iter().all(|slope| slope.is_finite()), "{kind}: {value} {gradient:?}");
    }
}

#[test]
fn the_registry_describes_every_penalty() {
    for kind in PenaltyKind::ALL {
        let doc = kind.doc();
        assert!(doc.len() > 20 && doc.ends_with('.') && doc.contains("arXiv:"), "{kind}: {doc}");
        // Zero at the target norm and nowhere else, and no slope there.
        let norms = [kind.target_norm(), kind.target_norm() + 0.5, kind.target_norm() + 2.0];
        let squares = Tensor::from_data(TensorData::from(norms.map(|norm| norm * norm)), (&Device::flex(), DType::F64));
        let (penalties, factors) = kind.penalty().penalize(squares, 3.0);
        let (penalties, factors) = (values(&penalties), values(&factors));
        assert!(penalties[0] == 0.0 && penalties[1] > 0.0 && penalties[2] > penalties[1], "{kind}: {penalties:?}");
        assert_eq!(factors[0] * norms[0], 0.0, "{kind}");
        assert!(factors[1] > 0.0 && factors[2] > 0.0, "{kind}: {factors:?}");
    }
}

#[test]
fn points_lie_between_and_around_the_images() {
    let (real, fake) = (images(), images() * -2.0 + 1.0);
    let mut stream = Stream::new(0, "points", 0);
    assert_eq!(values(&Points::Real.sample(&real, &fake, &mut stream)), values(&real));
    assert_eq!(values(&Points::Fake.sample(&real, &fake, &mut stream)), values(&fake));
    let between = values(&Points::Between.sample(&real, &fake, &mut stream));
    let (real_values, fake_values) = (values(&real), values(&fake));
    for (image, point) in between.chunks(2).enumerate() {
        let epsilon = |at: usize| {
            let (real, fake) = (real_values[2 * image + at], fake_values[2 * image + at]);
            (point[at] - fake) / (real - fake)
        };
        assert!((epsilon(0) - epsilon(1)).abs() < 1e-9 && (0.0..=1.0).contains(&epsilon(0)), "one ε per image");
    }
    let around = values(&Points::Around.sample(&real, &fake, &mut stream));
    assert!(around.iter().zip(&real_values).all(|(near, real)| near != real && (near - real).abs() < 5.0));
}

#[test]
fn penalties_are_taken_at_their_own_points_only() {
    let d = Quadratic::new(WEIGHTS);
    let frozen = d.frozen();
    let both = GradientPenalties::new([(PenaltyKind::R1, 1.0), (PenaltyKind::R2, 0.0), (PenaltyKind::WganGp, 1.0)]);
    assert_eq!(both, GradientPenalties::new([(PenaltyKind::R1, 1.0), (PenaltyKind::WganGp, 1.0)]));
    let at_fakes = both.tangent(Points::Fake, |x| frozen.logits(x), images(), |_, _| panic!("there is none"));
    assert!(at_fakes.tangent.is_none());
    assert!(penalty_objective(&Dual::constant(Tensor::ones([1], &training()))).is_none());
    let mut stream = Stream::new(0, "points", 0);
    let mut reported = Vec::new();
    let objective = both.at_other_points(
        |x| frozen.logits(x),
        |x| d.logits(x),
        [&images(), &images()],
        &mut stream,
        |name, _| reported.push(name.to_owned()),
    );
    assert!(objective.is_some() && reported == ["wgan-gp"]);
}

#[test]
fn penalties_at_the_same_points_add_up() {
    let gradient = |weights: &[(PenaltyKind, f64)]| {
        let d = Quadratic::new(WEIGHTS);
        let frozen = d.frozen();
        let penalties = GradientPenalties::new(weights.iter().copied()).scaled(2.0);
        let (fake, stream) = (images() * -2.0 + 1.0, &mut Stream::new(0, "points", 0));
        let pass = (|x| frozen.logits(x), |x| d.logits(x));
        let objective = penalties.at_other_points(pass.0, pass.1, [&images(), &fake], stream, |_, _| ());
        let gradients = objective.expect("there are penalties").backward();
        values(&d.weights().grad(&gradients).expect("the weights are learned"))
    };
    let (one, other) = ((PenaltyKind::WganGp, 3.0), (PenaltyKind::ZeroGp, 0.5));
    let (first, second) = (gradient(&[one]), gradient(&[other]));
    for (index, together) in gradient(&[one, other]).into_iter().enumerate() {
        let apart = first[index] + second[index];
        assert!((together - apart).abs() < 1e-12 * apart.abs(), "{together} instead of {apart}");
    }
}

/// G(w) = a w² as two pixels.
fn toy_generator(a: &Tensor<1>, w: Dual<2>) -> Dual<4> {
    (Dual::constant(a.clone().reshape([1, 2])) * w.square()).reshape([N, 2, 1, 1])
}

/// The path length penalty of StyleGAN2 (Karras et al. 2019, arXiv:1912.04958, equation 4) from the pieces above:
/// E (‖u‖ − a)² with u = Jᵀ y, here 2 a w y.
#[test]
fn a_generators_path_length_penalty_equals_its_closed_form() {
    const LENGTH: f64 = 1.0;
    let y: Tensor<4> = images() * 0.3 - 0.2;
    let w = || samples([N, 2]);
    let value = |a: [f64; 2]| {
        let y = values(&y);
        let norm = |at: usize| (0..2).map(|i| (2.0 * a[i] * IMAGES[at][i] * y[2 * at + i]).powi(2)).sum::<f64>().sqrt();
        (0..N).map(|at| (norm(at) - LENGTH).powi(2)).sum::<f64>() / N as f64
    };
    let a = parameter(WEIGHTS);
    let weighted_sum = |a: &Tensor<1>, w: Dual<2>| sum(toy_generator(a, w) * Dual::constant(y.clone()));
    let frozen = a.val().detach();
    let u = input_gradient(|w| weighted_sum(&frozen, w), w());
    let norms = squared_norms(&u).sqrt();
    let found = (norms.clone() - LENGTH).powf_scalar(2.0).mean().into_scalar::<f64>();
    assert!((found - value(WEIGHTS)).abs() < 1e-12, "{found}");
    let factors = (norms.clone() - LENGTH) * 2.0 / norms;
    let gradient = |w: Dual<2>| {
        let gradients = penalty_objective(&weighted_sum(&a.val(), w)).expect("w has a tangent").backward();
        values(&a.val().grad(&gradients).expect("the weights are learned"))
    };
    let pieces = gradient(along(w(), u, factors));
    assert_slopes("path length", &pieces, WEIGHTS, value, 1e-8);
    // A target norm of 1 makes it WGAN-GP's function of the norm.
    let penalties = GradientPenalties::new([(PenaltyKind::WganGp, 1.0)]);
    let whole = gradient(penalties.tangent(Points::Between, |w| weighted_sum(&frozen, w), w(), |_, _| ()));
    assert!(pieces.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-12), "{pieces:?} and {whole:?}");
}

#[test]
fn lecam_keeps_each_kind_near_the_average_of_the_other() {
    let logits = |values: [f64; 2]| Tensor::<1>::from_data(TensorData::from(values), (&training(), DType::F64));
    let (real, fake) = (logits([1.0, 3.0]), logits([-1.0, -2.0]));
    let mut lecam = LeCam::new(0.5);
    let penalty = |lecam: &LeCam| lecam.penalty(&real, &fake).into_scalar::<f64>();
    // From the batch's own means, 2 and −1.5, at first.
    assert!((penalty(&lecam) - 0.5 * ((2.5_f64.powi(2) + 4.5_f64.powi(2)) / 2.0 + (9.0 + 16.0) / 2.0)).abs() < 1e-9);
    lecam.observe(1.0, 0.0);
    assert!((penalty(&lecam) - 0.5 * ((1.0 + 9.0) / 2.0 + (4.0 + 9.0) / 2.0)).abs() < 1e-9);
    lecam.observe(101.0, 100.0);
    assert_eq!(lecam.averages, Some([2.0, 1.0]));
}

#[test]
fn orthogonal_rows_have_no_penalty_and_others_that_of_their_products() {
    let matrix = |values: [[f64; 2]; 2]| {
        let values = TensorData::new(values.as_flattened().to_vec(), [2, 2]);
        vec![Param::from_tensor(Tensor::<2>::from_data(values, (&training(), DType::F64)))]
    };
    let penalty = |values| orthogonal(&matrix(values), 0.5).expect("there is a weight").into_scalar::<f64>();
    assert_eq!(penalty([[3.0, 4.0], [-4.0, 3.0]]), 0.0);
    // Both products of the two rows are 11.
    assert!((penalty([[1.0, 2.0], [3.0, 4.0]]) - 121.0).abs() < 1e-9);
    assert!(orthogonal(&vec![parameter(WEIGHTS)], 1.0).is_none(), "a bias has no rows");
}
