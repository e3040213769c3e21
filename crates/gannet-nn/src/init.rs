//! Initial values of parameters, drawn from an explicit stream.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::random::Stream;

/// A distribution of initial weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// One value for all.
    Constant(f32),
    /// N(mean, std²).
    Normal {
        /// Mean of the values.
        mean: f32,
        /// Standard deviation of the values.
        std: f32,
    },
    /// Uniform in `[-bound, bound)`.
    Uniform {
        /// Largest absolute value.
        bound: f32,
    },
}

impl Init {
    /// N(0, 0.02): every weight of DCGAN (Radford et al. 2015, section 4).
    pub const DCGAN: Self = Self::Normal { mean: 0.0, std: 0.02 };

    /// Uniform within 1/√fan_in, PyTorch's default for linear layers and convolutions.
    pub fn fan_in(fan_in: usize) -> Self {
        Self::Uniform { bound: (fan_in as f32).sqrt().recip() }
    }

    /// Uniform with variance `2 gain² / (fan_in + fan_out)` (Glorot and Bengio 2010, AISTATS).
    pub fn glorot(gain: f64, fan_in: usize, fan_out: usize) -> Self {
        Self::Uniform { bound: (gain * (6.0 / (fan_in + fan_out) as f64).sqrt()) as f32 }
    }

    /// N(0, gain² / fan_in) (He et al. 2015, arXiv:1502.01852).
    pub fn he(gain: f64, fan_in: usize) -> Self {
        Self::Normal { mean: 0.0, std: (gain / (fan_in as f64).sqrt()) as f32 }
    }

    /// A parameter of this shape with values from `stream`; it requires gradients where the device is for training. From
    /// [`Stream::placeholder`] it is one value that is repeated without memory, so that a network can be compared with a file
    /// before anything of its size is allocated.
    pub fn param<const D: usize>(self, shape: [usize; D], stream: &mut Stream, device: &Device) -> Param<Tensor<D>> {
        if stream.is_placeholder() {
            return Param::from_tensor(Tensor::<D>::zeros([1; D], device).expand(shape));
        }
        let count = shape.iter().product();
        let values: Vec<f32> = match self {
            Self::Constant(value) => vec![value; count],
            Self::Normal { mean, std } => (0..count).map(|_| mean + std * stream.normal()).collect(),
            Self::Uniform { bound } => (0..count).map(|_| stream.range(-bound, bound)).collect(),
        };
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), device))
    }
}
