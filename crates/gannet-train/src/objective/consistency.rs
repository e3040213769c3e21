//! Consistency regularization: the discriminator should give an image and a transformed view of it the same logit (CR,
//! Zhang et al. 2019, arXiv:1910.12027; bCR and zCR, Zhao et al. 2020, arXiv:2002.04724).

use burn::tensor::Tensor;
use gannet_nn::augment::view;
use gannet_nn::{Discriminator, Mode};
use gannet_ops::random::Streams;
use gannet_recipe::{Augment, ConsistencyKind};

use super::conditioning::Conditioning;
use super::step_index::StepIndex;
use crate::step_report::StepReport;

/// Standard deviation of the noise between perturbed latents (zCR, section 3).
pub const LATENT_NOISE: f64 = 0.03;
/// Weight of the generator's zCR term, which wants perturbed latents to give different images, relative to the
/// discriminator's.
const GENERATOR_SHARE: f64 = 0.1;

/// The discriminator's consistency loss; none where the recipe asks for none.
pub fn consistency_loss<D: Discriminator>(
    augment: &Augment,
    discriminator: &mut D,
    [real, fake]: [&Tensor<4>; 2],
    conditioning: &Conditioning,
    (streams, at): (Streams, StepIndex),
    report: &mut StepReport,
) -> Option<Tensor<1>> {
    let labels = &conditioning.labels;
    let mut difference = |name: &str, images: &Tensor<4>, other: Tensor<4>, weight: f64| {
        let [a, b] = [images.clone(), other].map(|images| discriminator.logits(images, labels, Mode::Train));
        let difference = a - b;
        let loss = (difference.clone() * difference).mean() * weight;
        report.mean(&format!("penalty/{name}"), &loss);
        loss
    };
    let viewed = |name: &str, images: &Tensor<4>| view(images.clone(), &mut streams.at(name, at.batch));
    let weight = augment.consistency_weight;
    let of_real = (augment.consistency != ConsistencyKind::None)
        .then(|| difference("cr", real, viewed("view/real", real), weight));
    let of_fake = (augment.consistency == ConsistencyKind::Balanced)
        .then(|| difference("bcr", fake, viewed("view/fake", fake), weight));
    let perturbed = conditioning.perturbed.clone();
    let of_latents = perturbed.map(|perturbed| difference("zcr", fake, perturbed.detach(), augment.latent_consistency));
    [of_real, of_fake, of_latents].into_iter().flatten().reduce(|sum, loss| sum + loss)
}

/// The generator's zCR term for images `fake` and those of perturbed latents; none where they are not compared.
pub fn latent_diversity_loss(augment: &Augment, fake: &Tensor<4>, conditioning: &Conditioning) -> Option<Tensor<1>> {
    conditioning.perturbed.clone().map(|perturbed| {
        let difference = fake.clone() - perturbed;
        (difference.clone() * difference).mean() * (-GENERATOR_SHARE * augment.latent_consistency)
    })
}
