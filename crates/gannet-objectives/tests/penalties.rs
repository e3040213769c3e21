//! Every penalty's value and gradient against a closed form in f64.

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, TensorData};
use gannet_ops::device::device;
use gannet_ops::dual::standardize;

use super::*;

const N: usize = 3;
const WEIGHTS: [f64; 2] = [0.5, -1.25];
const IMAGES: [[f64; 2]; N] = [[0.25, 1.0], [-2.0, 0.5], [1.5, 3.0]];

/// D(x) = ½ Σ a x², whose gradient is a x.
#[derive(Module, Debug)]
struct Bowl {
    a: Param<Tensor<1>>,
}

impl Discriminator for Bowl {
    fn judge(&mut self, images: Dual<4>, _: Mode) -> (Dual<1>, Dual<4>) {
        let a = Dual::constant(self.a.val().reshape([1, 2, 1, 1]));
        (sum(a * images.clone().square() * 0.5), images)
    }

    fn feature_shape(&self) -> [usize; 3] {
        [2, 1, 1]
    }

    fn activations(&self) -> usize {
        0
    }
}

/// D(x) = Σ a x̂ of images standardised over the batch, so that each image's gradient is of all of them.
#[derive(Module, Debug)]
struct Mixed {
    a: Param<Tensor<1>>,
}

impl Discriminator for Mixed {
    fn judge(&mut self, images: Dual<4>, _: Mode) -> (Dual<1>, Dual<4>) {
        let a = Dual::constant(self.a.val().reshape([1, 2, 1, 1]));
        let hat = standardize(images.clone(), &[0], 0.1);
        (sum(hat.clone().square() * hat * a), images)
    }

    fn feature_shape(&self) -> [usize; 3] {
        [2, 1, 1]
    }

    fn activations(&self) -> usize {
        0
    }
}

/// Over all of an image.
fn sum(x: Dual<4>) -> Dual<1> {
    let [n, ..] = x.dims();
    x.linear(|x| x.flatten::<2>(1, 3).sum_dim(1).reshape([n]))
}

fn training() -> Device {
    device("cpu").unwrap().autodiff()
}

fn parameter(values: [f64; 2]) -> Param<Tensor<1>> {
    Param::from_tensor(Tensor::from_data(TensorData::from(values), (&training(), DType::F64)))
}

fn images() -> Tensor<4> {
    let values = IMAGES.as_flattened().to_vec();
    Tensor::from_data(TensorData::new(values, [N, 2, 1, 1]), (&training(), DType::F64))
}

/// A penalty's value at the images, and its gradient in `a` by the dual pass.
fn measured<D: Discriminator>(d: &D, a: &Param<Tensor<1>>, kind: Kind, weight: f64) -> (f64, Vec<f64>) {
    let mut value = None;
    let penalties = Penalties(vec![(kind, weight)]);
    let moving = penalties.moving(kind.points(), &d.clone().no_grad(), images(), |name, price| {
        assert_eq!(name, kind.name());
        value = Some(price.into_scalar::<f64>());
    });
    let gradients = price(&d.clone().forward(moving, Mode::Train)).expect("there is a penalty").backward();
    let gradient = a.val().grad(&gradients).expect("a is learned").into_data().iter::<f64>().collect();
    (value.expect("it is reported"), gradient)
}

/// Of one image's squared gradient.
fn closed_form(kind: Kind, square: f64) -> f64 {
    match kind {
        Kind::R1 | Kind::R2 => square / 2.0,
        Kind::ZeroCentred => square,
        Kind::WganGp | Kind::Dragan => (square.sqrt() - 1.0).powi(2),
    }
}

#[test]
fn values_and_gradients_equal_their_closed_forms() {
    let of = |kind, a: [f64; 2]| {
        let squares = IMAGES.map(|[x, y]| (a[0] * x).powi(2) + (a[1] * y).powi(2));
        squares.map(|square| closed_form(kind, square)).iter().sum::<f64>() / N as f64
    };
    for kind in Kind::ALL {
        let d = Bowl { a: parameter(WEIGHTS) };
        let (value, gradient) = measured(&d, &d.a, kind, 3.0);
        let expected = 3.0 * of(kind, WEIGHTS);
        assert!((value - expected).abs() < 1e-12 * expected, "{kind:?}: {value} instead of {expected}");
        for (at, slope) in gradient.into_iter().enumerate() {
            let moved = |by: f64| {
                let mut a = WEIGHTS;
                a[at] += by;
                3.0 * of(kind, a)
            };
            let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - expected).abs() < 1e-8 * expected.abs(), "{kind:?}: slope {slope}, not {expected}");
        }
    }
}

#[test]
fn images_that_share_statistics_are_penalised_together() {
    for kind in Kind::ALL {
        let d = Mixed { a: parameter(WEIGHTS) };
        let (_, gradient) = measured(&d, &d.a, kind, 2.0);
        for (at, slope) in gradient.into_iter().enumerate() {
            let moved = |by: f64| {
                let mut a = WEIGHTS;
                a[at] += by;
                let d = Mixed { a: parameter(a) };
                measured(&d, &d.a, kind, 2.0).0
            };
            let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - expected).abs() < 1e-7 * expected.abs(), "{kind:?}: slope {slope}, not {expected}");
        }
    }
}

#[test]
fn a_flat_discriminator_has_finite_penalties() {
    for kind in Kind::ALL {
        let d = Bowl { a: parameter([0.0, 0.0]) };
        let (value, gradient) = measured(&d, &d.a, kind, 1.0);
        assert!(value.is_finite() && gradient.iter().all(|slope| slope.is_finite()), "{kind:?}: {value} {gradient:?}");
    }
}

#[test]
fn points_beside_the_images_lie_where_they_should() {
    let (real, fake) = (images(), images() * -2.0 + 1.0);
    let mut stream = Stream::new(0, "points", 0);
    let flat = |x: &Tensor<4>| x.to_data().iter::<f64>().collect::<Vec<_>>();
    let between = flat(&wgan_gp::between(&real, &fake, &mut stream));
    for (image, point) in between.chunks(2).enumerate() {
        let share = |at: usize| {
            let (real, fake) = (flat(&real)[2 * image + at], flat(&fake)[2 * image + at]);
            (point[at] - fake) / (real - fake)
        };
        assert!((share(0) - share(1)).abs() < 1e-9 && (0.0..=1.0).contains(&share(0)), "one share for an image");
    }
    let around = flat(&dragan::around(&real, &mut stream));
    assert!(around.iter().zip(flat(&real)).all(|(near, real)| *near != real && (near - real).abs() < 5.0));
}

#[test]
fn penalties_of_the_same_images_add_up_and_others_cost_nothing() {
    let d = Bowl { a: parameter(WEIGHTS) };
    let both = Penalties(vec![(Kind::R1, 1.0), (Kind::WganGp, 1.0)]);
    let at_fakes = both.moving(Points::Fake, &d.clone().no_grad(), images(), |_, _| panic!("none is there"));
    assert!(at_fakes.tangent.is_none() && price(&Dual::constant(Tensor::ones([1], &training()))).is_none());
    let mut stream = Stream::new(0, "points", 0);
    let mut told = Vec::new();
    let beside = both.beside(&d, &images(), &images(), &mut stream, |name, _| told.push(name.to_owned()));
    assert!(beside.is_some() && told == ["wgan-gp"]);
}

#[test]
fn lecam_holds_each_kind_near_the_average_of_the_other() {
    let logits = |values: [f64; 2]| Tensor::<1>::from_data(TensorData::from(values), (&training(), DType::F64));
    let (real, fake) = (logits([1.0, 3.0]), logits([-1.0, -2.0]));
    let mut lecam = LeCam::new(0.5);
    let price = |lecam: &LeCam| lecam.price(&real, &fake).into_scalar::<f64>();
    // Of their own means, 2 and −1.5, at first.
    assert!((price(&lecam) - 0.5 * ((2.5_f64.powi(2) + 4.5_f64.powi(2)) / 2.0 + (9.0 + 16.0) / 2.0)).abs() < 1e-9);
    lecam.observe(1.0, 0.0);
    assert!((price(&lecam) - 0.5 * ((1.0 + 9.0) / 2.0 + (4.0 + 9.0) / 2.0)).abs() < 1e-9);
    lecam.observe(101.0, 100.0);
    assert_eq!(lecam.averages, Some([2.0, 1.0]));
}

#[test]
fn rows_at_right_angles_are_orthogonal_and_others_pay_for_their_products() {
    let matrix = |values: [[f64; 2]; 2]| {
        let values = TensorData::new(values.as_flattened().to_vec(), [2, 2]);
        vec![Param::from_tensor(Tensor::<2>::from_data(values, (&training(), DType::F64)))]
    };
    let price = |values| orthogonal(&matrix(values), 0.5).expect("a weight").into_scalar::<f64>();
    assert_eq!(price([[3.0, 4.0], [-4.0, 3.0]]), 0.0);
    // Both products of the two rows are 11.
    assert!((price([[1.0, 2.0], [3.0, 4.0]]) - 121.0).abs() < 1e-9);
    assert!(orthogonal(&vec![parameter(WEIGHTS)], 1.0).is_none(), "a bias has no rows");
}
