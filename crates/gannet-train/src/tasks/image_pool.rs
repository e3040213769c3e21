//! A history of generated images, from which the discriminator is trained too: Shrivastava et al. 2016, "Learning from Simulated
//! and Unsupervised Images through Adversarial Training", arXiv:1612.07828, section 2.3.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::random::Stream;
use gannet_weights::NamedTensor;

/// Generated images of past steps.
pub struct ImagePool {
    most: usize,
    images: Vec<Tensor<4>>,
}

impl ImagePool {
    /// An empty pool of at most `most` images; 0 turns it off.
    pub fn new(most: usize) -> Self {
        Self { most, images: Vec::new() }
    }

    /// Images for the discriminator in place of `fakes [n, c, h, w]`: the fakes themselves until the pool is full; then each is,
    /// with probability 1/2, exchanged for a random image of the pool.
    pub fn exchange(&mut self, fakes: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
        if self.most == 0 {
            return fakes;
        }
        let each = fakes.split(1, 0).into_iter().map(|fake| {
            if self.images.len() < self.most {
                self.images.push(fake.clone());
                return fake;
            }
            let (old, at) = (stream.uniform() < 0.5, stream.below(self.most));
            if old { std::mem::replace(&mut self.images[at], fake) } else { fake }
        });
        Tensor::cat(each.collect(), 0)
    }

    /// What a checkpoint keeps.
    pub fn state(&self, name: &str) -> Vec<NamedTensor> {
        let kept = |(at, image): (usize, &Tensor<4>)| {
            let data = image.to_data();
            NamedTensor { name: format!("{name}.{at:04}"), shape: data.shape().to_vec(), values: data.iter().collect() }
        };
        self.images.iter().enumerate().map(kept).collect()
    }

    /// Restores what [`ImagePool::state`] kept under `name`, on `device`.
    pub fn restore(&mut self, name: &str, tensors: &[NamedTensor], device: &Device) {
        let own = tensors.iter().filter(|tensor| tensor.name.split_once('.').is_some_and(|(of, _)| of == name));
        self.images = own
            .map(|tensor| Tensor::from_data(TensorData::new(tensor.values.clone(), tensor.shape.clone()), device))
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(value: f32, device: &Device) -> Tensor<4> {
        Tensor::full([1, 1, 2, 2], value, device)
    }

    fn first(image: &Tensor<4>) -> f32 {
        image.to_data().iter::<f32>().next().unwrap()
    }

    #[test]
    fn the_past_comes_back_after_the_pool_is_full_and_after_a_restart() {
        let device = gannet_ops::device::device("cpu").unwrap();
        let mut pool = ImagePool::new(3);
        let mut stream = Stream::new(0, "pool", 0);
        for number in 0..3 {
            assert_eq!(first(&pool.exchange(image(number as f32, &device), &mut stream)), number as f32);
        }
        let mut again = ImagePool::new(3);
        again.restore("there", &pool.state("there"), &device);
        let mut twin = stream.clone();
        let given: Vec<f32> = (3..40).map(|n| first(&pool.exchange(image(n as f32, &device), &mut stream))).collect();
        let same: Vec<f32> = (3..40).map(|n| first(&again.exchange(image(n as f32, &device), &mut twin))).collect();
        assert_eq!(given, same);
        let old = given.iter().zip(3..).filter(|(given, new)| **given != *new as f32).count();
        assert!((8..30).contains(&old), "{old} of 37 from the past");
        assert_eq!(first(&ImagePool::new(0).exchange(image(7.0, &device), &mut stream)), 7.0);
    }
}
