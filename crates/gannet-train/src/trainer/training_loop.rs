//! The loop: batches in, steps, events out, checkpoints now and then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use gannet_apply::checkpoint::PRETRAINED;
use gannet_ops::device::{compiles, kernels, on_worker};
use gannet_ops::precision::with_precision;

use super::rollback::ROLLBACKS;
use super::state::Trainer;
use crate::checkpoint_writer::Progress;
use crate::error::TrainError;
use crate::events::{Event, Finished, Scalars, Step};
use crate::memory;
use crate::sinks::film;

/// The step and the time of the last logged line.
type LastLogged = (u64, f64);

impl Trainer {
    /// Trains to the last step, or until `stop` is set. Either way the last step has a checkpoint.
    ///
    /// # Errors
    /// The data or the disk fail, or a loss is not finite. Checkpoints already written stay.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<Finished, TrainError> {
        let started = self.started();
        self.warnings.extend(memory::warning(started.memory));
        self.warnings.extend(self.too_short(&started));
        if compiles(&self.device) {
            self.warnings.push("the first steps take minutes, in which kernels are compiled for this GPU".to_owned());
        }
        self.emit(Event::Started(started));
        for text in std::mem::take(&mut self.warnings) {
            self.warn(text);
        }
        let clock = Instant::now();
        if self.step == 0 {
            self.preview();
        }
        let result = self.steps(stop, &clock);
        let interrupted = self.step < self.recipe.train.steps as u64;
        self.earlier_seconds += clock.elapsed().as_secs_f64();
        let finished = Finished { step: self.step, seconds: self.earlier_seconds, interrupted };
        // Also after an error: the report and the film show how far the run came.
        self.emit(Event::Finished(finished));
        result.map(|()| finished)
    }

    fn steps(&mut self, stop: &AtomicBool, clock: &Instant) -> Result<(), TrainError> {
        let steps = self.recipe.train.steps as u64;
        let mut logged: LastLogged = (self.step, 0.0);
        let mut stopped = stop.load(Ordering::Relaxed);
        while self.step < steps && !stopped {
            let Some(scalars) = self.one_step()? else {
                logged = (self.step, clock.elapsed().as_secs_f64());
                continue;
            };
            // Asked once in each step, so that the last step knows that it is the last.
            stopped = stop.load(Ordering::Relaxed);
            self.after_step(scalars, stopped, clock, &mut logged)?;
        }
        Ok(())
    }

    /// Evaluates, diagnoses, logs, previews and saves, where they are due.
    fn after_step(
        &mut self,
        mut scalars: Scalars,
        stopped: bool,
        clock: &Instant,
        logged: &mut LastLogged,
    ) -> Result<(), TrainError> {
        let last = self.step == self.recipe.train.steps as u64 || stopped;
        let due = |every: usize| last || self.step.is_multiple_of(every as u64);
        let (preview, save) = (due(self.recipe.sample.every), due(self.recipe.checkpoint.every));
        let line = due(self.recipe.log.every);
        let evaluated = self.evaluate(last);
        let own_score = if save { self.task.checkpoint_score() } else { None };
        // The first metric of an evaluated run is the better score.
        let score = if self.evaluation.is_some() { evaluated.first().cloned() } else { own_score.clone() };
        let diagnosed = self.diagnose();
        let line = line || !evaluated.is_empty() || !diagnosed.is_empty();
        scalars.extend(own_score.into_iter().chain(evaluated).chain(diagnosed));
        if save || line {
            let seconds = clock.elapsed().as_secs_f64();
            let step = self.log_line(scalars, seconds, *logged);
            *logged = (self.step, seconds);
            self.emit(Event::Step(step));
        }
        if preview {
            self.preview();
        }
        if save { self.save(score) } else { Ok(()) }
    }

    /// The measurements of the evaluation, where it is due.
    fn evaluate(&mut self, last: bool) -> Scalars {
        let due = self.evaluation.as_ref().filter(|evaluation| evaluation.is_due(self.step, last));
        match due.map(|evaluation| evaluation.measure(self.task.as_ref())) {
            Some(Ok(measurements)) => measurements,
            Some(Err(reason)) => {
                self.warn(format!("no evaluation at this step: {reason}"));
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// The measurements of the doctor, where they are due. Findings become events.
    fn diagnose(&mut self) -> Scalars {
        let every = self.recipe.doctor.every as u64;
        if every == 0 || !self.step.is_multiple_of(every) {
            return Vec::new();
        }
        let (task, step) = (&self.task, self.step);
        let Some(observation) = self.diagnostic_batch.as_ref().and_then(|batch| task.observe(batch, step)) else {
            return Vec::new();
        };
        let progress = self.step as f64 / self.recipe.train.steps as f64;
        let (signals, found) = self.doctor.diagnose(&observation, progress, self.task.planned_lr(self.step));
        for diagnosis in found {
            self.emit(Event::Diagnosis { step: self.step, diagnosis });
        }
        signals.map(|signals| signals.scalars()).unwrap_or_default()
    }

    /// The measurements of one step; none where it diverged and the run went back.
    fn one_step(&mut self) -> Result<Option<Scalars>, TrainError> {
        let batches: Result<Vec<_>, _> = (0..self.recipe.train.batches()).map(|_| self.loader.next()).collect();
        let batches = batches?;
        for (name, reason) in self.loader.take_broken() {
            self.warn(format!("{name}: {reason}; left out"));
        }
        for note in self.loader.take_notes() {
            self.warn(format!("{}; `gannet data check` counts such images", note.sentence()));
        }
        self.step += 1;
        let (task, step) = (&mut self.task, self.step);
        let precision = self.recipe.train.precision.into();
        let scalars = with_precision(precision, || on_worker(|| task.step(batches, step)));
        let Some(diagnosis) = self.doctor.watch(&scalars) else { return Ok(Some(scalars)) };
        self.emit(Event::Diagnosis { step: self.step, diagnosis });
        if self.rollbacks < self.recipe.doctor.rollbacks as u64 {
            return self.roll_back().map(|()| None);
        }
        match scalars.iter().find(|(_, value)| !value.is_finite()) {
            Some((name, _)) => Err(TrainError::Diverged { name: name.clone(), step: self.step }),
            None => Ok(Some(scalars)),
        }
    }

    fn log_line(&self, scalars: Scalars, seconds: f64, (step, before): LastLogged) -> Step {
        let images = (self.recipe.train.batch * self.recipe.train.batches()) as f64;
        Step {
            step: self.step,
            kimg: self.step as f64 * images / 1000.0,
            seconds: self.earlier_seconds + seconds,
            images_per_second: (self.step - step) as f64 * images / (seconds - before).max(1e-9),
            scalars,
        }
    }

    fn preview(&mut self) {
        let Some(grid) = self.task.preview() else { return };
        let path = film::sample_path(self.run.folder().path(), self.step);
        self.emit(Event::Samples { step: self.step, grid, path });
    }

    fn save(&mut self, score: Option<(String, f64)>) -> Result<(), TrainError> {
        let checkpoints = self.run.checkpoints();
        let mut state = self.task.state();
        if self.rollbacks > 0 {
            state.counters.push((ROLLBACKS.to_owned(), self.rollbacks));
        }
        if self.pretrained {
            state.counters.push((PRETRAINED.to_owned(), 1));
        }
        let kernels = kernels(&self.device);
        let progress = Progress { step: self.step, data: self.source.fingerprint(), kernels, score };
        self.emit(Event::Saving { step: self.step });
        let path = checkpoints.save(progress, &state)?;
        checkpoints.prune(&self.recipe.checkpoint, self.step)?;
        self.emit(Event::Checkpoint { step: self.step, path });
        Ok(())
    }
}
