//! Random orders of images, as different programs draw them.

use gannet_metrics::MersenneTwister;
use gannet_ops::random::{Stream, Streams};

/// How images are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    /// By one of Gannet's streams.
    Streams,
    /// By NumPy's `RandomState` of the seed.
    NumPy,
    /// By PyTorch's generator of the CPU after `torch.manual_seed` with the seed.
    PyTorch,
    /// Not at all: the order of the files.
    Files,
}

/// A source of orders.
pub enum Shuffler {
    /// One of Gannet's streams.
    Stream(Box<Stream>),
    /// NumPy's way.
    NumPy(MersenneTwister),
    /// PyTorch's way.
    PyTorch(MersenneTwister),
    /// The order of the files.
    Files,
}

impl Orders {
    /// The orders of `seed`; Gannet's come from the stream called `name`. NumPy takes seeds below 2³², PyTorch the lower 32 bits.
    pub fn start(self, seed: u64, name: &str) -> Shuffler {
        match self {
            Self::Streams => Shuffler::Stream(Box::new(Streams::new(seed).at(name, 0))),
            Self::NumPy => Shuffler::NumPy(MersenneTwister::new(seed as u32)),
            Self::PyTorch => Shuffler::PyTorch(MersenneTwister::new(seed as u32)),
            Self::Files => Shuffler::Files,
        }
    }
}

impl Shuffler {
    /// The next order of `count` images.
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        match self {
            Self::Stream(stream) => stream.permutation(count),
            Self::NumPy(generator) => generator.numpy_permutation(count),
            Self::PyTorch(generator) => generator.torch_permutation(count),
            Self::Files => (0..count).collect(),
        }
    }
}
