//! The averaged generator against closed forms, running statistics included.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_nn::architectures::Architecture;
use gannet_nn::architectures::dcgan::{DcganConfig, DcganGenerator};
use gannet_nn::{Generator, Mode};
use gannet_ops::random::Stream;
use gannet_optim::{Ema, parameters};
use gannet_weights::{NamedTensor, collect};

fn training() -> Device {
    gannet_ops::device::device("cpu").unwrap().autodiff()
}

fn generator(seed: u64) -> DcganGenerator {
    let config = DcganConfig::new(28).with_channels(1).with_width(2).with_latent(4);
    config.init_generator(&mut Stream::new(seed, "generator", 0), &training())
}

/// `[3, 4]` from N(0, 1).
fn latent(seed: u64) -> Tensor<2> {
    let values = Stream::new(seed, "latent", 0).normals(3 * 4);
    Tensor::from_data(TensorData::new(values, [3, 4]), &training())
}

/// A generator whose weights and running statistics are those of no other `seed`.
fn used(seed: u64) -> DcganGenerator {
    let mut generator = generator(seed);
    generator.forward(latent(seed), Mode::Train);
    generator
}

/// Every value of a network set to `value`.
fn constant(value: f64) -> DcganGenerator {
    parameters::map(generator(0), |_, old| Some(old.zeros_like() + value))
}

/// `Σ share · network` in f64.
fn mixture(parts: &[(f64, DcganGenerator)]) -> Vec<(String, Vec<f64>)> {
    let scaled = |(share, network): &(f64, DcganGenerator)| -> Vec<(String, Vec<f64>)> {
        let scale = |t: NamedTensor| (t.name, t.values.iter().map(|value| share * f64::from(*value)).collect());
        collect(network).into_iter().map(scale).collect()
    };
    let add = |mut sum: Vec<(String, Vec<f64>)>, part: Vec<(String, Vec<f64>)>| {
        let pairs = sum.iter_mut().flat_map(|(_, sum)| sum).zip(part.iter().flat_map(|(_, part)| part));
        pairs.for_each(|(sum, part)| *sum += part);
        sum
    };
    parts.iter().map(scaled).reduce(add).unwrap()
}

/// Each tensor, running statistics too, within f32's rounding of values around 1.
fn assert_is(ema: &Ema<DcganGenerator>, expected: &[(String, Vec<f64>)]) {
    let found = collect(ema.network());
    assert_eq!(found.len(), expected.len());
    for (found, (name, expected)) in found.iter().zip(expected) {
        for (found, expected) in found.values.iter().zip(expected) {
            let off = (f64::from(*found) - expected).abs();
            assert!(off < 1e-6, "{name}: {found} instead of {expected}");
        }
    }
}

#[test]
fn an_average_of_many_steps_is_the_geometric_series() {
    const DECAY: f64 = 0.8;
    let networks: Vec<_> = (0..6).map(used).collect();
    let mut ema = Ema::new(&networks[0], DECAY);
    // Long after the start, when the memory is as long as asked for.
    ema.restore(networks[0].valid(), 1000);
    networks[1..].iter().for_each(|network| ema.update(network));
    let share = |k: usize| if k == 0 { DECAY.powi(5) } else { (1.0 - DECAY) * DECAY.powi(5 - k as i32) };
    let parts: Vec<_> = networks.into_iter().enumerate().map(|(k, network)| (share(k), network)).collect();
    assert_is(&ema, &mixture(&parts));
}

#[test]
fn running_statistics_are_averaged_as_weights_are() {
    let statistics = |network: &DcganGenerator| {
        let tensors = collect(network).into_iter().filter(|tensor| tensor.name.contains("running_"));
        tensors.flat_map(|tensor| tensor.values).collect::<Vec<_>>()
    };
    let (first, last) = (used(0), used(1));
    let mut ema = Ema::new(&first, 0.5);
    ema.restore(first.valid(), 1000);
    ema.update(&last);
    let pairs = statistics(&first).into_iter().zip(statistics(&last)).map(|(a, b)| (a + b) / 2.0);
    let expected: Vec<f32> = pairs.collect();
    assert_ne!(expected, statistics(&first), "the two differ");
    let found = statistics(ema.network());
    assert!(found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-6));
}

#[test]
fn the_first_steps_forget_the_initial_weights() {
    let mut ema = Ema::new(&constant(1.0), 0.999);
    (1..=10).for_each(|_| ema.update(&constant(0.0)));
    // ∏ k / (k + 9) over ten steps: one in "19 choose 9".
    let share = f64::from(collect(ema.network())[0].values[0]);
    assert!((share * 92_378.0 - 1.0).abs() < 1e-5, "{share}");
}

#[test]
fn an_average_without_memory_is_the_live_network() {
    let mut ema = Ema::new(&used(0), 0.0);
    ema.update(&used(1));
    assert_is(&ema, &mixture(&[(1.0, used(1))]));
}

#[test]
fn the_average_does_not_follow_its_network_by_itself() {
    let mut live = used(0);
    let ema = Ema::new(&live, 0.9);
    let before = collect(&live);
    live.forward(latent(9), Mode::Train);
    assert!(collect(&live) != before, "a pass in training moves running statistics");
    assert!(collect(ema.network()) == before);
}
