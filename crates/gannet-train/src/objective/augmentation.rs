//! Augmentation of the images that the discriminator sees, by a recipe's settings: DiffAugment, ADA with its adaptive
//! probability, and APA.

use burn::tensor::{Tensor, TensorData};
use gannet_nn::AugmentKind;
use gannet_nn::augment::{Ada, DiffAugment};
use gannet_ops::random::Streams;
use gannet_recipe::Recipe;
use gannet_weights::NamedTensor;

use super::step_index::StepIndex;
use crate::step_report::StepReport;

/// Steps from one update of the probability to the next, as in Karras et al. 2020, arXiv:2006.06676.
const INTERVAL: u64 = 4;

/// The transformations and their current probability.
pub struct Augmentation {
    transform: Transform,
    recipe: Recipe,
    streams: Streams,
    /// The probability of each transformation (ADA) or of a swap (APA), in single precision, as a checkpoint keeps it.
    p: f32,
    /// Sum and number of the mean signs of real logits since the last update.
    signs: f32,
    count: f32,
    unread: Vec<Tensor<1>>,
}

enum Transform {
    None,
    Diff(DiffAugment),
    Ada(Ada),
}

impl Augmentation {
    /// The augmentation before the first step.
    pub fn new(recipe: &Recipe) -> Self {
        // Recipes whose policy has unknown words are refused when they are read.
        let transform = match recipe.augment.kind {
            AugmentKind::None => Transform::None,
            AugmentKind::Diff => Transform::Diff(DiffAugment(recipe.augment.diff_parts().unwrap_or_default())),
            AugmentKind::Ada => Transform::Ada(Ada(recipe.augment.ada_parts().unwrap_or_default())),
        };
        Self {
            transform,
            streams: Streams::new(recipe.seed),
            p: recipe.augment.p as f32,
            recipe: recipe.clone(),
            signs: 0.0,
            count: 0.0,
            unread: Vec::new(),
        }
    }

    /// The probability in `step`.
    pub fn p(&self, step: u64) -> f64 {
        let p = f64::from(self.p);
        if self.adapts() { p } else { self.recipe.cosine.augment(p, step, self.recipe.train.steps) }
    }

    fn adapts(&self) -> bool {
        self.recipe.augment.adapts()
    }

    /// The transformed images `[n, c, h, w]`; `name` selects the random stream.
    pub fn apply(&self, images: Tensor<4>, name: &str, at: StepIndex) -> Tensor<4> {
        let mut stream = self.streams.at(&format!("augment/{name}"), at.batch);
        match &self.transform {
            Transform::None => images,
            Transform::Diff(diff) => diff.apply(images, &mut stream),
            Transform::Ada(ada) => ada.apply(images, self.p(at.step), &mut stream),
        }
    }

    /// Real images, some of them replaced by fakes with the current probability: Jiang et al. 2021, "Deceive D: Adaptive
    /// Pseudo Augmentation", arXiv:2111.06849.
    pub fn deceive(&self, real: Tensor<4>, fake: &Tensor<4>, at: StepIndex) -> Tensor<4> {
        if !self.recipe.augment.deceive {
            return real;
        }
        let (n, p) = (real.dims()[0], self.p(at.step));
        let mut stream = self.streams.at("deceive", at.batch);
        let swapped: Vec<f32> = (0..n).map(|_| f32::from(u8::from(f64::from(stream.uniform()) < p))).collect();
        let swapped = Tensor::from_data(TensorData::new(swapped, [n, 1, 1, 1]), (&real.device(), real.dtype()));
        real.clone() + (fake.clone() - real) * swapped
    }

    /// Records the logits of real images, from which the probability adapts.
    pub fn observe(&mut self, real: &Tensor<1>) {
        if self.adapts() {
            let real = real.clone();
            let real = if real.is_autodiff() { real.inner() } else { real };
            self.unread.push(real.sign().mean());
        }
    }

    /// Updates the probability at the end of `step`: up where the mean sign of real logits exceeds `augment.target`, which
    /// means overfitting, else down.
    pub fn adapt(&mut self, step: u64, report: &mut StepReport) {
        if !self.adapts() {
            return;
        }
        for mean in self.unread.drain(..) {
            self.signs += mean.into_scalar::<f32>();
            self.count += 1.0;
        }
        let augment = &self.recipe.augment;
        if step.is_multiple_of(INTERVAL) && self.count > 0.0 {
            let images = (self.recipe.train.batch * self.recipe.train.accumulate) as f64 * INTERVAL as f64;
            let mean = f64::from(self.signs / self.count);
            let by = (mean - augment.target).signum() * images / (augment.kimg * 1000.0);
            self.p = (self.p + by as f32).clamp(0.0, 1.0);
            (self.signs, self.count) = (0.0, 0.0);
        }
        report.number("augment/p", self.p.into());
    }

    /// What a checkpoint keeps.
    pub fn state(&self) -> Option<NamedTensor> {
        let values = vec![self.p, self.signs, self.count];
        self.adapts().then(|| NamedTensor { name: "augment".into(), shape: vec![3], values })
    }

    /// Restores an [`Augmentation::state`].
    pub fn restore(&mut self, values: &[f32]) {
        if let [p, signs, count] = values {
            (self.p, self.signs, self.count) = (*p, *signs, *count);
        }
    }

    /// Whether images are transformed at all.
    pub fn is_active(&self) -> bool {
        !matches!(self.transform, Transform::None)
    }

    /// The augmentation with a fixed probability.
    pub fn with_fixed_p(mut self, p: f64) -> Self {
        (self.p, self.recipe.augment.target, self.recipe.cosine.share) = (p as f32, 0.0, 0.0);
        self
    }
}
