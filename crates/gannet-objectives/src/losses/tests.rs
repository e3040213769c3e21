//! Every loss and its gradients against a closed form in f64.

use burn::tensor::{DType, Tensor, TensorData};
use gannet_ops::device::device;

use super::*;

const REAL: [f64; 5] = [-4.0, -0.5, 0.25, 1.5, 3.0];
const FAKE: [f64; 5] = [0.75, -3.0, 2.0, -0.25, 1.25];
const TARGETS: Targets = Targets { a: -1.0, b: 1.0, c: 0.25 };
const N: f64 = REAL.len() as f64;

fn log_sigma(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
}

fn mean(x: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    x.iter().map(|x| f(*x)).sum::<f64>() / x.len() as f64
}

fn pairs(real: &[f64], fake: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    real.iter().zip(fake).map(|(real, fake)| f(real - fake)).sum::<f64>() / N
}

fn average(more: &[f64], less: &[f64]) -> f64 {
    let (of_more, of_less) = (mean(more, |x| x), mean(less, |x| x));
    mean(more, |x| -log_sigma(x - of_less)) + mean(less, |x| -log_sigma(of_more - x))
}

/// The bound of f-GAN from `f*` and `g_f` as the paper's tables have them.
fn bound(conjugate: fn(f64) -> f64, activation: fn(f64) -> f64) -> impl Fn(&[f64], &[f64]) -> f64 {
    move |real, fake| mean(fake, |x| conjugate(activation(x))) - mean(real, activation)
}

type Form = Box<dyn Fn(&[f64], &[f64]) -> f64>;

/// Each loss with the discriminator's and the generator's price for real and fake logits.
fn cases() -> Vec<(Loss, Form, Form)> {
    let entropy: fn(&[f64], &[f64]) -> f64 =
        |real, fake| mean(real, |x| -log_sigma(x)) + mean(fake, |x| -log_sigma(-x));
    let f_gan = |divergence, conjugate, activation: fn(f64) -> f64| -> (Loss, Form, Form) {
        let generator: Form = Box::new(move |_, fake| -mean(fake, activation));
        (Loss::Divergence(divergence), Box::new(bound(conjugate, activation)), generator)
    };
    vec![
        (Loss::Minimax, Box::new(entropy), Box::new(|_, fake| mean(fake, |x| log_sigma(-x)))),
        (Loss::NonSaturating, Box::new(entropy), Box::new(|_, fake| mean(fake, |x| -log_sigma(x)))),
        (
            Loss::LeastSquares(TARGETS),
            Box::new(|real, fake| 0.5 * (mean(real, |x| (x - 1.0).powi(2)) + mean(fake, |x| (x + 1.0).powi(2)))),
            Box::new(|_, fake| 0.5 * mean(fake, |x| (x - 0.25).powi(2))),
        ),
        (
            Loss::Hinge,
            Box::new(|real, fake| mean(real, |x| (1.0 - x).max(0.0)) + mean(fake, |x| (1.0 + x).max(0.0))),
            Box::new(|_, fake| -mean(fake, |x| x)),
        ),
        (
            Loss::Wasserstein,
            Box::new(|real, fake| mean(fake, |x| x) - mean(real, |x| x)),
            Box::new(|_, fake| -mean(fake, |x| x)),
        ),
        (
            Loss::RelativisticPairing,
            Box::new(|real, fake| pairs(real, fake, |x| -log_sigma(x))),
            Box::new(|real, fake| pairs(fake, real, |x| -log_sigma(x))),
        ),
        (Loss::RelativisticAverage, Box::new(average), Box::new(|real, fake| average(fake, real))),
        (
            Loss::EnergyBased(1.0),
            Box::new(|real, fake| mean(fake, |x| (1.0 + x).max(0.0)) - mean(real, |x| x)),
            Box::new(|_, fake| -mean(fake, |x| x)),
        ),
        (
            Loss::BoundaryEquilibrium(Equilibrium { k: 0.25, ..Equilibrium::new(0.5, 0.1) }),
            Box::new(|real, fake| 0.25 * mean(fake, |x| x) - mean(real, |x| x)),
            Box::new(|_, fake| -mean(fake, |x| x)),
        ),
        f_gan(Divergence::KullbackLeibler, |t| (t - 1.0).exp(), |v| v),
        f_gan(Divergence::ReverseKullbackLeibler, |t| -1.0 - (-t).ln(), |v| -(-v).exp()),
        f_gan(Divergence::Pearson, |t| t * t / 4.0 + t, |v| v),
        f_gan(Divergence::Hellinger, |t| t / (1.0 - t), |v| 1.0 - (-v).exp()),
        f_gan(Divergence::JensenShannon, |t| -(2.0 - t.exp()).ln(), |v| std::f64::consts::LN_2 + log_sigma(v)),
    ]
}

fn tensor(values: [f64; 5]) -> Tensor<1> {
    let device = device("cpu").unwrap().autodiff();
    Tensor::from_data(TensorData::from(values), (&device, DType::F64)).require_grad()
}

/// A loss of both players' logits, and its slope in each, against `form` and its central differences.
fn assert_is(name: &str, loss: impl Fn(Tensor<1>, Tensor<1>) -> Tensor<1>, form: &Form) {
    let (real, fake) = (tensor(REAL), tensor(FAKE));
    let value = loss(real.clone(), fake.clone());
    let slopes = value.backward();
    let expected = form(&REAL, &FAKE);
    let found = value.into_scalar::<f64>();
    assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{name}: {found} instead of {expected}");
    for (leaf, of_real) in [(real, true), (fake, false)] {
        let slopes = leaf.grad(&slopes).map_or(vec![0.0; 5], |slope| slope.into_data().iter::<f64>().collect());
        for (index, slope) in slopes.into_iter().enumerate() {
            let at = |by: f64| {
                let (mut real, mut fake) = (REAL, FAKE);
                if of_real {
                    real[index] += by
                } else {
                    fake[index] += by
                }
                form(&real, &fake)
            };
            let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope - expected).abs() <= 1e-8 * (1.0 + expected.abs()), "{name}, slope {index}: {slope}");
        }
    }
}

#[test]
fn losses_and_gradients_equal_their_closed_forms() {
    for (loss, discriminator, generator) in cases() {
        assert_is(&format!("{loss:?}, D"), |real, fake| loss.discriminator(real, fake), &discriminator);
        assert_is(&format!("{loss:?}, G"), |real, fake| loss.generator(fake, || real), &generator);
    }
}

#[test]
fn smoothing_is_the_cross_entropy_with_another_target() {
    let smoothed: Form = Box::new(|real, fake| {
        mean(real, |x| -0.9 * log_sigma(x) - 0.1 * log_sigma(-x)) + mean(fake, |x| -log_sigma(-x))
    });
    let with = |real: Tensor<1>, fake| Loss::NonSaturating.discriminator(real.clone(), fake) + smoothing(real, 0.1);
    assert_is("smoothing", with, &smoothed);
}

#[test]
fn the_best_fakes_alone_have_a_gradient() {
    let best: Form = Box::new(|_, fake| {
        let mut fake = fake.to_vec();
        fake.sort_by(f64::total_cmp);
        -mean(&fake[3..], log_sigma)
    });
    assert_is("top 2", |_, fake| Loss::NonSaturating.generator(top_k(fake, 2), || unreachable!()), &best);
}

/// Codes `[n, 2, 1, 1]`.
fn codes(values: &[[f64; 2]]) -> Tensor<4> {
    let device = device("cpu").unwrap();
    let shape = [values.len(), 2, 1, 1];
    Tensor::from_data(TensorData::new(values.as_flattened().to_vec(), shape), (&device, DType::F64))
}

#[test]
fn codes_that_point_the_same_way_are_pulled_away_and_means_are_matched() {
    let of = |codes| pull_away(codes).into_scalar::<f64>();
    assert!((of(codes(&[[1.0, 2.0], [2.0, 4.0], [-3.0, -6.0]])) - 1.0).abs() < 1e-9);
    assert!(of(codes(&[[1.0, 2.0], [-4.0, 2.0]])).abs() < 1e-9);
    // One pair of three at 45 degrees, one at 90, one at 45: (½ + 0 + ½) / 3.
    assert!((of(codes(&[[1.0, 0.0], [2.0, 2.0], [0.0, 7.0]])) - 1.0 / 3.0).abs() < 1e-9);
    let apart = feature_matching(codes(&[[1.0, 2.0], [3.0, 6.0]]), codes(&[[0.0, 0.0], [1.0, 2.0]]));
    assert!((apart.into_scalar::<f64>() - (1.5_f64.powi(2) + 9.0)).abs() < 1e-12);
}

/// Fakes of more energy than γ allows raise k, of less lower it, within its bounds.
#[test]
fn the_equilibrium_moves_towards_its_ratio() {
    let mut loss = Loss::BoundaryEquilibrium(Equilibrium { k: 0.5, ..Equilibrium::new(0.5, 0.1) });
    let k = |loss: &Loss| match loss {
        Loss::BoundaryEquilibrium(equilibrium) => equilibrium.k,
        _ => unreachable!(),
    };
    // Energies 2 and 0.4: γ·2 − 0.4 = 0.6 is owed.
    let measure = loss.observe(-2.0, -0.4).expect("it has a measure");
    assert!((measure - 2.6).abs() < 1e-9 && (k(&loss) - 0.56).abs() < 1e-6);
    loss.observe(-2.0, -40.0);
    assert_eq!(k(&loss), 0.0);
    loss.observe(-50.0, 0.0);
    assert_eq!(k(&loss), 1.0);
    assert_eq!(Loss::Hinge.observe(1.0, 2.0), None);
}

#[test]
fn large_logits_overflow_no_cross_entropy() {
    let device = device("cpu").unwrap().autodiff();
    for loss in [Loss::Minimax, Loss::NonSaturating, Loss::RelativisticPairing, Loss::RelativisticAverage] {
        let logits = |sign: f32| Tensor::<1>::from_floats([200.0 * sign, -200.0 * sign], &device);
        let prices = [loss.discriminator(logits(1.0), logits(-1.0)), loss.generator(logits(1.0), || logits(-1.0))];
        assert!(prices.into_iter().all(|price| price.into_scalar::<f32>().is_finite()), "{loss:?}");
    }
}

#[test]
fn the_minimax_generator_saturates_and_the_other_does_not() {
    let device = device("cpu").unwrap().autodiff();
    let slope = |loss: Loss| {
        let logits = Tensor::<1>::from_floats([-8.0], &device).require_grad();
        let value = loss.generator(logits.clone(), || unreachable!("it compares with nothing"));
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
