//! Penalties on the discriminator's gradient in its images; each file is a paper.
//!
//! The framework differentiates once, and a penalty's gradient in the parameters is a second derivative. It is had
//! exactly by dual numbers, without differentiating twice:
//!
//! ```text
//! v = ∇ₓ Σ D(x)                        one pass forward and back through frozen weights; v is then a constant
//! t = c · v                            c = ∂(penalty of one image)/∂‖v‖ / ‖v‖
//! ∂(penalty)/∂θ = ∂/∂θ Σ ⟨∇ₓ D(x), t⟩ / n     and ⟨∇ₓ D(x), t⟩ is the tangent of D(x) along t
//! ```
//!
//! The pass that carries the tangent gives D(x) too, which serves the loss where the penalty is on the batch's own
//! images. Its penalty therefore costs one pass forward and back to the images, and the tangents.

mod dragan;
mod lecam;
mod orthogonal;
mod r1;
mod wgan_gp;
mod zero_centred;

pub use lecam::LeCam;
pub use orthogonal::orthogonal;

use burn::tensor::{Tensor, TensorData};
use gannet_nn::{Discriminator, Mode};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

/// One of the penalties on the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Towards zero, at real images.
    R1,
    /// Towards zero, at generated images.
    R2,
    /// Towards norm one, between real and generated images.
    WganGp,
    /// Towards norm one, around real images.
    Dragan,
    /// Towards zero, between real and generated images.
    ZeroCentred,
}

/// Where a penalty takes the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    /// At the batch's real images.
    Real,
    /// At its generated images.
    Fake,
    /// On the lines from the one to the other.
    Between,
    /// Near the real images.
    Around,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::R1, Self::R2, Self::WganGp, Self::Dragan, Self::ZeroCentred];

    /// The name by which a penalty is reported.
    pub fn name(self) -> &'static str {
        match self {
            Self::R1 => "r1",
            Self::R2 => "r2",
            Self::WganGp => "wgan-gp",
            Self::Dragan => "dragan",
            Self::ZeroCentred => "zero-gp",
        }
    }

    /// Where it takes the gradient.
    pub fn points(self) -> Points {
        match self {
            Self::R1 => Points::Real,
            Self::R2 => Points::Fake,
            Self::WganGp | Self::ZeroCentred => Points::Between,
            Self::Dragan => Points::Around,
        }
    }

    /// Of squared norms `[n]` the penalties of each image `[n]` and the factors c `[n]`.
    fn priced(self, squares: Tensor<1>, weight: f64) -> (Tensor<1>, Tensor<1>) {
        match self {
            Self::R1 | Self::R2 => r1::priced(squares, weight),
            Self::ZeroCentred => zero_centred::priced(squares, weight),
            Self::WganGp | Self::Dragan => wgan_gp::priced(squares, weight),
        }
    }
}

/// Some penalties with their weights.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Penalties(pub Vec<(Kind, f64)>);

impl Penalties {
    /// Those that take the gradient there.
    fn at(&self, points: Points) -> impl Iterator<Item = (Kind, f64)> {
        self.0.iter().copied().filter(move |(kind, _)| kind.points() == points)
    }

    /// The same `factor` times as strong.
    pub fn scaled(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|(kind, weight)| (*kind, weight * factor)).collect())
    }

    /// `images` with the tangent that makes the penalties there of a pass over them ([`price`]); `report` is told each
    /// one's name and its mean over the images `[1]`. `frozen` is the discriminator without gradients in its weights.
    pub fn moving<D: Discriminator>(
        &self,
        points: Points,
        frozen: &D,
        images: Tensor<4>,
        mut report: impl FnMut(&str, Tensor<1>),
    ) -> Dual<4> {
        let mut penalties = self.at(points).peekable();
        if penalties.peek().is_none() {
            return Dual::constant(images);
        }
        let v = gradient(frozen, images.clone());
        let n = v.dims()[0];
        let squares: Tensor<1> = (v.clone() * v.clone()).flatten::<2>(1, 3).sum_dim(1).reshape([n]);
        let mut factors = squares.zeros_like();
        for (kind, weight) in penalties {
            let (prices, c) = kind.priced(squares.clone(), weight);
            report(kind.name(), prices.mean());
            factors = factors + c;
        }
        Dual::new(images, Tensor::from_inner(v * factors.reshape([n, 1, 1, 1])))
    }

    /// What the penalties at points beside the batch's images add to the objective `[1]`; nothing where there are none.
    /// `stream` draws the points.
    pub fn beside<D: Discriminator>(
        &self,
        discriminator: &D,
        real: &Tensor<4>,
        fake: &Tensor<4>,
        stream: &mut Stream,
        mut report: impl FnMut(&str, Tensor<1>),
    ) -> Option<Tensor<1>> {
        let frozen = discriminator.clone().no_grad();
        let prices = [Points::Between, Points::Around].into_iter().filter_map(|points| {
            self.at(points).next()?;
            let images = match points {
                Points::Between => wgan_gp::between(real, fake, stream),
                _ => dragan::around(real, stream),
            };
            let images = self.moving(points, &frozen, images, &mut report);
            price(&discriminator.clone().forward(images, Mode::Train))
        });
        prices.reduce(|sum, price| sum + price)
    }
}

/// What the tangents of logits add to the objective: a `[1]` whose gradient in the parameters is that of the penalties,
/// though its value is another.
pub fn price(logits: &Dual<1>) -> Option<Tensor<1>> {
    logits.tangent.clone().map(Tensor::mean)
}

/// `∇ₓ Σ D(x)` without a graph.
fn gradient<D: Discriminator>(frozen: &D, images: Tensor<4>) -> Tensor<4> {
    let images = images.detach().require_grad();
    let gradients = frozen.clone().logits(images.clone(), Mode::Train).sum().backward();
    images.grad(&gradients).unwrap_or_else(|| images.inner().zeros_like())
}

/// Numbers of a stream as a tensor beside `like`.
fn numbers<const D: usize>(values: Vec<f32>, shape: [usize; D], like: &Tensor<D>) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), (&like.device(), like.dtype()))
}

#[cfg(test)]
mod tests;
