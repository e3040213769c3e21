//! Penalties on the gradient of a network's output in its input, and other regularizers; each file is a paper.
//!
//! The framework differentiates once, and a penalty's gradient in the parameters is a second derivative. Dual numbers give it
//! exactly, without differentiating twice:
//!
//! ```text
//! v = ∇ₓ Σ f(x)                        one pass forward and back through frozen weights; v is then a constant
//! t = c · v                            c = ∂(penalty of one sample)/∂‖v‖ / ‖v‖
//! ∂(penalty)/∂θ = ∂/∂θ Σ ⟨∇ₓ f(x), t⟩ / n     and ⟨∇ₓ f(x), t⟩ is the tangent of f(x) along t
//! ```
//!
//! f is a closure over dual numbers with one output per sample: a discriminator's logits of images, or a weighted sum of a
//! generator's pixels. The pass that carries the tangent also computes f(x), which serves the loss where the penalty is on the
//! batch's own images. Such a penalty costs one pass forward and back to the images, and the tangents.
//!
//! To add a penalty: write its file with a type that implements [`GradientPenalty`], declare the module, and add one line to
//! the registry below.

mod dragan;
mod gradient;
mod gradient_penalty;
mod lecam;
mod orthogonal;
mod points;
mod r1;
mod wgan_gp;
mod zero_gp;

use burn::tensor::Tensor;
use gannet_choice::{Choice, choice};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

pub use gradient::{along, input_gradient, penalty_objective, squared_norms};
pub use gradient_penalty::GradientPenalty;
pub use lecam::LeCam;
pub use orthogonal::orthogonal;
pub use points::Points;

/// Declares [`PenaltyKind`]: a variant, its word and the unit type that implements it.
macro_rules! registry {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $word:literal => $penalty:expr, )+) => {
        choice! {
            /// A penalty on the gradient of the discriminator's logits in its images.
            PenaltyKind { $( $(#[doc = $doc])+ $variant = $word, )+ }
        }

        impl PenaltyKind {
            /// The implementation.
            pub fn penalty(self) -> &'static dyn GradientPenalty {
                match self {
                    $( Self::$variant => &$penalty, )+
                }
            }
        }
    };
}

registry! {
    /// Half the squared gradient norm at real images (Mescheder et al. 2018, arXiv:1801.04406, eq. 9).
    R1 = "r1" => r1::R1,
    /// Half the squared gradient norm at generated images (Mescheder et al. 2018, arXiv:1801.04406, eq. 10).
    R2 = "r2" => r1::R2,
    /// Squared distance of the gradient norm from 1, between real and generated images (Gulrajani et al. 2017, arXiv:1704.00028).
    WganGp = "wgan-gp" => wgan_gp::WganGp,
    /// Squared distance of the gradient norm from 1, at noisy real images (Kodali et al. 2017, arXiv:1705.07215).
    Dragan = "dragan" => dragan::Dragan,
    /// Squared gradient norm between real and generated images (Thanh-Tung et al. 2019, arXiv:1902.03984).
    ZeroGp = "zero-gp" => zero_gp::ZeroGp,
}

impl PenaltyKind {
    /// Where the gradient is taken.
    pub fn points(self) -> Points {
        self.penalty().points()
    }

    /// The gradient norm that the penalty pulls to.
    pub fn target_norm(self) -> f64 {
        self.penalty().target_norm()
    }
}

/// Several penalties on the gradient, each with its weight.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GradientPenalties(Vec<(PenaltyKind, f64)>);

impl GradientPenalties {
    /// The penalties whose weight is above 0.
    pub fn new(weights: impl IntoIterator<Item = (PenaltyKind, f64)>) -> Self {
        Self(weights.into_iter().filter(|(_, weight)| *weight > 0.0).collect())
    }

    /// With all weights times `factor`.
    pub fn scaled(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|(kind, weight)| (*kind, weight * factor)).collect())
    }

    fn at(&self, points: Points) -> impl Iterator<Item = (PenaltyKind, f64)> {
        self.0.iter().copied().filter(move |(kind, _)| kind.points() == points)
    }

    /// `x` with the tangent whose pass through `f` gives the penalties at `points` ([`penalty_objective`]); no tangent where
    /// there are no such penalties. `report` receives the word of each penalty and its mean over the samples `[1]`.
    ///
    /// `f` is the network with frozen parameters, as a function of its input.
    pub fn tangent<const D: usize>(
        &self,
        points: Points,
        f: impl FnOnce(Dual<D>) -> Dual<1>,
        x: Tensor<D>,
        mut report: impl FnMut(&str, Tensor<1>),
    ) -> Dual<D> {
        let mut penalties = self.at(points).peekable();
        if penalties.peek().is_none() {
            return Dual::constant(x);
        }
        let v = input_gradient(f, x.clone());
        let squares = squared_norms(&v);
        let mut factors = squares.zeros_like();
        for (kind, weight) in penalties {
            let (penalties, c) = kind.penalty().penalize(squares.clone(), weight);
            report(kind.word(), penalties.mean());
            factors = factors + c;
        }
        along(x, v, factors)
    }

    /// What the penalties at points off the batch's images add to the objective `[1]`; nothing where there are none.
    /// `stream` draws the points. `frozen` and `training` are the network with frozen and with learning parameters.
    pub fn at_other_points<const D: usize>(
        &self,
        mut frozen: impl FnMut(Dual<D>) -> Dual<1>,
        mut training: impl FnMut(Dual<D>) -> Dual<1>,
        [real, fake]: [&Tensor<D>; 2],
        stream: &mut Stream,
        mut report: impl FnMut(&str, Tensor<1>),
    ) -> Option<Tensor<1>> {
        let objectives = Points::OTHER.into_iter().filter_map(|points| {
            self.at(points).next()?;
            let x = points.sample(real, fake, stream);
            let x = self.tangent(points, &mut frozen, x, &mut report);
            penalty_objective(&training(x))
        });
        objectives.reduce(|sum, objective| sum + objective)
    }
}
