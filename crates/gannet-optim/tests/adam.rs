//! Adam against algorithm 1 in f64, over several steps, and what it keeps between runs.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_nn::layers::Linear;
use gannet_ops::random::Stream;
use gannet_optim::{Adam, AdamConfig, FlatTensors};
use gannet_weights::collect;

const CONFIG: AdamConfig = AdamConfig { lr: 1e-3, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
const PATHS: [(&str, usize); 2] = [("weight", 6), ("bias", 2)];

fn cpu() -> Device {
    gannet_ops::device::device("cpu").unwrap()
}

fn layer() -> Linear {
    Linear::new(3, 2, &mut Stream::new(0, "layer", 0), &cpu().autodiff())
}

/// Gradients of step `step`, from 1 down to the size of epsilon.
fn gradient(path: &str, count: usize, step: u64) -> Vec<f32> {
    let normals = Stream::new(1, path, step).normals(count);
    normals.into_iter().enumerate().map(|(i, value)| value * 10_f32.powi(-2 * i as i32)).collect()
}

fn gradients(step: u64) -> FlatTensors {
    let tensor = |values: Vec<f32>| Tensor::from_data(TensorData::new(values.clone(), [values.len()]), &cpu());
    PATHS.map(|(path, count)| (path.to_owned(), tensor(gradient(path, count, step)))).into()
}

fn flat<M: Module>(network: &M) -> Vec<f32> {
    collect(network).into_iter().flat_map(|tensor| tensor.values).collect()
}

/// Algorithm 1 of Adam's paper for one value; with a weight decay, algorithm 2 of AdamW's.
fn algorithm_1(config: AdamConfig, mut theta: f64, gradients: impl Iterator<Item = f64>) -> f64 {
    let AdamConfig { lr, beta1, beta2, epsilon, weight_decay } = config;
    let (mut m, mut v) = (0.0, 0.0);
    for (t, g) in (1..).zip(gradients) {
        m = beta1 * m + (1.0 - beta1) * g;
        v = beta2 * v + (1.0 - beta2) * g * g;
        let (m_hat, v_hat) = (m / (1.0 - beta1.powi(t)), v / (1.0 - beta2.powi(t)));
        theta -= lr * (m_hat / (f64::sqrt(v_hat) + epsilon) + weight_decay * theta);
    }
    theta
}

#[test]
fn steps_equal_algorithm_1_even_where_gradients_are_as_small_as_epsilon() {
    steps_equal_the_algorithm(CONFIG);
}

#[test]
fn weight_decay_is_not_part_of_the_gradient() {
    steps_equal_the_algorithm(AdamConfig { weight_decay: 0.5, ..CONFIG });
}

fn steps_equal_the_algorithm(config: AdamConfig) {
    const STEPS: u64 = 20;
    let before = layer();
    let mut adam = Adam::new(config);
    let after = (1..=STEPS).fold(before.clone(), |layer, step| adam.step(layer, gradients(step)));
    assert_eq!(adam.steps(), STEPS);
    let before = collect(&before);
    for (found, (path, count)) in collect(&after).iter().zip(PATHS) {
        let start = before.iter().find(|tensor| tensor.name == path).unwrap();
        for index in 0..count {
            let of = |step| f64::from(gradient(path, count, step)[index]);
            let expected = algorithm_1(config, f64::from(start.values[index]), (1..=STEPS).map(of));
            let (found, start) = (f64::from(found.values[index]), f64::from(start.values[index]));
            // Twenty roundings of values below 1.
            assert!((found - expected).abs() < 6e-7, "{path}[{index}]: {found} instead of {expected}");
            assert!((expected - start).abs() > 1e-5, "{path}[{index}] has to move");
        }
    }
}

#[test]
fn what_has_no_gradient_stays_and_keeps_no_moments() {
    let (layer, mut adam) = (layer(), Adam::new(CONFIG));
    let bias = gradients(1).remove_entry("bias").unwrap();
    let after = adam.step(layer.clone(), [bias].into());
    let (before, after) = (collect(&layer), collect(&after));
    assert!(before[0] == after[0] && before[1] != after[1]);
    let names: Vec<String> = adam.state().into_iter().map(|tensor| tensor.name).collect();
    assert_eq!(names, ["bias.m", "bias.v"]);
}

#[test]
fn a_restored_optimizer_continues_bit_for_bit() {
    let mut adam = Adam::new(CONFIG);
    let layer = (1..=3).fold(layer(), |layer, step| adam.step(layer, gradients(step)));
    let mut restored = Adam::new(CONFIG);
    restored.restore(adam.steps(), adam.state(), &cpu());
    assert_eq!(flat(&restored.step(layer.clone(), gradients(4))), flat(&adam.step(layer.clone(), gradients(4))));
    let mut fresh = Adam::new(CONFIG);
    assert_ne!(flat(&fresh.step(layer.clone(), gradients(4))), flat(&restored.step(layer, gradients(4))));
}
