//! The points at which a penalty takes the gradient.

use burn::tensor::{Tensor, TensorData};
use gannet_ops::random::Stream;

/// Standard deviation of the noise around real images, relative to that of the batch's pixels.
const NOISE: f64 = 0.5;

/// Where a penalty takes the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    /// At the batch's real images.
    Real,
    /// At the batch's generated images.
    Fake,
    /// At random points on the lines from generated to real images.
    Between,
    /// At real images with normal noise, of half the standard deviation of the batch's pixels.
    Around,
}

impl Points {
    /// Points that are not images of the batch.
    pub const OTHER: [Self; 2] = [Self::Between, Self::Around];

    /// The points for batches `[n, …]` of real and of generated images.
    pub fn sample<const D: usize>(self, real: &Tensor<D>, fake: &Tensor<D>, stream: &mut Stream) -> Tensor<D> {
        match self {
            Self::Real => real.clone(),
            Self::Fake => fake.clone(),
            Self::Between => between(real, fake, stream),
            Self::Around => around(real, stream),
        }
    }
}

/// `ε · real + (1 − ε) · fake`, with one uniform ε per sample.
fn between<const D: usize>(real: &Tensor<D>, fake: &Tensor<D>, stream: &mut Stream) -> Tensor<D> {
    let mut shape = [1; D];
    shape[0] = real.dims()[0];
    let epsilons = (0..shape[0]).map(|_| stream.uniform()).collect();
    fake.clone() + (real.clone() - fake.clone()) * numbers(epsilons, shape, real)
}

fn around<const D: usize>(real: &Tensor<D>, stream: &mut Stream) -> Tensor<D> {
    let shape = real.dims();
    let noise = numbers(stream.normals(shape.iter().product()), shape, real);
    let centered = real.clone() - real.clone().mean().reshape([1; D]);
    let deviation = (centered.clone() * centered).mean().sqrt().reshape([1; D]);
    real.clone() + noise * deviation * NOISE
}

/// Values as a tensor on the device and in the precision of `like`.
fn numbers<const D: usize>(values: Vec<f32>, shape: [usize; D], like: &Tensor<D>) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), (&like.device(), like.dtype()))
}
