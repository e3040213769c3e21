//! What one metric is asked to measure, and whether it can.

use crate::EvalError;
use crate::extractors::FeatureExtractor;
use crate::images::EvaluationImages;
use crate::needs::Needs;
use crate::perceptual::PerceptualDistance;
use crate::request::{LatentPaths, Request};

/// One metric's view of an evaluation before anything is computed. What is missing is an error that names the metric
/// and the remedy.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The metric's word.
    pub metric: &'static str,
    /// The images to measure.
    pub images: &'a EvaluationImages<'a>,
    /// The images to compare with.
    pub reference: Option<&'a EvaluationImages<'a>>,
    /// The settings.
    pub request: &'a Request<'a>,
}

impl<'a> Subject<'a> {
    /// An error that begins with the metric's word.
    pub fn refuse(&self, why: &str) -> EvalError {
        EvalError::Setting(format!("{} {why}", self.metric))
    }

    /// The images to compare with.
    pub fn reference(&self) -> Result<&'a EvaluationImages<'a>, EvalError> {
        self.reference.ok_or_else(|| self.refuse("compares with reference images: give them with --data"))
    }

    /// The source of features.
    pub fn extractor(&self) -> Result<&'a FeatureExtractor, EvalError> {
        self.request.extractor.ok_or_else(|| self.refuse("needs features: name an extractor with --features"))
    }

    /// The source of logits.
    pub fn classifier(&self) -> Result<&'a FeatureExtractor, EvalError> {
        let extractor = self.extractor()?;
        if extractor.classes() == 0 {
            return Err(
                self.refuse("needs a classifier, and these features have no classes: name another with --features")
            );
        }
        Ok(extractor)
    }

    /// The perceptual distance.
    pub fn perceptual(&self) -> Result<&'a PerceptualDistance, EvalError> {
        self.request.perceptual.ok_or_else(|| self.refuse("needs --perceptual vgg or alex"))
    }

    /// The generator.
    pub fn latent_paths(&self) -> Result<&'a LatentPaths<'a>, EvalError> {
        self.request.latent_paths.ok_or_else(|| {
            self.refuse("walks through a generator's latent space: give a run, or a file with --weights")
        })
    }

    /// Refuses an evaluation that lacks something in `needs`.
    pub fn check(&self, needs: Needs) -> Result<(), EvalError> {
        if needs.perceptual {
            self.perceptual()?;
        }
        if needs.extractor() {
            self.extractor()?;
        }
        if needs.logits {
            self.classifier()?;
        }
        if needs.labels { self.check_labels() } else { Ok(()) }
    }

    fn check_labels(&self) -> Result<(), EvalError> {
        let (images, reference) = (self.images.class_names(), self.reference()?.class_names());
        if images.is_empty() || reference.is_empty() {
            return Err(self.refuse("goes class by class, and a set has no labels: use class folders"));
        }
        if images != reference {
            return Err(self.refuse(
                "goes class by class, and the two sets have different classes: give their folders the same names",
            ));
        }
        Ok(())
    }
}
