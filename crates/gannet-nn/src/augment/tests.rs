use burn::tensor::{DType, Device, Tensor, TensorData};
use gannet_ops::device::device;
use gannet_ops::random::Stream;

use gannet_choice::Choice;

use super::cutout::cutout;
use super::*;

const SHAPE: [usize; 4] = [4, 3, 10, 12];

fn training() -> Device {
    device("cpu").unwrap().autodiff()
}

fn images(name: &str, shape: [usize; 4]) -> Tensor<4> {
    let values = Stream::new(0, name, 0).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), (&training(), DType::F64))
}

fn stream() -> Stream {
    Stream::new(3, "augment", 0)
}

fn dot(a: Tensor<4>, b: Tensor<4>) -> f64 {
    (a * b).sum().into_scalar()
}

fn largest(x: Tensor<4>) -> f64 {
    x.abs().max().into_scalar()
}

type Part = Box<dyn Fn(Tensor<4>) -> Tensor<4>>;

/// Every transformation by itself, always with one stream.
fn each_part() -> Vec<(&'static str, Part)> {
    let mut all: Vec<(&'static str, Part)> = Vec::new();
    for part in DiffPart::ALL.iter().copied() {
        all.push((part.word(), Box::new(move |x| DiffAugment(vec![part]).apply(x, &mut stream()))));
    }
    for part in AdaPart::ALL.iter().copied() {
        all.push((part.word(), Box::new(move |x| Ada(vec![part]).apply(x, 0.9, &mut stream()))));
    }
    all
}

/// An affine map has one linear part everywhere, and its gradient is the adjoint of that part.
#[test]
fn every_part_is_affine_and_has_its_gradient() {
    for shape in [SHAPE, [4, 1, 10, 12]] {
        let (x, v, u) = (images("x", shape), images("v", shape), images("u", shape));
        for (word, part) in each_part() {
            let difference = part(x.clone() + v.clone()) - part(x.clone());
            let elsewhere = part(v.clone()) - part(v.zeros_like());
            assert!(largest(difference.clone() - elsewhere) < 1e-9, "{word} is not affine");
            let leaf = x.clone().require_grad();
            let gradient = leaf.grad(&(part(leaf.clone()) * u.clone()).sum().backward()).unwrap();
            let (found, expected) = (dot(Tensor::from_inner(gradient), v.clone()), dot(difference, u.clone()));
            assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{word}: {found}, not {expected}");
            assert!(largest(part(x.clone()) - x.clone()) > 1e-3, "{word} does nothing");
        }
    }
}

#[test]
fn probability_zero_changes_nothing() {
    let x = images("x", SHAPE);
    for part in AdaPart::ALL.iter().copied() {
        let found = largest(Ada(vec![part]).apply(x.clone(), 0.0, &mut stream()) - x.clone());
        assert!(found < 1e-9, "{part}: {found}");
    }
}

/// An image without a geometric transformation, among others with one, stays equal bit for bit, at any place in the batch.
#[test]
fn images_that_do_not_move_stay_sharp_among_others_that_do() {
    let x = images("x", [40, 3, 10, 12]);
    for part in [AdaPart::Blit, AdaPart::Geometry] {
        let off =
            (Ada(vec![part]).apply(x.clone(), 0.2, &mut stream()) - x.clone()).abs().max_dim(3).max_dim(2).max_dim(1);
        let still = off.into_data().iter::<f64>().filter(|off| *off == 0.0).count();
        assert!((5..=35).contains(&still), "{part:?}: {still} of 40");
    }
}

#[test]
fn a_cutout_square_has_its_size_where_it_is_inside_the_image() {
    let x = images("x", [200, 1, 16, 16]).ones_like();
    let left: Vec<f64> =
        cutout(x, 0.5, &[true; 200], &mut stream()).mean_dim(3).mean_dim(2).into_data().iter::<f64>().collect();
    let fewest = left.iter().copied().fold(1.0, f64::min);
    let most = left.iter().copied().fold(0.0, f64::max);
    assert!((0.70..=0.76).contains(&fewest) && most <= 0.95, "{fewest} to {most}");
}

/// The spread of the brightness over many images.
#[test]
fn brightness_has_the_paper_s_distribution() {
    let x = images("x", [1, 1, 1, 2]).zeros_like() + 0.5;
    let many = x.repeat_dim(0, 4000);
    let augmented = DiffAugment(vec![DiffPart::Color]).apply(many.clone(), &mut stream()).mean_dim(3).into_data();
    let values: Vec<f64> = augmented.iter::<f64>().collect();
    let mean = values.iter().sum::<f64>() / 4000.0;
    let spread = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 4000.0).sqrt();
    assert!((mean - 0.5).abs() < 0.02 && (spread - 1.0 / 12.0_f64.sqrt()).abs() < 0.01, "{mean}, {spread}");
    let values: Vec<f64> =
        Ada(vec![AdaPart::Color]).apply(many.zeros_like(), 1.0, &mut stream()).mean_dim(3).into_data().iter().collect();
    let spread = (values.iter().map(|value| value * value).sum::<f64>() / 4000.0).sqrt();
    // Brightness of 0.2 times a contrast of 2^N(0, 0.5²), whose mean square is e^(2 (0.5 ln 2)²).
    assert!((spread - 0.2 * ((0.5 * 2.0_f64.ln()).powi(2)).exp()).abs() < 0.02, "{spread}");
}
