//! Judgement while a run trains.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use gannet_data::Source;
use gannet_weights::Known;

use super::metrics::{Metric, Sides};
use super::{EvaluateError, Fetch, Judge, Pictures, Reference, Request, evaluate};
use crate::recipe::Recipe;
use crate::tasks::Task;

/// Measures a run's images now and then, always from the same latents, beside the images it is trained on.
pub struct Schedule {
    every: u64,
    metrics: Vec<Metric>,
    judge: Option<Judge>,
    recipe: Recipe,
    reference: Reference<'static>,
    device: Device,
}

impl Schedule {
    /// That of `recipe`, if it asks for one; weights that are published are taken from where they are kept.
    ///
    /// # Errors
    /// A metric is none of sets, or its features cannot be had.
    pub fn new(recipe: &Recipe, source: &Arc<dyn Source>, device: &Device) -> Result<Option<Self>, EvaluateError> {
        let eval = &recipe.eval;
        if eval.every == 0 {
            return Ok(None);
        }
        let judge = open(recipe, &|known| Err(not_kept(known)), device)?;
        let reference = Pictures::as_trained(recipe.data.source.clone(), source.clone(), &recipe.data);
        Ok(Some(Self {
            every: eval.every as u64,
            metrics: metrics(&eval.metrics)?,
            judge,
            reference: Reference::new(reference.spread(eval.reference_count)),
            recipe: recipe.clone(),
            device: device.clone(),
        }))
    }

    /// Whether this step's images are measured.
    pub fn is_due(&self, step: u64, last: bool) -> bool {
        last || step.is_multiple_of(self.every)
    }

    /// The numbers as `metric/NAME`, or why there are none, which is no reason to stop a run.
    ///
    /// # Errors
    /// A line that says why.
    pub fn measure(&self, task: &dyn Task) -> Result<Vec<(String, f64)>, String> {
        let measured = catch_unwind(AssertUnwindSafe(|| self.numbers(task)));
        measured.unwrap_or_else(|_| Err("the evaluation has a bug".to_owned()))
    }

    fn numbers(&self, task: &dyn Task) -> Result<Vec<(String, f64)>, String> {
        let none = RefCell::new(false);
        let draw = |first: usize, count: usize| {
            task.draw(first, count).unwrap_or_else(|| {
                *none.borrow_mut() = true;
                Tensor::zeros([count, 1, 8, 8], &self.device)
            })
        };
        let images = Pictures::generated("the averaged generator".into(), &draw, &self.recipe.data);
        let eval = &self.recipe.eval;
        let request = Request {
            metrics: &self.metrics,
            count: eval.count,
            reference_count: eval.reference_count,
            asked: [false, false],
            seed: self.recipe.seed,
            judge: self.judge.as_ref(),
            perceptual: None,
            path: None,
            device: &self.device,
        };
        let found =
            evaluate(&images, Some(&self.reference), &request, &|_, _, _| {}).map_err(|error| error.to_string())?;
        if *none.borrow() {
            return Err("the task makes no images".to_owned());
        }
        let finite = found.numbers.iter().filter(|number| number.values.len() == 1 && number.values[0].is_finite());
        Ok(finite.map(|number| (format!("metric/{}", number.name), number.values[0])).collect())
    }
}

/// Opens the judge that `recipe` asks for, so that published weights are fetched before a run begins.
///
/// # Errors
/// They cannot be had.
pub fn open(recipe: &Recipe, fetch: &Fetch, device: &Device) -> Result<Option<Judge>, EvaluateError> {
    let metrics = metrics(&recipe.eval.metrics)?;
    if metrics.iter().all(|metric| metric.of_pixels()) {
        return Ok(None);
    }
    Judge::open(&recipe.eval.features, None, fetch, device)
}

fn metrics(words: &str) -> Result<Vec<Metric>, EvaluateError> {
    let metric = |word: &str| {
        let metric =
            Metric::named(word.trim()).map_err(|text| EvaluateError::Setting(format!("eval.metrics: {text}")))?;
        let of_sets = matches!(metric.sides(), Sides::One | Sides::Two) && !metric.is_perceptual();
        let text = || format!("eval.metrics: {} is not measured while training: ask gannet eval for it", metric.word());
        if of_sets && metric != Metric::IntraFd { Ok(metric) } else { Err(EvaluateError::Setting(text())) }
    };
    words.split(',').map(metric).collect()
}

fn not_kept(known: &Known) -> EvaluateError {
    EvaluateError::Setting(format!(
        "{} is not in the cache: 'gannet eval shapes --features {}' fetches it, or give its path in eval.features",
        known.what, known.name
    ))
}
