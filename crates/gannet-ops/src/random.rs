//! Named random streams.
//!
//! Every random number in Gannet comes from a [`Stream`] keyed by the run's seed, a name and a step. No state outlives a
//! step: the seed and the number 731 are enough to repeat step 731. So a resumed run draws the numbers that the
//! uninterrupted run would have drawn, for any number of threads.
//!
//! The generator is PCG64 (O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
//! Random Number Generation").

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Poisson, StandardNormal};
use rand_pcg::Pcg64;

/// The seed of a run, from which all of its random streams derive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of a run with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream `name` at `step`. Equal seed, name and step always give equal numbers.
    pub fn at(&self, name: &str, step: u64) -> Stream {
        Stream::new(self.seed, name, step)
    }
}

/// A reproducible sequence of random numbers; see the [module](self).
#[derive(Debug, Clone)]
pub struct Stream {
    generator: Pcg64,
    placeholder: bool,
}

impl Stream {
    /// The stream `name` at `step` of a run with this seed.
    pub fn new(seed: u64, name: &str, step: u64) -> Self {
        // FNV-1a hashes the name to a number; SplitMix64 then mixes each part of the key over all bits.
        let name = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut key = [0_u8; 32];
        let mut state = 0;
        for (part, chunk) in [seed, name, step, 0x6761_6e6e_6574].into_iter().zip(key.chunks_exact_mut(8)) {
            state = splitmix(state ^ part);
            chunk.copy_from_slice(&state.to_le_bytes());
        }
        Self { generator: Pcg64::from_seed(key), placeholder: false }
    }

    /// A stream that says that its numbers do not matter, since a file's values replace them: parameters that are drawn from it
    /// have their shapes, but no memory of their own.
    pub fn placeholder() -> Self {
        Self { placeholder: true, ..Self::new(0, "placeholder", 0) }
    }

    /// Whether this is [`Stream::placeholder`].
    pub fn is_placeholder(&self) -> bool {
        self.placeholder
    }

    /// A uniform number in `[0, 1)`.
    pub fn uniform(&mut self) -> f32 {
        self.generator.random::<f32>()
    }

    /// A uniform number in `[low, high)`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    /// A uniform integer in `0..bound`.
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.generator.random_range(0..bound)
    }

    /// A number from the standard normal distribution.
    pub fn normal(&mut self) -> f32 {
        StandardNormal.sample(&mut self.generator)
    }

    /// `count` numbers from the standard normal distribution.
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.normal()).collect()
    }

    /// A number from the Poisson distribution of this mean; 0 where the mean is not above 0.
    pub fn poisson(&mut self, mean: f32) -> f32 {
        Poisson::new(f64::from(mean)).map_or(0.0, |poisson| poisson.sample(&mut self.generator) as f32)
    }

    /// The integers `0..count` in uniformly random order (Fisher–Yates shuffle).
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators").
fn splitmix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_a_function_of_seed_name_and_step() {
        let streams = Streams::new(7);
        assert_eq!(streams.at("latent", 3).normals(8), streams.at("latent", 3).normals(8));
        for other in [streams.at("latent", 4), streams.at("data", 3), Stream::new(8, "latent", 3)] {
            assert_ne!(streams.at("latent", 3).normals(8), other.clone().normals(8));
        }
    }

    #[test]
    fn normals_have_zero_mean_and_unit_variance() {
        let values = Stream::new(0, "test", 0).normals(100_000);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "mean {mean}, variance {variance}");
    }

    #[test]
    fn poisson_numbers_are_whole_with_their_mean_as_variance() {
        for mean in [0.3, 5.0, 200.0] {
            let mut stream = Stream::new(0, "test", 0);
            let values: Vec<f32> = (0..20_000).map(|_| stream.poisson(mean)).collect();
            assert!(values.iter().all(|value| *value >= 0.0 && value.fract() == 0.0));
            let found = values.iter().sum::<f32>() / values.len() as f32;
            let variance = values.iter().map(|v| (v - found).powi(2)).sum::<f32>() / values.len() as f32;
            assert!(
                (found / mean - 1.0).abs() < 0.05 && (variance / mean - 1.0).abs() < 0.05,
                "{mean}: {found}, {variance}"
            );
        }
        assert_eq!([0.0, -1.0, f32::NAN].map(|mean| Stream::new(0, "test", 0).poisson(mean)), [0.0; 3]);
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = Stream::new(1, "order", 0).permutation(1000);
        assert_ne!(order, (0..1000).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
    }
}
