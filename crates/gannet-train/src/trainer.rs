//! The loop: batches in, steps, events out, checkpoints now and then.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use gannet_data::{Batch, Loader, Source};
use gannet_ops::device::{compiles, describe, on_worker};

use crate::TrainError;
use crate::doctor::{Doctor, Patients};
use crate::evaluate::Schedule;
use crate::events::{Event, Finished, Sink, Started, Step};
use crate::feed::{
    Parts, held_out, held_out_images, loader, open_sources, patients, with_absolute_source, with_classes,
};
use crate::memory;
use crate::recipe::{Recipe, TaskKind, changes_allowed_on_resume};
use crate::run::{RunFolder, RunLock};
use crate::sinks::{Sinks, film, jsonl};
use crate::tasks::{self, Task, TaskState};

/// A run of fewer steps begins without an estimate of its time.
const WORTH_AN_ESTIMATE: u64 = 500;
/// A run of more seconds is estimated by its first step alone.
const LONG_RUN: f64 = 4.0 * 3600.0;

/// The counter of a checkpoint that says how often a run went back.
const ROLLBACKS: &str = "rollbacks";

/// How fast a run learns that went back so often, beside its recipe.
fn slower(rollbacks: u64) -> f64 {
    0.5_f64.powi(i32::try_from(rollbacks).unwrap_or(i32::MAX))
}

/// A run that is ready to train.
pub struct Trainer {
    recipe: Recipe,
    run: RunFolder,
    _lock: RunLock,
    task: Box<dyn Task>,
    loader: Loader,
    source: Arc<dyn Source>,
    sinks: Sinks,
    schedule: Option<Schedule>,
    device: Device,
    /// Steps done.
    step: u64,
    /// Training time of earlier starts, in seconds.
    earlier: f64,
    doctor: Doctor,
    patients: Option<Patients>,
    /// How often it went back after divergence.
    rollbacks: u64,
    warnings: Vec<String>,
    /// What sinks have complained of.
    sink_errors: HashSet<String>,
}

impl Trainer {
    /// A new run of `recipe` in the folder `path`, on `device` (without gradients).
    ///
    /// # Errors
    /// The folder is taken (see [`RunFolder::create`]), or the data do not fit the recipe.
    pub fn create(recipe: Recipe, path: &Path, force: bool, device: &Device) -> Result<Self, TrainError> {
        Self::create_with(recipe, path, force, None, device)
    }

    /// A new run that starts from the weights of the newest checkpoint of the run `from`, with fresh optimisers.
    ///
    /// # Errors
    /// Those of [`Trainer::create`]; there is no checkpoint, or its networks are others.
    pub fn create_from(
        recipe: Recipe,
        path: &Path,
        force: bool,
        from: &Path,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let run = RunFolder::open(from)?;
        let (found, damaged) = run.newest()?;
        let (_, state) = found.ok_or_else(|| TrainError::NoCheckpoint { path: from.to_owned() })?;
        let mut trainer = Self::create_with(recipe, path, force, Some(state), device)?;
        trainer.warnings = damaged;
        Ok(trainer)
    }

    /// What may be wrong with the data or the weights is found before the folder is made.
    fn create_with(
        recipe: Recipe,
        path: &Path,
        force: bool,
        from: Option<TaskState>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let (source, held_out) = open_sources(&recipe)?;
        let recipe = with_classes(recipe, source.as_ref());
        let mut task = build(&recipe, &source, device)?;
        let schedule = schedule(&recipe, &source, device)?;
        let fresh = from.is_none();
        if let Some(state) = from {
            task.restore_networks(state)?;
        }
        let recipe = with_absolute_source(recipe);
        let (run, lock) = RunFolder::create(path, force)?;
        if !fresh {
            // Killed before its first checkpoint, the run must not start over from random weights.
            run.checkpoints().save(0, source.fingerprint(), None, &task.state())?;
        }
        run.write_recipe(&recipe)?;
        Self::new(recipe, (run, lock), (source, held_out), (task, schedule), device, 0)
    }

    /// Goes on with the run in the folder `path`, with changes such as `train.steps=100`.
    ///
    /// # Errors
    /// There is no run, it is complete, a change is not allowed, or the data differ.
    pub fn resume(path: &Path, overrides: &[String], device: &Device) -> Result<Self, TrainError> {
        let run = RunFolder::open(path)?;
        let lock = run.lock()?;
        let old = run.recipe(&[])?;
        let recipe = run.recipe(overrides)?;
        changes_allowed_on_resume(&old, &recipe)?;
        let (source, held_out) = open_sources(&recipe)?;
        let (found, damaged) = run.newest()?;
        let steps = recipe.train.steps as u64;
        let step = found.as_ref().map_or(0, |(state, _)| state.step);
        if step >= steps {
            // Killed right behind its last checkpoint, a run may have old ones left.
            run.checkpoints().prune(&recipe.checkpoint, step)?;
            return Err(TrainError::Done { step, steps });
        }
        if found.as_ref().is_some_and(|(state, _)| state.data != source.fingerprint()) {
            return Err(TrainError::OtherData { source_path: recipe.data.source });
        }
        let mut task = build(&recipe, &source, device)?;
        let schedule = schedule(&recipe, &source, device)?;
        let rollbacks = found.as_ref().map_or(0, |(_, state)| state.counter(ROLLBACKS));
        if let Some((_, state)) = found {
            task.restore(state)?;
            task.slow_down(slower(rollbacks));
        }
        let recipe = with_absolute_source(recipe);
        run.checkpoints().set_aside_after(step)?;
        run.write_recipe(&recipe)?;
        let mut trainer = Self::new(recipe, (run, lock), (source, held_out), (task, schedule), device, step)?;
        trainer.rollbacks = rollbacks;
        trainer.warnings.extend(damaged);
        Ok(trainer)
    }

    fn new(
        recipe: Recipe,
        (run, lock): (RunFolder, RunLock),
        (source, held_out): Parts,
        (task, schedule): (Box<dyn Task>, Option<Schedule>),
        device: &Device,
        step: u64,
    ) -> Result<Self, TrainError> {
        let (sinks, repaired) = Sinks::of_run(run.path(), step)?;
        let metrics = jsonl::read(&jsonl::metrics_path(run.path()))?;
        Ok(Self {
            patients: patients(&recipe, &source, held_out)?,
            doctor: Doctor::default(),
            rollbacks: 0,
            loader: loader(&recipe, &source, step * recipe.train.batches() as u64),
            recipe,
            run,
            _lock: lock,
            task,
            source,
            sinks,
            schedule,
            device: device.clone(),
            step,
            earlier: metrics.last().map_or(0.0, |line| line.seconds),
            warnings: repaired.into_iter().collect(),
            sink_errors: HashSet::new(),
        })
    }

    /// Adds a listener to those that write the run's files.
    pub fn listen(&mut self, sink: impl Sink + 'static) {
        self.sinks.add(sink);
    }

    /// The recipe as it will be trained.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Trains to the last step, or until `stop` is set; either way the last step has a checkpoint.
    ///
    /// # Errors
    /// The data or the disk fail, or a loss is no longer finite. Checkpoints already made stay.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<Finished, TrainError> {
        let started = self.started();
        self.warnings.extend(memory::warning(started.memory));
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
        self.earlier += clock.elapsed().as_secs_f64();
        let finished = Finished { step: self.step, seconds: self.earlier, interrupted };
        // Also after an error: the report and the film are to show how far it came.
        self.emit(Event::Finished(finished));
        result.map(|()| finished)
    }

    fn steps(&mut self, stop: &AtomicBool, clock: &Instant) -> Result<(), TrainError> {
        let steps = self.recipe.train.steps as u64;
        let mut logged = (self.step, 0.0);
        let mut stopped = stop.load(Ordering::Relaxed);
        while self.step < steps && !stopped {
            let Some(mut scalars) = self.one_step()? else {
                logged = (self.step, clock.elapsed().as_secs_f64());
                continue;
            };
            // Asked once a step, so that the step that is the last one knows it.
            stopped = stop.load(Ordering::Relaxed);
            let last = self.step == steps || stopped;
            let due = |every: usize| last || self.step.is_multiple_of(every as u64);
            let (sample, save) = (due(self.recipe.sample.every), due(self.recipe.checkpoint.every));
            let line = due(self.recipe.log.every);
            let judged = self.evaluate(last);
            let by_pixels = if save { self.task.judge() } else { None };
            // A run that is measured has the better judge.
            let score = if self.schedule.is_some() { judged.first().cloned() } else { by_pixels.clone() };
            let looked = self.look();
            let line = line || !judged.is_empty() || !looked.is_empty();
            scalars.extend(by_pixels.into_iter().chain(judged).chain(looked));
            if save || line {
                let seconds = clock.elapsed().as_secs_f64();
                let step = self.log_line(scalars, seconds, logged);
                logged = (self.step, seconds);
                self.emit(Event::Step(step));
            }
            if sample {
                self.preview();
            }
            if save {
                self.save(score)?;
            }
        }
        Ok(())
    }

    /// What the run's images are worth, where that is due.
    fn evaluate(&mut self, last: bool) -> tasks::Scalars {
        let due = self.schedule.as_ref().filter(|schedule| schedule.is_due(self.step, last));
        match due.map(|schedule| schedule.measure(self.task.as_ref())) {
            Some(Ok(numbers)) => numbers,
            Some(Err(reason)) => {
                self.warn(format!("no evaluation at this step: {reason}"));
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// What the doctor measures, where that is due; it says what it finds.
    fn look(&mut self) -> tasks::Scalars {
        let every = self.recipe.doctor.every as u64;
        if every == 0 || !self.step.is_multiple_of(every) {
            return Vec::new();
        }
        let (task, step) = (&self.task, self.step);
        let Some(look) = self.patients.as_ref().and_then(|patients| task.look(patients, step)) else {
            return Vec::new();
        };
        let gone = self.step as f64 / self.recipe.train.steps as f64;
        let (signals, found) = self.doctor.examine(&look, gone, self.task.learning(self.step));
        for diagnosis in found {
            self.emit(Event::Diagnosis { step: self.step, diagnosis });
        }
        signals.map(|signals| signals.scalars()).unwrap_or_default()
    }

    /// Goes back to the last checkpoint before this step, or to one further back each time, or to the start where there is
    /// none, and learns half as fast from there.
    fn roll_back(&mut self) -> Result<(), TrainError> {
        let from = self.step;
        self.rollbacks += 1;
        let checkpoints = self.run.checkpoints();
        let steps: Vec<u64> = checkpoints.steps().into_iter().filter(|step| *step < from).collect();
        let back = steps.len().saturating_sub(self.rollbacks as usize).min(steps.len().saturating_sub(1));
        self.task = build(&self.recipe, &self.source, &self.device)?;
        self.step = match steps.get(back) {
            Some(step) => {
                self.task.restore(checkpoints.load(*step)?.1)?;
                *step
            }
            None => 0,
        };
        checkpoints.set_aside_after(self.step)?;
        self.task.slow_down(slower(self.rollbacks));
        self.loader = loader(&self.recipe, &self.source, self.step * self.recipe.train.batches() as u64);
        self.doctor = Doctor::default();
        let (times, most) = (self.rollbacks, self.recipe.doctor.rollbacks as u64);
        self.emit(Event::RolledBack { from, to: self.step, times, most });
        Ok(())
    }

    /// What a step measured; nothing where it diverged and the run went back.
    fn one_step(&mut self) -> Result<Option<tasks::Scalars>, TrainError> {
        let batches: Result<Vec<_>, _> = (0..self.recipe.train.batches()).map(|_| self.loader.next()).collect();
        let batches = batches?;
        for (name, reason) in self.loader.take_broken() {
            self.warn(format!("{name}: {reason}; left out"));
        }
        self.step += 1;
        let (task, step) = (&mut self.task, self.step);
        let scalars = on_worker(|| task.step(batches, step));
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

    fn log_line(&self, scalars: tasks::Scalars, seconds: f64, (step, before): (u64, f64)) -> Step {
        let images = (self.recipe.train.batch * self.recipe.train.batches()) as f64;
        Step {
            step: self.step,
            kimg: self.step as f64 * images / 1000.0,
            seconds: self.earlier + seconds,
            images_per_second: (self.step - step) as f64 * images / (seconds - before).max(1e-9),
            scalars,
        }
    }

    fn preview(&mut self) {
        let Some(grid) = self.task.preview() else { return };
        let path = film::sample_path(self.run.path(), self.step);
        self.emit(Event::Samples { step: self.step, grid, path });
    }

    fn save(&mut self, score: Option<(String, f64)>) -> Result<(), TrainError> {
        let checkpoints = self.run.checkpoints();
        let mut state = self.task.state();
        if self.rollbacks > 0 {
            state.counters.push((ROLLBACKS.to_owned(), self.rollbacks));
        }
        let path = checkpoints.save(self.step, self.source.fingerprint(), score, &state)?;
        checkpoints.prune(&self.recipe.checkpoint, self.step)?;
        self.emit(Event::Checkpoint { step: self.step, path });
        Ok(())
    }

    fn warn(&mut self, text: String) {
        self.emit(Event::Warning { step: self.step, text });
    }

    /// Tells every sink. One that fails is told of once: its loss is a picture's, not the run's.
    fn emit(&mut self, event: Event) {
        let Err(error) = self.sinks.on(&event) else { return };
        let text = error.to_string();
        if self.sink_errors.insert(text.clone()) {
            // The sinks that work can still show it.
            let _ = self.sinks.on(&Event::Warning { step: self.step, text });
        }
    }

    fn memory(&self) -> u64 {
        memory::estimate(&self.task.parameters(), self.task.activations(), self.recipe.train.batch)
    }

    /// How long a step takes, tried on a task of its own; nothing for short runs, which would be over as soon.
    fn step_seconds(&self) -> Option<f64> {
        let (recipe, steps) = (&self.recipe, self.recipe.train.steps as u64 - self.step);
        if recipe.task == TaskKind::Classify || steps < WORTH_AN_ESTIMATE {
            return None;
        }
        let mut task = build(recipe, &self.source, &self.device).ok()?;
        let (n, channels, size) = (recipe.train.batch, tasks::batch_spec(recipe).planes(), recipe.data.size);
        let mut time = |step: u64| {
            let images = vec![0.1; n * channels * size * size];
            let batch = Batch { images, labels: vec![0; n], n, channels, size };
            let start = Instant::now();
            on_worker(|| task.step(vec![batch; recipe.train.batches()], step));
            start.elapsed().as_secs_f64()
        };
        let first = time(1);
        if first * steps as f64 > LONG_RUN && !compiles(&self.device) {
            return Some(first);
        }
        // The first one took memory, or compiled kernels, that later ones find ready. Penalties may be rarer than steps.
        let every = recipe.penalty.every as u64;
        let with = time(every + 1);
        if every == 1 {
            return Some(with);
        }
        Some(with / every as f64 + time(2) * (1.0 - 1.0 / every as f64))
    }

    fn started(&self) -> Started {
        let data = &self.recipe.data;
        Started {
            run: self.run.name(),
            task: self.recipe.task.word().to_owned(),
            data: format!(
                "{}, {} images as {}×{}×{}",
                data.source,
                self.source.len(),
                data.channels,
                data.size,
                data.size
            ),
            recipe_toml: self.recipe.to_toml(),
            parameters: self.task.parameters(),
            memory: self.memory(),
            seconds: self.step_seconds().map(|seconds| seconds * (self.recipe.train.steps as u64 - self.step) as f64),
            score: self.task.score_meaning().unwrap_or_default().to_owned(),
            steps: self.recipe.train.steps as u64,
            start_step: self.step,
            device: describe(&self.device),
            usage: self.recipe.usage(self.run.path()),
        }
    }
}

fn build(recipe: &Recipe, source: &Arc<dyn Source>, device: &Device) -> Result<Box<dyn Task>, TrainError> {
    let held_out = match recipe.task {
        TaskKind::Classify => Some(held_out(recipe, source)?),
        TaskKind::Translate | TaskKind::Autoencode => held_out_images(recipe)?,
        TaskKind::Generate => None,
    };
    tasks::build(recipe, source, held_out, &device.clone().autodiff())
}

fn schedule(recipe: &Recipe, source: &Arc<dyn Source>, device: &Device) -> Result<Option<Schedule>, TrainError> {
    Schedule::new(recipe, source, device).map_err(|error| TrainError::Evaluate(error.to_string()))
}
