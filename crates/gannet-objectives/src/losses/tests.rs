//! Every loss and its gradient against a closed form in f64.

use burn::tensor::Tensor;
use gannet_ops::device::device;

use super::*;

const LOGITS: [f32; 7] = [-30.0, -4.0, -0.5, 0.25, 1.0, 6.0, 30.0];

fn sigma(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// log σ(x) without overflow.
fn log_sigma(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
}

/// A loss as a function of logits, the term of one logit in closed form, and that term's derivative.
type Case = (&'static str, fn(Tensor<1>) -> Tensor<1>, fn(f64) -> f64, fn(f64) -> f64);

const TARGETS: Targets = Targets { a: -1.0, b: 1.0, c: 0.25 };

const CASES: &[Case] = &[
    ("cross-entropy on real", |x| Loss::NonSaturating.on_real(x), |x| -log_sigma(x), |x| sigma(x) - 1.0),
    ("cross-entropy on fake", |x| Loss::NonSaturating.on_fake(x), |x| -log_sigma(-x), sigma),
    ("minimax on real", |x| Loss::Minimax.on_real(x), |x| -log_sigma(x), |x| sigma(x) - 1.0),
    ("minimax on fake", |x| Loss::Minimax.on_fake(x), |x| -log_sigma(-x), sigma),
    ("minimax generator", |x| Loss::Minimax.generator(x), |x| log_sigma(-x), |x| -sigma(x)),
    ("non-saturating generator", |x| Loss::NonSaturating.generator(x), |x| -log_sigma(x), |x| sigma(x) - 1.0),
    ("squares on real", |x| Loss::LeastSquares(TARGETS).on_real(x), |x| 0.5 * (x - 1.0).powi(2), |x| x - 1.0),
    ("squares on fake", |x| Loss::LeastSquares(TARGETS).on_fake(x), |x| 0.5 * (x + 1.0).powi(2), |x| x + 1.0),
    ("squares generator", |x| Loss::LeastSquares(TARGETS).generator(x), |x| 0.5 * (x - 0.25).powi(2), |x| x - 0.25),
];

#[test]
fn losses_and_gradients_equal_their_closed_forms() {
    let device = device("cpu").unwrap().autodiff();
    for (name, loss, term, derivative) in CASES {
        let logits = Tensor::<1>::from_floats(LOGITS, &device).require_grad();
        let value = loss(logits.clone());
        let gradient = logits.grad(&value.backward()).expect("the logits are tracked");
        let n = LOGITS.len() as f64;
        let expected = LOGITS.iter().map(|x| term(f64::from(*x))).sum::<f64>() / n;
        let found = f64::from(value.into_scalar::<f32>());
        assert!((found - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{name}: {found} instead of {expected}");
        for (x, found) in LOGITS.iter().zip(gradient.into_data().iter::<f64>()) {
            let expected = derivative(f64::from(*x)) / n;
            assert!((found - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{name} at {x}: {found}, {expected}");
        }
    }
}

#[test]
fn the_minimax_generator_saturates_and_the_other_does_not() {
    let device = device("cpu").unwrap().autodiff();
    let slope = |loss: Loss| {
        let logits = Tensor::<1>::from_floats([-8.0], &device).require_grad();
        let value = loss.generator(logits.clone());
        logits.grad(&value.backward()).expect("tracked").into_scalar::<f32>().abs()
    };
    assert!(slope(Loss::Minimax) < 1e-3 && slope(Loss::NonSaturating) > 0.99);
}

#[test]
fn a_score_is_a_probability_only_for_cross_entropy() {
    let logits = || Tensor::<1>::from_floats([0.0, 3.0], &device("cpu").unwrap());
    assert_eq!(Loss::Minimax.score(logits()).into_data().try_to_vec::<f32>().unwrap()[0], 0.5);
    assert_eq!(Loss::LeastSquares(TARGETS).score(logits()).into_data().try_to_vec::<f32>().unwrap(), [0.0, 3.0]);
}
