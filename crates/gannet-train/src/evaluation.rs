//! Evaluation during training: the metrics of `eval.metrics` on images of the averaged network, at fixed intervals.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use gannet_choice::Choice;
use gannet_data::Source;
use gannet_eval::{
    Compares, Conventions, EvalError, EvaluationImages, FeatureExtractor, Fetch, ImageCount, MetricKind, Reference,
    Request, evaluate,
};
use gannet_recipe::Recipe;
use gannet_weights::Known;

use crate::events::Scalars;
use crate::tasks::Task;

/// Evaluates a run against its training images, always from the same latents.
pub struct Evaluation {
    every: u64,
    metrics: Vec<MetricKind>,
    extractor: Option<FeatureExtractor>,
    recipe: Recipe,
    reference: Reference<'static>,
    device: Device,
}

impl Evaluation {
    /// The evaluation that `recipe` asks for, if it does. Published weights are taken from the cache.
    ///
    /// # Errors
    /// A metric cannot be computed during training, or its features are not available.
    pub fn new(recipe: &Recipe, source: &Arc<dyn Source>, device: &Device) -> Result<Option<Self>, EvalError> {
        let eval = &recipe.eval;
        if eval.every == 0 {
            return Ok(None);
        }
        let extractor = open_extractor(recipe, &|known| Err(not_cached(known)), device)?;
        let reference = EvaluationImages::as_trained(recipe.data.source.clone(), source.clone(), recipe.image_spec());
        Ok(Some(Self {
            every: eval.every as u64,
            metrics: metrics(&eval.metrics)?,
            extractor,
            reference: Reference::new(reference.spread(eval.reference_count)),
            recipe: recipe.clone(),
            device: device.clone(),
        }))
    }

    /// Whether `step` is evaluated; the last step always is.
    pub fn is_due(&self, step: u64, last: bool) -> bool {
        last || step.is_multiple_of(self.every)
    }

    /// The measurements as `metric/NAME`. A failure is no reason to stop a run.
    ///
    /// # Errors
    /// A line that says why there are none.
    pub fn measure(&self, task: &dyn Task) -> Result<Scalars, String> {
        let measured = catch_unwind(AssertUnwindSafe(|| self.measurements(task)));
        measured.unwrap_or_else(|_| Err("the evaluation has a bug".to_owned()))
    }

    fn measurements(&self, task: &dyn Task) -> Result<Scalars, String> {
        let failed = RefCell::new(false);
        let draw = |first: usize, count: usize| {
            task.sample(first, count).unwrap_or_else(|| {
                *failed.borrow_mut() = true;
                Tensor::zeros([count, 1, 8, 8], &self.device)
            })
        };
        let images = EvaluationImages::generated("the averaged generator".into(), &draw, self.recipe.data.fit);
        let eval = &self.recipe.eval;
        let request = Request {
            count: ImageCount::at_most(eval.count),
            reference_count: ImageCount::at_most(eval.reference_count),
            seed: self.recipe.seed,
            conventions: Conventions::default(),
            extractor: self.extractor.as_ref(),
            perceptual: None,
            latent_paths: None,
            device: &self.device,
        };
        let found = evaluate(&images, Some(&self.reference), &self.metrics, &request, &|_, _, _| {})
            .map_err(|error| error.to_string())?;
        if *failed.borrow() {
            return Err("the task generates no images from noise".to_owned());
        }
        let single = found.measurements.iter().filter(|one| one.values.len() == 1 && one.values[0].is_finite());
        Ok(single.map(|one| (format!("metric/{}", one.name), one.values[0])).collect())
    }
}

/// Opens the feature extractor that `recipe` asks for, so that published weights are fetched before a run starts.
///
/// # Errors
/// The weights are not available.
pub fn open_extractor(recipe: &Recipe, fetch: &Fetch, device: &Device) -> Result<Option<FeatureExtractor>, EvalError> {
    let metrics = metrics(&recipe.eval.metrics)?;
    if metrics.iter().all(|metric| !metric.needs().extractor()) {
        return Ok(None);
    }
    FeatureExtractor::open(&recipe.eval.features, None, fetch, device)
}

/// The metrics of `eval.metrics`, which must be computable during training.
fn metrics(words: &str) -> Result<Vec<MetricKind>, EvalError> {
    let metric = |word: &str| {
        let metric =
            MetricKind::parse(word.trim()).map_err(|text| EvalError::Setting(format!("eval.metrics: {text}")))?;
        let of_sets = matches!(metric.compares(), Compares::Images | Compares::Sets) && !metric.needs().perceptual;
        let text = || format!("eval.metrics: {metric} is not computed during training: use 'gannet eval' for it");
        if of_sets && metric != MetricKind::IntraFd { Ok(metric) } else { Err(EvalError::Setting(text())) }
    };
    words.split(',').map(metric).collect()
}

fn not_cached(known: &Known) -> EvalError {
    EvalError::Setting(format!(
        "{} is not in the cache: 'gannet eval shapes --features {}' fetches it, or give its path in eval.features",
        known.what, known.name
    ))
}
