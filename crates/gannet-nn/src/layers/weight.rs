//! Weights that are made of the learned ones.
//!
//! ```text
//! spectral     W / σ(W)              Spectral Normalization for GANs, Miyato et al. 2018, arXiv:1802.05957
//! normalised   g · W / ‖W‖           Weight Normalization, Salimans and Kingma 2016, arXiv:1602.07868
//! equalised    W · √(2 / fan_in)     Progressive Growing of GANs, Karras et al. 2017, arXiv:1710.10196, section 4.1
//! ```
//!
//! σ is the largest singular value of the weight as a matrix of one row an output, by power iteration; ‖W‖ and g are of each
//! output by itself. Equalised weights are learned at unit variance, so that Adam moves all layers alike.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::random::Stream;

use crate::init::Init;

/// Power iterations before the first step; later ones go on from there.
const WARM_UP: usize = 15;
/// What keeps a vector of zeros from being divided by its norm, as in PyTorch.
const EPSILON: f64 = 1e-12;

/// How the weight that acts is made of the learned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WeightKind {
    /// It is that.
    #[default]
    Plain,
    /// Divided by its largest singular value.
    Spectral,
    /// Of learned norm and direction.
    Normalised,
    /// Scaled as He's initialisation would be.
    Equalised,
}

impl WeightKind {
    /// What the learned weight starts as, where a plain one starts as `plain`.
    pub fn init(self, plain: Init) -> Init {
        if self == Self::Equalised { Init::Normal { mean: 0.0, std: 1.0 } } else { plain }
    }
}

/// What makes the weight that acts.
#[derive(Module, Debug)]
pub struct WeightForm {
    /// The singular vectors of the largest singular value, about.
    pub spectral: Option<SingularVectors>,
    /// `[out]`, the norm of each output's weights.
    pub norm: Option<Param<Tensor<1>>>,
    #[module(skip)]
    scale: f64,
    #[module(skip)]
    outputs: usize,
}

/// Of the weight as a matrix; not learned.
#[derive(Module, Debug)]
pub struct SingularVectors {
    /// `[out]`.
    pub running_u: Param<Tensor<1>>,
    /// `[in · k · k]`.
    pub running_v: Param<Tensor<1>>,
}

impl WeightForm {
    /// For a fresh weight whose axis `outputs` counts the outputs.
    pub fn new<const D: usize>(
        kind: WeightKind,
        weight: &Tensor<D>,
        outputs: usize,
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        let out = weight.dims()[outputs];
        let fan_in = weight.shape().num_elements() / out;
        let plain = Self { spectral: None, norm: None, scale: 1.0, outputs };
        match kind {
            WeightKind::Plain => plain,
            WeightKind::Equalised => Self { scale: (2.0 / fan_in as f64).sqrt(), ..plain },
            WeightKind::Normalised => {
                let matrix = plain.matrix(weight.clone().detach());
                let norms = (matrix.clone() * matrix).sum_dim(1).sqrt().reshape([out]);
                Self { norm: Some(Param::from_tensor(norms.detach())), ..plain }
            }
            WeightKind::Spectral => {
                let normal = Init::Normal { mean: 0.0, std: 1.0 };
                let mut vector = |size| normal.param([size], stream, device).set_require_grad(false).map(unit);
                let spectral = SingularVectors { running_u: vector(out), running_v: vector(fan_in) };
                let mut form = Self { spectral: Some(spectral), ..plain };
                (0..WARM_UP).for_each(|_| form.iterate(weight));
                form
            }
        }
    }

    /// The weight that acts.
    pub fn of<const D: usize>(&self, weight: Tensor<D>) -> Tensor<D> {
        let shape = weight.dims();
        let mut per_output = [1; D];
        per_output[self.outputs] = shape[self.outputs];
        if let Some(vectors) = &self.spectral {
            let matrix = self.matrix(weight.clone());
            let sigma = (matrix * vectors.outer()).sum();
            return weight / sigma.reshape([1; D]);
        }
        if let Some(norm) = &self.norm {
            let matrix = self.matrix(weight.clone());
            let found = (matrix.clone() * matrix).sum_dim(1).sqrt().reshape(per_output);
            return weight / found * norm.val().reshape(per_output);
        }
        if self.scale == 1.0 { weight } else { weight * self.scale }
    }

    /// One power iteration for a weight that has moved. Between two iterations a network is one function, whatever
    /// passes through it.
    pub fn iterate<const D: usize>(&mut self, weight: &Tensor<D>) {
        if self.spectral.is_some() {
            let matrix = self.matrix(weight.clone().detach());
            self.spectral = self.spectral.take().map(|vectors| vectors.moved(matrix));
        }
    }

    /// One row an output.
    fn matrix<const D: usize>(&self, weight: Tensor<D>) -> Tensor<2> {
        let out = weight.dims()[self.outputs];
        let rest = weight.shape().num_elements() / out;
        weight.swap_dims(0, self.outputs).reshape([out, rest])
    }
}

impl SingularVectors {
    /// v ← Wᵀu, u ← W v, each made one long.
    fn moved(self, matrix: Tensor<2>) -> Self {
        let [out, rest] = matrix.dims();
        let u = self.running_u.val().detach().reshape([out, 1]);
        let v = unit((matrix.clone() * u).sum_dim(0).reshape([rest]));
        let u = unit((matrix * v.clone().reshape([1, rest])).sum_dim(1).reshape([out]));
        Self { running_u: self.running_u.map(|_| u.detach()), running_v: self.running_v.map(|_| v.detach()) }
    }

    /// `[out, in · k · k]`, whose products with a matrix sum to its singular value.
    fn outer(&self) -> Tensor<2> {
        let ([out], [rest]) = (self.running_u.dims(), self.running_v.dims());
        self.running_u.val().detach().reshape([out, 1]) * self.running_v.val().detach().reshape([1, rest])
    }
}

/// One long.
fn unit(x: Tensor<1>) -> Tensor<1> {
    let norm = (x.clone() * x.clone()).sum().sqrt().clamp_min(EPSILON);
    x / norm
}
