//! Adversarial losses on logits, and terms that go with them; each file is a paper.
//!
//! To add a loss: write its file with a type that implements [`AdversarialLoss`], declare the module, and add one line to the
//! registry below.

mod adversarial;
mod began;
mod cross_entropy;
mod ebgan;
mod f_gan;
mod feature_matching;
mod hinge;
mod label_smoothing;
mod least_squares;
mod minimax;
mod non_saturating;
mod relativistic;
mod top_k;
mod wasserstein;

use gannet_choice::choice;

pub use adversarial::{AdversarialLoss, LossSettings, Needs, ReconstructionDistance};
pub use ebgan::pull_away;
pub use feature_matching::feature_matching;
pub use label_smoothing::label_smoothing;
pub use top_k::top_k;

/// Declares [`LossKind`]: a variant, its word and the type that implements it.
macro_rules! registry {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $word:literal => $loss:ty, )+) => {
        choice! {
            /// The adversarial loss: what the discriminator and the generator minimize.
            #[default = NonSaturating]
            LossKind { $( $(#[doc = $doc])+ $variant = $word, )+ }
        }

        impl LossKind {
            /// The loss before its first step.
            pub fn build(self, settings: &LossSettings) -> Box<dyn AdversarialLoss> {
                match self {
                    $( Self::$variant => Box::new(<$loss>::new(settings)), )+
                }
            }
        }
    };
}

registry! {
    /// The generator minimizes log(1 − D(G(z))) (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1).
    Minimax = "minimax" => minimax::Minimax,
    /// The generator maximizes log D(G(z)) (Goodfellow et al. 2014, arXiv:1406.2661, section 3).
    NonSaturating = "non-saturating" => non_saturating::NonSaturating,
    /// Squared distances to targets: LSGAN (Mao et al. 2016, arXiv:1611.04076, eq. 2).
    LeastSquares = "least-squares" => least_squares::LeastSquares,
    /// A margin of 1 for the discriminator (Lim and Ye 2017, arXiv:1705.02894, eq. 9 and 10).
    Hinge = "hinge" => hinge::Hinge,
    /// The Wasserstein distance (Arjovsky et al. 2017, arXiv:1701.07875); needs a discriminator of bounded slope.
    Wasserstein = "wasserstein" => wasserstein::Wasserstein,
    /// Each real logit is compared with one fake logit: RpGAN (Jolicoeur-Martineau 2018, arXiv:1807.00734).
    RelativisticPairing = "relativistic-pairing" => relativistic::Pairing,
    /// Each logit is compared with the mean of the other kind: RaGAN (Jolicoeur-Martineau 2018, arXiv:1807.00734).
    RelativisticAverage = "relativistic-average" => relativistic::Average,
    /// f-GAN's bound of the Kullback-Leibler divergence (Nowozin et al. 2016, arXiv:1606.00709).
    KullbackLeibler = "kl" => f_gan::FGan<f_gan::KullbackLeibler>,
    /// f-GAN's bound of the reverse Kullback-Leibler divergence (Nowozin et al. 2016, arXiv:1606.00709).
    ReverseKullbackLeibler = "reverse-kl" => f_gan::FGan<f_gan::ReverseKullbackLeibler>,
    /// f-GAN's bound of Pearson's chi-squared divergence (Nowozin et al. 2016, arXiv:1606.00709).
    Pearson = "pearson" => f_gan::FGan<f_gan::Pearson>,
    /// f-GAN's bound of the squared Hellinger distance (Nowozin et al. 2016, arXiv:1606.00709).
    Hellinger = "hellinger" => f_gan::FGan<f_gan::Hellinger>,
    /// f-GAN's bound of the Jensen-Shannon divergence (Nowozin et al. 2016, arXiv:1606.00709).
    JensenShannon = "jensen-shannon" => f_gan::FGan<f_gan::JensenShannon>,
    /// The energy of an image is its autoencoder's error, low for real images: EBGAN (Zhao et al. 2016, arXiv:1609.03126).
    EnergyBased = "ebgan" => ebgan::EnergyBased,
    /// EBGAN's energy with a weight that balances real and fake: BEGAN (Berthelot et al. 2017, arXiv:1703.10717).
    BoundaryEquilibrium = "began" => began::BoundaryEquilibrium,
}

impl LossKind {
    /// What a training run must provide, and which options it may use, with this loss.
    pub fn needs(self) -> Needs {
        self.build(&LossSettings::default()).needs()
    }
}
