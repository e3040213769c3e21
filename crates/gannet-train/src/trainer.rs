//! The loop: batches in, steps, events out, checkpoints now and then.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use gannet_data::{Loader, Source, Split};

use crate::TrainError;
use crate::events::{Event, Finished, Sink, Started, Step};
use crate::recipe::{Recipe, TaskKind, changes_allowed_on_resume};
use crate::run::{RunFolder, RunLock};
use crate::sinks::{Sinks, film, jsonl};
use crate::tasks::{self, Task, image_spec};

/// A run that is ready to train.
pub struct Trainer {
    recipe: Recipe,
    run: RunFolder,
    _lock: RunLock,
    task: Box<dyn Task>,
    loader: Loader,
    source: Arc<dyn Source>,
    sinks: Sinks,
    device: Device,
    /// Steps done.
    step: u64,
    /// Training time of earlier starts, in seconds.
    earlier: f64,
    warnings: Vec<String>,
}

impl Trainer {
    /// A new run of `recipe` in the folder `path`, on `device` (without gradients).
    ///
    /// # Errors
    /// The folder is taken (see [`RunFolder::create`]), or the data do not fit the recipe.
    pub fn create(recipe: Recipe, path: &Path, force: bool, device: &Device) -> Result<Self, TrainError> {
        // What may be wrong with the data is found before the folder is made.
        let source = open_source(&recipe)?;
        let (run, lock) = RunFolder::create(path, &recipe, force)?;
        Self::new(recipe, run, lock, source, device)
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
        let source = open_source(&recipe)?;
        let (found, damaged) = run.checkpoints().newest()?;
        let steps = recipe.train.steps as u64;
        let step = found.as_ref().map_or(0, |(state, _)| state.step);
        if step >= steps {
            return Err(TrainError::Done { step, steps });
        }
        if found.as_ref().is_some_and(|(state, _)| state.data != source.fingerprint()) {
            return Err(TrainError::OtherData { source_path: recipe.data.source });
        }
        run.write_recipe(&recipe)?;
        let mut trainer = Self::new(recipe, run, lock, source, device)?;
        trainer.warnings = damaged;
        if let Some((_, state)) = found {
            trainer.task.restore(state)?;
            trainer.go_to(step)?;
        }
        Ok(trainer)
    }

    fn new(
        recipe: Recipe,
        run: RunFolder,
        lock: RunLock,
        source: Arc<dyn Source>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let held_out = match recipe.task {
            TaskKind::Classify => Some(gannet_data::open(&recipe.data.source, Split::Test, recipe.seed, recipe.data.size)?),
            TaskKind::Generate => None,
        };
        let task = tasks::build(&recipe, &source, held_out, &device.clone().autodiff())?;
        let loader = loader(&recipe, &source, 0)?;
        let device = device.clone();
        Ok(Self {
            recipe,
            run,
            _lock: lock,
            task,
            loader,
            source,
            sinks: Sinks::default(),
            device,
            step: 0,
            earlier: 0.0,
            warnings: Vec::new(),
        })
    }

    /// Takes the networks' weights from the newest checkpoint of another run.
    ///
    /// # Errors
    /// There is no checkpoint, or its networks are others.
    pub fn start_from(&mut self, path: &Path) -> Result<(), TrainError> {
        let (found, damaged) = RunFolder::open(path)?.checkpoints().newest()?;
        let (_, state) = found.ok_or_else(|| TrainError::NoCheckpoint { path: path.to_owned(), damaged })?;
        Ok(self.task.restore_networks(state)?)
    }

    /// Sets the clock after a restored checkpoint.
    fn go_to(&mut self, step: u64) -> Result<(), TrainError> {
        self.step = step;
        self.loader = loader(&self.recipe, &self.source, step * self.recipe.train.accumulate as u64)?;
        let metrics = jsonl::read(&jsonl::metrics_path(self.run.path())).unwrap_or_default();
        self.earlier = metrics.iter().rfind(|line| line.step <= step).map_or(0.0, |line| line.seconds);
        Ok(())
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
        self.sinks.open(self.run.path(), self.step)?;
        let started = self.started();
        self.emit(Event::Started(started))?;
        for text in std::mem::take(&mut self.warnings) {
            self.emit(Event::Warning { step: self.step, text })?;
        }
        let steps = self.recipe.train.steps as u64;
        let clock = Instant::now();
        let mut logged = (self.step, 0.0);
        if self.step == 0 {
            self.preview()?;
        }
        while self.step < steps && !stop.load(Ordering::Relaxed) {
            let scalars = self.one_step()?;
            let last = self.step == steps || stop.load(Ordering::Relaxed);
            let due = |every: usize| last || self.step.is_multiple_of(every as u64);
            let (log, sample, save) =
                (due(self.recipe.log.every), due(self.recipe.sample.every), due(self.recipe.checkpoint.every));
            if log {
                let seconds = clock.elapsed().as_secs_f64();
                let step = self.log_line(scalars, seconds, logged);
                logged = (self.step, seconds);
                self.emit(Event::Step(step))?;
            }
            if sample {
                self.preview()?;
            }
            if save {
                self.save()?;
            }
        }
        let interrupted = self.step < steps;
        let finished = Finished { step: self.step, seconds: self.earlier + clock.elapsed().as_secs_f64(), interrupted };
        self.emit(Event::Finished(finished))?;
        Ok(finished)
    }

    fn one_step(&mut self) -> Result<tasks::Scalars, TrainError> {
        let batches: Result<Vec<_>, _> = (0..self.recipe.train.accumulate).map(|_| self.loader.next()).collect();
        let batches = batches?;
        for text in self.loader.take_warnings() {
            self.emit(Event::Warning { step: self.step, text })?;
        }
        self.step += 1;
        let scalars = self.task.step(batches, self.step);
        match scalars.iter().find(|(_, value)| !value.is_finite()) {
            Some((name, _)) => Err(TrainError::Diverged { name: name.clone(), step: self.step }),
            None => Ok(scalars),
        }
    }

    fn log_line(&self, scalars: tasks::Scalars, seconds: f64, (step, before): (u64, f64)) -> Step {
        let images = (self.recipe.train.batch * self.recipe.train.accumulate) as f64;
        Step {
            step: self.step,
            kimg: self.step as f64 * images / 1000.0,
            seconds: self.earlier + seconds,
            images_per_second: (self.step - step) as f64 * images / (seconds - before).max(1e-9),
            scalars,
        }
    }

    fn preview(&mut self) -> Result<(), TrainError> {
        let Some(grid) = self.task.preview() else { return Ok(()) };
        let path = film::sample_path(self.run.path(), self.step);
        self.emit(Event::Samples { step: self.step, grid, path })
    }

    fn save(&mut self) -> Result<(), TrainError> {
        let checkpoints = self.run.checkpoints();
        let score = self.task.judge();
        if let Some((name, value)) = &score {
            self.emit(Event::Judged { step: self.step, name: name.clone(), value: *value })?;
        }
        let path = checkpoints.save(self.step, self.source.fingerprint(), score, &self.task.state())?;
        checkpoints.prune(&self.recipe.checkpoint)?;
        self.emit(Event::Checkpoint { step: self.step, path })
    }

    fn emit(&mut self, event: Event) -> Result<(), TrainError> {
        Ok(self.sinks.on(&event)?)
    }

    fn started(&self) -> Started {
        let data = &self.recipe.data;
        Started {
            run: self.run.name(),
            folder: self.run.path().to_owned(),
            task: self.recipe.task.word().to_owned(),
            data: format!("{}, {} images as {}×{}×{}", data.source, self.source.len(), data.channels, data.size, data.size),
            recipe_toml: self.recipe.to_toml(),
            parameters: self.task.parameters(),
            steps: self.recipe.train.steps as u64,
            start_step: self.step,
            device: format!("{:?}", self.device),
        }
    }
}

/// The training images of `recipe`, with labels where it needs them.
fn open_source(recipe: &Recipe) -> Result<Arc<dyn Source>, TrainError> {
    let path = recipe.data_source()?;
    let source = gannet_data::open(path, Split::Train, recipe.seed, recipe.data.size)?;
    let labelled = (0..source.len()).all(|index| source.label(index).is_some());
    if recipe.data.labels && !(labelled && !source.classes().is_empty()) {
        return Err(TrainError::NoLabels { source_path: path.to_owned() });
    }
    Ok(source)
}

fn loader(recipe: &Recipe, source: &Arc<dyn Source>, cursor: u64) -> Result<Loader, TrainError> {
    let spec = image_spec(&recipe.data);
    Ok(Loader::new(source.clone(), spec, recipe.train.batch, recipe.seed, cursor)?.strict(recipe.data.strict))
}
