//! The losses of class labels and codes: auxiliary classifiers (AC-GAN), InfoGAN's Q network, and invariant information
//! clustering (IIC) of its categories.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use gannet_nn::augment::distort;
use gannet_nn::{Discriminator, Mode};
use gannet_objectives::classification::{code_loss, cross_entropy, error_rate};
use gannet_objectives::iic::mutual_information;
use gannet_ops::random::Streams;
use gannet_recipe::{Condition, ConditionKind};

use super::conditioning::Conditioning;
use super::step_index::StepIndex;
use crate::step_report::StepReport;

/// Images as the discriminator saw them, and the features it computed of them.
pub struct Observed<'a> {
    /// `[n, c, h, w]`.
    pub images: &'a Tensor<4>,
    /// `[n, f, h', w']`.
    pub features: Tensor<4>,
}

/// The weighted cross-entropy of predicted labels plus the loss of predicted codes; none where the discriminator predicts
/// nothing. AC-GAN classifies real images too, InfoGAN's codes exist for generated images only.
pub fn classification_loss<D: Discriminator>(
    condition: &Condition,
    discriminator: &mut D,
    [real, fake]: [Option<Observed>; 2],
    conditioning: &Conditioning,
    report: &mut StepReport,
) -> Option<Tensor<1>> {
    let real = real.filter(|_| condition.kind == ConditionKind::Auxiliary);
    let mut predict = |observed: Option<Observed>| {
        let Observed { images, features } = observed?;
        discriminator.predict(images, Some(features), Mode::Train)
    };
    let classes = |prediction: &Tensor<2>| prediction.clone().narrow(1, 0, condition.count());
    let (real, fake) = (predict(real).map(|prediction| classes(&prediction)), predict(fake)?);
    report.mean("error/class_fake", &error_rate(classes(&fake), &conditioning.labels));
    if let Some(real) = &real {
        report.mean("error/class_real", &error_rate(real.clone(), &conditioning.labels));
    }
    let codes = conditioning.codes.clone().map(|codes| {
        let predicted = fake.clone().narrow(1, condition.count(), codes.dims()[1]);
        code_loss(predicted, codes) * condition.code_weight
    });
    let logits = real.into_iter().chain([classes(&fake)]);
    let losses = logits.map(|logits| cross_entropy(logits, &conditioning.labels) * condition.weight);
    let total = losses.chain(codes).reduce(|sum, loss| sum + loss);
    total.iter().for_each(|loss| report.mean("loss/classification", loss));
    total
}

/// The negative mutual information between the predicted categories of real images and of their distorted copies, weighted;
/// none where the recipe does not ask for it (Ji et al. 2019, arXiv:1807.06653).
pub fn iic_loss<D: Discriminator>(
    condition: &Condition,
    discriminator: &mut D,
    real: Observed,
    streams: Streams,
    at: StepIndex,
    report: &mut StepReport,
) -> Option<Tensor<1>> {
    if condition.iic_weight == 0.0 {
        return None;
    }
    let copies = distort(real.images.clone(), &mut streams.at("distort", at.batch));
    let mut categories = |images: &Tensor<4>, features| {
        let prediction = discriminator.predict(images, features, Mode::Train)?;
        Some(softmax(prediction.narrow(1, 0, condition.count()), 1))
    };
    let information = mutual_information(categories(real.images, Some(real.features))?, categories(&copies, None)?);
    report.mean("iic/mutual_information", &information);
    Some(information * -condition.iic_weight)
}
