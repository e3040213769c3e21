//! Every loss of the registry and its gradients against a closed form in f64.

use burn::tensor::{DType, Tensor, TensorData};
use gannet_choice::Choice;
use gannet_objectives::losses::{
    AdversarialLoss, LossKind, LossSettings, ReconstructionDistance, feature_matching, label_smoothing, pull_away,
    top_k,
};
use gannet_ops::device::device;

const REAL: [f64; 5] = [-4.0, -0.5, 0.25, 1.5, 3.0];
const FAKE: [f64; 5] = [0.75, -3.0, 2.0, -0.25, 1.25];
const N: f64 = REAL.len() as f64;
/// Settings that are all different from their defaults.
const OTHER: LossSettings = LossSettings { a: -1.0, b: 0.75, c: 0.25, margin: 2.0, gamma: 0.7, k_rate: 0.1 };
/// A weight that BEGAN is restored to.
const K: f64 = 0.25;

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

fn entropy(real: &[f64], fake: &[f64]) -> f64 {
    mean(real, |x| -log_sigma(x)) + mean(fake, |x| -log_sigma(-x))
}

/// A loss of real and fake logits.
type Form = Box<dyn Fn(&[f64], &[f64]) -> f64>;

/// The bound of f-GAN from `f*` and `g_f` as the paper's tables have them.
fn f_gan(conjugate: fn(f64) -> f64, activation: fn(f64) -> f64) -> [Form; 2] {
    [
        Box::new(move |real, fake| mean(fake, |x| conjugate(activation(x))) - mean(real, activation)),
        Box::new(move |_, fake| -mean(fake, activation)),
    ]
}

/// `−E D(G(z))`.
fn critic() -> Form {
    Box::new(|_, fake| -mean(fake, |x| x))
}

/// The discriminator's and the generator's loss, with BEGAN's k at [`K`].
fn closed_forms(kind: LossKind, LossSettings { a, b, c, margin, .. }: LossSettings) -> [Form; 2] {
    match kind {
        LossKind::Minimax => [Box::new(entropy), Box::new(|_, fake| mean(fake, |x| log_sigma(-x)))],
        LossKind::NonSaturating => [Box::new(entropy), Box::new(|_, fake| mean(fake, |x| -log_sigma(x)))],
        LossKind::LeastSquares => [
            Box::new(move |real, fake| 0.5 * (mean(real, |x| (x - b).powi(2)) + mean(fake, |x| (x - a).powi(2)))),
            Box::new(move |_, fake| 0.5 * mean(fake, |x| (x - c).powi(2))),
        ],
        LossKind::Hinge => {
            [Box::new(|real, fake| mean(real, |x| (1.0 - x).max(0.0)) + mean(fake, |x| (1.0 + x).max(0.0))), critic()]
        }
        LossKind::Wasserstein => [Box::new(|real, fake| mean(fake, |x| x) - mean(real, |x| x)), critic()],
        LossKind::RelativisticPairing => [
            Box::new(|real, fake| pairs(real, fake, |x| -log_sigma(x))),
            Box::new(|real, fake| pairs(fake, real, |x| -log_sigma(x))),
        ],
        LossKind::RelativisticAverage => [Box::new(average), Box::new(|real, fake| average(fake, real))],
        LossKind::KullbackLeibler => f_gan(|t| (t - 1.0).exp(), |v| v),
        LossKind::ReverseKullbackLeibler => f_gan(|t| -1.0 - (-t).ln(), |v| -(-v).exp()),
        LossKind::Pearson => f_gan(|t| t * t / 4.0 + t, |v| v),
        LossKind::Hellinger => f_gan(|t| t / (1.0 - t), |v| 1.0 - (-v).exp()),
        LossKind::JensenShannon => f_gan(|t| -(2.0 - t.exp()).ln(), |v| std::f64::consts::LN_2 + log_sigma(v)),
        LossKind::EnergyBased => {
            [Box::new(move |real, fake| mean(fake, |x| (margin + x).max(0.0)) - mean(real, |x| x)), critic()]
        }
        LossKind::BoundaryEquilibrium => [Box::new(|real, fake| K * mean(fake, |x| x) - mean(real, |x| x)), critic()],
    }
}

fn tensor(values: [f64; 5]) -> Tensor<1> {
    let device = device("cpu").unwrap().autodiff();
    Tensor::from_data(TensorData::from(values), (&device, DType::F64)).require_grad()
}

/// Compares a loss of both kinds of logits with `form`, and its gradients with central differences of that.
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

fn build(kind: LossKind) -> Box<dyn AdversarialLoss> {
    kind.build(&LossSettings::default())
}

#[test]
fn losses_and_gradients_equal_their_closed_forms() {
    for kind in LossKind::ALL {
        for settings in [LossSettings::default(), OTHER] {
            let mut loss = kind.build(&settings);
            loss.restore(&[K as f32]);
            let [discriminator, generator] = closed_forms(*kind, settings);
            assert_is(&format!("{kind}, D"), |real, fake| loss.discriminator(real, fake), &discriminator);
            let real = |real| loss.needs().real_logits.then_some(real);
            assert_is(&format!("{kind}, G"), |r, fake| loss.generator(fake, real(r)), &generator);
        }
    }
}

#[test]
fn the_registry_describes_every_loss() {
    for kind in LossKind::ALL {
        let doc = kind.doc();
        assert!(doc.len() > 20 && doc.ends_with('.') && doc.contains("arXiv:"), "{kind}: {doc}");
        assert_eq!(doc.lines().count(), 1, "{kind}");
        assert_eq!(kind.needs(), kind.build(&OTHER).needs(), "{kind}: needs do not depend on settings");
    }
}

#[test]
fn needs_say_what_losses_compute() {
    for kind in LossKind::ALL {
        let (loss, needs) = (build(*kind), kind.needs());
        let generator = |real: f64| loss.generator(tensor(FAKE), Some(tensor([real; 5]))).into_scalar::<f64>();
        assert_eq!(generator(0.0) != generator(1.0), needs.real_logits, "{kind}");
        // A cross-entropy does not change where the two kinds are exchanged and negated.
        let swapped = |real, fake| loss.discriminator(tensor(real), tensor(fake)).into_scalar::<f64>();
        let symmetric = swapped(REAL, FAKE) == swapped(FAKE.map(|x| -x), REAL.map(|x| -x));
        assert!(symmetric || !needs.label_smoothing, "{kind}");
        assert!(!(needs.energy.is_some() && needs.signed_logits), "{kind}: an energy has no sign");
        assert!(!(needs.bounded_slope && needs.signed_logits), "{kind}: a critic has no zero");
    }
    let with = |f: fn(LossKind) -> bool| LossKind::ALL.iter().copied().filter(|kind| f(*kind)).collect::<Vec<_>>();
    assert_eq!(with(|kind| kind.needs().bounded_slope), [LossKind::Wasserstein]);
    assert_eq!(with(|kind| kind.needs().label_smoothing), [LossKind::Minimax, LossKind::NonSaturating]);
    let relativistic = [LossKind::RelativisticPairing, LossKind::RelativisticAverage];
    assert_eq!(with(|kind| kind.needs().real_logits), relativistic);
    let energies = [LossKind::EnergyBased, LossKind::BoundaryEquilibrium];
    assert_eq!(with(|kind| kind.needs().energy.is_some()), energies);
    assert_eq!(
        energies.map(|kind| kind.needs().energy.unwrap()),
        [ReconstructionDistance::Squared, ReconstructionDistance::Absolute]
    );
    let unsigned = [&[LossKind::Wasserstein][..], &relativistic, &energies].concat();
    assert_eq!(with(|kind| !kind.needs().signed_logits), unsigned);
}

#[test]
fn smoothing_is_the_cross_entropy_with_another_target() {
    let smoothed: Form = Box::new(|real, fake| {
        mean(real, |x| -0.9 * log_sigma(x) - 0.1 * log_sigma(-x)) + mean(fake, |x| -log_sigma(-x))
    });
    for kind in LossKind::ALL.iter().filter(|kind| kind.needs().label_smoothing) {
        let loss = build(*kind);
        let with = |real: Tensor<1>, fake| loss.discriminator(real.clone(), fake) + label_smoothing(real, 0.1);
        assert_is("smoothing", with, &smoothed);
    }
}

#[test]
fn only_the_top_k_fakes_have_a_gradient() {
    let best: Form = Box::new(|_, fake| {
        let mut fake = fake.to_vec();
        fake.sort_by(f64::total_cmp);
        -mean(&fake[3..], log_sigma)
    });
    let loss = build(LossKind::NonSaturating);
    assert_is("top 2", |_, fake| loss.generator(top_k(fake, 2), None), &best);
}

/// Codes `[n, 2, 1, 1]`.
fn codes(values: &[[f64; 2]]) -> Tensor<4> {
    let device = device("cpu").unwrap();
    let shape = [values.len(), 2, 1, 1];
    Tensor::from_data(TensorData::new(values.as_flattened().to_vec(), shape), (&device, DType::F64))
}

#[test]
fn pull_away_is_the_mean_squared_cosine() {
    let of = |codes| pull_away(codes).into_scalar::<f64>();
    assert!((of(codes(&[[1.0, 2.0], [2.0, 4.0], [-3.0, -6.0]])) - 1.0).abs() < 1e-9);
    assert!(of(codes(&[[1.0, 2.0], [-4.0, 2.0]])).abs() < 1e-9);
    // One pair of three at 45 degrees, one at 90, one at 45: (½ + 0 + ½) / 3.
    assert!((of(codes(&[[1.0, 0.0], [2.0, 2.0], [0.0, 7.0]])) - 1.0 / 3.0).abs() < 1e-9);
}

#[test]
fn feature_matching_is_the_squared_distance_of_means() {
    let distance = feature_matching(codes(&[[1.0, 2.0], [3.0, 6.0]]), codes(&[[0.0, 0.0], [1.0, 2.0]]));
    assert!((distance.into_scalar::<f64>() - (1.5_f64.powi(2) + 9.0)).abs() < 1e-12);
}

/// More energy of fakes than γ allows raises k, less lowers it, within its bounds.
#[test]
fn the_equilibrium_moves_toward_its_ratio() {
    let mut loss = LossKind::BoundaryEquilibrium.build(&LossSettings { gamma: 0.5, k_rate: 0.1, ..OTHER });
    loss.restore(&[0.5]);
    // Energies 2 and 0.4: γ·2 − 0.4 = 0.6.
    let measure = loss.observe(-2.0, -0.4).expect("BEGAN has a measure of convergence");
    assert!((measure - 2.6).abs() < 1e-9 && (loss.state()[0] - 0.56).abs() < 1e-6);
    loss.observe(-2.0, -40.0);
    assert_eq!(loss.state(), [0.0]);
    loss.observe(-50.0, 0.0);
    assert_eq!(loss.state(), [1.0]);
}

#[test]
fn a_state_is_restored_to_the_bit() {
    for kind in LossKind::ALL {
        let (mut one, mut other) = (build(*kind), build(*kind));
        let measure = one.observe(-7.0, -3.0);
        assert_eq!(measure.is_some(), one.remembers(), "{kind}");
        assert_eq!(one.state() != other.state(), one.remembers(), "{kind}");
        other.restore(&one.state());
        assert_eq!(one.state(), other.state(), "{kind}");
        other.restore(&[1.0, 2.0]);
        assert_eq!(one.state(), other.state(), "{kind}: a state of another length is ignored");
    }
}

#[test]
fn large_logits_overflow_no_cross_entropy() {
    let device = device("cpu").unwrap().autodiff();
    let cross_entropies = [
        LossKind::Minimax,
        LossKind::NonSaturating,
        LossKind::RelativisticPairing,
        LossKind::RelativisticAverage,
        LossKind::JensenShannon,
    ];
    for kind in cross_entropies {
        let loss = build(kind);
        let logits = |sign: f32| Tensor::<1>::from_floats([200.0 * sign, -200.0 * sign], &device);
        let values = [loss.discriminator(logits(1.0), logits(-1.0)), loss.generator(logits(1.0), Some(logits(-1.0)))];
        assert!(values.into_iter().all(|value| value.into_scalar::<f32>().is_finite()), "{kind}");
    }
}

#[test]
fn the_minimax_generator_saturates_and_the_non_saturating_does_not() {
    let device = device("cpu").unwrap().autodiff();
    let slope = |kind: LossKind| {
        let logits = Tensor::<1>::from_floats([-8.0], &device).require_grad();
        let value = build(kind).generator(logits.clone(), None);
        logits.grad(&value.backward()).expect("logits are tracked").into_scalar::<f32>().abs()
    };
    assert!(slope(LossKind::Minimax) < 1e-3 && slope(LossKind::NonSaturating) > 0.99);
}

#[test]
fn a_score_is_a_probability_where_it_is_called_one() {
    for kind in LossKind::ALL {
        let loss = build(*kind);
        let logits = Tensor::<1>::from_floats([0.0, 3.0], &device("cpu").unwrap());
        let score = loss.score(logits).into_data().try_to_vec::<f32>().unwrap();
        let probability = loss.score_meaning().contains("probability");
        assert_eq!(score[0], if probability { 0.5 } else { 0.0 }, "{kind}");
        assert!(if probability { (0.95..0.96).contains(&score[1]) } else { score[1] == 3.0 }, "{kind}");
        assert_eq!(loss.score_meaning().contains("energy"), loss.needs().energy.is_some(), "{kind}");
    }
    let probabilities = [LossKind::Minimax, LossKind::NonSaturating, LossKind::JensenShannon];
    let meaning = |kind: &LossKind| build(*kind).score_meaning().contains("probability");
    assert!(LossKind::ALL.iter().all(|kind| meaning(kind) == probabilities.contains(kind)));
}
