//! Reparametrized weights: a layer computes with a weight that is a function of the learned one.
//!
//! ```text
//! spectral      W / σ(W)              Spectral Normalization for GANs, Miyato et al. 2018, arXiv:1802.05957
//! weight-norm   g · W / ‖W‖           Weight Normalization, Salimans and Kingma 2016, arXiv:1602.07868
//! equalized     W · √(2 / fan_in)     Progressive Growing of GANs, Karras et al. 2017, arXiv:1710.10196, section 4.1
//! ```
//!
//! σ is the largest singular value of the weight as a matrix with one row for each output, by power iteration. ‖W‖ and g are
//! those of each output. Equalized weights are learned at unit variance, so that Adam's steps have the same relative size in all
//! layers.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_choice::choice;
use gannet_ops::random::Stream;

use crate::init::Init;

/// Power iterations for a fresh weight; training then continues from their result.
const WARM_UP: usize = 15;
/// Least norm by which a vector is divided, as in PyTorch.
const EPSILON: f64 = 1e-12;

choice! {
    /// The form of a layer's weight.
    #[default = Plain]
    WeightKind {
        /// The learned weight itself.
        Plain = "plain",
        /// Divided by its largest singular value (Miyato et al. 2018, arXiv:1802.05957).
        Spectral = "spectral",
        /// Norm and direction are learned separately (Salimans and Kingma 2016, arXiv:1602.07868).
        WeightNorm = "weight-norm",
        /// Learned at unit variance, scaled as by He's initialization (Karras et al. 2017, arXiv:1710.10196, section 4.1).
        Equalized = "equalized",
    }
}

impl WeightKind {
    /// The initial values of the learned weight, where those of a plain weight are `plain`.
    pub fn init(self, plain: Init) -> Init {
        if self == Self::Equalized { Init::Normal { mean: 0.0, std: 1.0 } } else { plain }
    }
}

/// The function from a layer's learned weight to the one that it computes with.
#[derive(Module, Debug)]
pub struct WeightForm {
    /// Estimates of the singular vectors of the largest singular value, of spectral norm.
    pub spectral: Option<SingularVectors>,
    /// `[out]`, the norm of each output's weights, of weight norm.
    pub norm: Option<Param<Tensor<1>>>,
    #[module(skip)]
    scale: f64,
    #[module(skip)]
    outputs: usize,
}

/// Singular vectors of a weight as a matrix; not learned.
#[derive(Module, Debug)]
pub struct SingularVectors {
    /// `[out]`.
    pub running_u: Param<Tensor<1>>,
    /// `[in · k · k]`.
    pub running_v: Param<Tensor<1>>,
}

impl WeightForm {
    /// For a fresh weight whose axis number `outputs` counts the outputs.
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
            WeightKind::Equalized => Self { scale: (2.0 / fan_in as f64).sqrt(), ..plain },
            WeightKind::WeightNorm if stream.is_placeholder() => {
                Self { norm: Some(Init::Constant(1.0).param([out], stream, device)), ..plain }
            }
            WeightKind::WeightNorm => {
                let matrix = plain.matrix(weight.clone().detach());
                let norms = (matrix.clone() * matrix).sum_dim(1).sqrt().reshape([out]);
                Self { norm: Some(Param::from_tensor(norms.detach())), ..plain }
            }
            WeightKind::Spectral => {
                let normal = Init::Normal { mean: 0.0, std: 1.0 };
                let mut vector = |size| normal.param([size], stream, device).set_require_grad(false);
                let spectral = SingularVectors { running_u: vector(out), running_v: vector(fan_in) };
                if stream.is_placeholder() {
                    return Self { spectral: Some(spectral), ..plain };
                }
                let spectral = SingularVectors {
                    running_u: spectral.running_u.map(unit),
                    running_v: spectral.running_v.map(unit),
                };
                let mut form = Self { spectral: Some(spectral), ..plain };
                (0..WARM_UP).for_each(|_| form.power_iterate(weight));
                form
            }
        }
    }

    /// The weight that the layer computes with.
    pub fn apply<const D: usize>(&self, weight: Tensor<D>) -> Tensor<D> {
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

    /// One power iteration for the present weight, where the form is spectral. The network is one function between two calls.
    pub fn power_iterate<const D: usize>(&mut self, weight: &Tensor<D>) {
        if self.spectral.is_some() {
            let matrix = self.matrix(weight.clone().detach());
            self.spectral = self.spectral.take().map(|vectors| vectors.iterated(matrix));
        }
    }

    /// The weight with one row for each output.
    fn matrix<const D: usize>(&self, weight: Tensor<D>) -> Tensor<2> {
        let out = weight.dims()[self.outputs];
        let rest = weight.shape().num_elements() / out;
        weight.swap_dims(0, self.outputs).reshape([out, rest])
    }
}

impl SingularVectors {
    /// v ← Wᵀu, u ← W v, each of norm 1.
    fn iterated(self, matrix: Tensor<2>) -> Self {
        let [out, rest] = matrix.dims();
        let u = self.running_u.val().detach().reshape([out, 1]);
        let v = unit((matrix.clone() * u).sum_dim(0).reshape([rest]));
        let u = unit((matrix * v.clone().reshape([1, rest])).sum_dim(1).reshape([out]));
        Self { running_u: self.running_u.map(|_| u.detach()), running_v: self.running_v.map(|_| v.detach()) }
    }

    /// u vᵀ `[out, in · k · k]`; the sum of its products with a matrix is the singular value.
    fn outer(&self) -> Tensor<2> {
        let ([out], [rest]) = (self.running_u.dims(), self.running_v.dims());
        self.running_u.val().detach().reshape([out, 1]) * self.running_v.val().detach().reshape([1, rest])
    }
}

/// The vector divided by its norm.
fn unit(x: Tensor<1>) -> Tensor<1> {
    let norm = (x.clone() * x.clone()).sum().sqrt().clamp_min(EPSILON);
    x / norm
}
