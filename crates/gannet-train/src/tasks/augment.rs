//! What is done to the images that a discriminator sees, by a recipe's settings.

use burn::tensor::{Tensor, TensorData};
use gannet_nn::augment::{Ada, AdaPart, DiffAugment, DiffPart};
use gannet_ops::random::Streams;
use gannet_weights::NamedTensor;

use super::{Moment, Report};
use crate::recipe::{AugmentKind, Recipe};

/// Steps from one change of the probability to the next, as in Karras et al. 2020, arXiv:2006.06676.
const EVERY: u64 = 4;

/// Transformations, and how likely they are now.
pub struct Augment {
    way: Way,
    recipe: Recipe,
    streams: Streams,
    /// The probability of each transformation, or of a deception. In single precision, as a checkpoint keeps it.
    p: f32,
    /// Mean signs of the logits of real images since the last change, and how many of them.
    signs: f32,
    count: f32,
    seen: Vec<Tensor<1>>,
}

enum Way {
    None,
    Diff(DiffAugment),
    Ada(Ada),
}

/// The parts of a policy such as `color,cutout`; those called `usual` where it is empty.
///
/// # Errors
/// A word is none of a part's.
pub fn parts<P: Copy>(policy: &str, all: &[(&'static str, P)], usual: &[&str]) -> Result<Vec<P>, String> {
    let words: Vec<&str> = policy.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let words = if words.is_empty() { usual.to_vec() } else { words };
    let part = |word: &&str| {
        let found = all.iter().find(|(name, _)| name == word).map(|(_, part)| *part);
        found.ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
            format!("augment.policy has no '{word}': set it to some of {}", names.join(", "))
        })
    };
    words.iter().map(part).collect()
}

/// What ADA does where nothing is said.
pub const USUAL_OF_ADA: [&str; 3] = ["blit", "geometry", "color"];
/// What DiffAugment does.
pub const USUAL_OF_DIFF: [&str; 3] = ["color", "translation", "cutout"];

impl Augment {
    /// Before the first step.
    pub fn new(recipe: &Recipe) -> Self {
        let augment = &recipe.augment;
        // The recipe's rules have refused other words.
        let way = match augment.kind {
            AugmentKind::None => Way::None,
            AugmentKind::Diff => {
                Way::Diff(DiffAugment(parts(&augment.policy, &DiffPart::ALL, &USUAL_OF_DIFF).unwrap_or_default()))
            }
            AugmentKind::Ada => Way::Ada(Ada(parts(&augment.policy, &AdaPart::ALL, &USUAL_OF_ADA).unwrap_or_default())),
        };
        Self {
            way,
            streams: Streams::new(recipe.seed),
            p: augment.p as f32,
            recipe: recipe.clone(),
            signs: 0.0,
            count: 0.0,
            seen: Vec::new(),
        }
    }

    /// The probability in `step`.
    pub fn p(&self, step: u64) -> f64 {
        let p = f64::from(self.p);
        if self.adapts() { p } else { self.recipe.cosine.augment(p, step, self.recipe.train.steps) }
    }

    fn adapts(&self) -> bool {
        let augment = &self.recipe.augment;
        augment.target > 0.0 && (augment.kind == AugmentKind::Ada || augment.deceive)
    }

    /// `images [n, c, h, w]` as the discriminator is to see them; `name` tells its streams apart.
    pub fn apply(&self, images: Tensor<4>, name: &str, moment: Moment) -> Tensor<4> {
        let mut stream = self.streams.at(&format!("augment/{name}"), moment.batch);
        match &self.way {
            Way::None => images,
            Way::Diff(diff) => diff.apply(images, &mut stream),
            Way::Ada(ada) => ada.apply(images, self.p(moment.step), &mut stream),
        }
    }

    /// Real images of which some are fakes: Jiang et al. 2021, "Deceive D: Adaptive Pseudo Augmentation", arXiv:2111.06849.
    pub fn deceive(&self, real: Tensor<4>, fake: &Tensor<4>, moment: Moment) -> Tensor<4> {
        if !self.recipe.augment.deceive {
            return real;
        }
        let (n, p) = (real.dims()[0], self.p(moment.step));
        let mut stream = self.streams.at("deceive", moment.batch);
        let swapped: Vec<f32> = (0..n).map(|_| f32::from(u8::from(f64::from(stream.uniform()) < p))).collect();
        let swapped = Tensor::from_data(TensorData::new(swapped, [n, 1, 1, 1]), (&real.device(), real.dtype()));
        real.clone() + (fake.clone() - real) * swapped
    }

    /// Takes in the logits of real images.
    pub fn see(&mut self, real: &Tensor<1>) {
        if self.adapts() {
            let real = real.clone();
            let real = if real.is_autodiff() { real.inner() } else { real };
            self.seen.push(real.sign().mean());
        }
    }

    /// Moves the probability at the end of `step`: up where the discriminator is surer of real images than
    /// `augment.target`, else down.
    pub fn adapt(&mut self, step: u64, report: &mut Report) {
        if !self.adapts() {
            return;
        }
        for mean in self.seen.drain(..) {
            self.signs += mean.into_scalar::<f32>();
            self.count += 1.0;
        }
        let augment = &self.recipe.augment;
        if step.is_multiple_of(EVERY) && self.count > 0.0 {
            let images = (self.recipe.train.batch * self.recipe.train.accumulate) as f64 * EVERY as f64;
            let mean = f64::from(self.signs / self.count);
            let by = (mean - augment.target).signum() * images / (augment.kimg * 1000.0);
            self.p = (self.p + by as f32).clamp(0.0, 1.0);
            (self.signs, self.count) = (0.0, 0.0);
        }
        report.number("augment/p", self.p.into());
    }

    /// What is kept from step to step.
    pub fn state(&self) -> Option<NamedTensor> {
        let values = vec![self.p, self.signs, self.count];
        self.adapts().then(|| NamedTensor { name: "augment".into(), shape: vec![3], values })
    }

    /// Goes on from a [`Augment::state`].
    pub fn restore(&mut self, values: &[f32]) {
        if let [p, signs, count] = values {
            (self.p, self.signs, self.count) = (*p, *signs, *count);
        }
    }

    /// Whether it does anything to images.
    pub fn acts(&self) -> bool {
        !matches!(self.way, Way::None)
    }

    /// With another probability, which does not adapt.
    pub fn fixed(mut self, p: f64) -> Self {
        (self.p, self.recipe.augment.target, self.recipe.cosine.share) = (p as f32, 0.0, 0.0);
        self
    }
}
