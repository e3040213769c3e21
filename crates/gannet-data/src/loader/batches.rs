//! The loader: starts the threads that read samples, and gives out their batches in order.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::queue::{BatchShape, Queue};
use super::samples::Samples;
use crate::{DataError, ImageSpec, Note, Notes, Source};

/// Batches that threads may be ahead of training, unless [`Loader::threads`] says otherwise.
const AHEAD: u64 = 4;

/// The most threads, unless [`Loader::threads`] says otherwise.
const MAX_THREADS: usize = 8;

/// Images and labels for one step of training.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// `[n, channels, size, size]` in [-1, 1]
    pub images: Vec<f32>,
    /// the class of each image; empty for a set without labels
    pub labels: Vec<usize>,
    /// images in the batch
    pub n: usize,
    /// channels of an image, of both images of a pair
    pub channels: usize,
    /// side of an image in pixels
    pub size: usize,
}

/// An endless, shuffled, reproducible sequence of batches, read ahead by threads.
///
/// Every epoch has every image once. The sequence depends on the seed and the number of the batch alone, not on the
/// threads, so that a run resumes from the number of batches it has taken. Broken images are replaced and reported.
pub struct Loader {
    samples: Arc<Samples>,
    queue: Arc<Queue>,
    shape: BatchShape,
    threads: usize,
    workers: Vec<JoinHandle<()>>,
    cursor: u64,
    /// broken images that `broken` has or had
    reported: HashSet<usize>,
    broken: Vec<(String, String)>,
    /// what reading left out in all images so far
    notes: Notes,
    /// the first note of each kind that `take_notes` has not given out
    new_notes: Vec<Note>,
}

impl Loader {
    /// The batches of `batch` images that follow the first `start_batch` batches of the sequence.
    ///
    /// Nothing is read, and no setting is checked, before the first [`Loader::next`].
    pub fn new(source: Arc<dyn Source>, spec: ImageSpec, batch: usize, seed: u64, start_batch: u64) -> Self {
        let shape = BatchShape { images: batch, spec };
        Self {
            samples: Arc::new(Samples::new(source, spec, seed)),
            queue: Arc::new(Queue::new(shape, start_batch, AHEAD)),
            shape,
            threads: rayon::current_num_threads().clamp(1, MAX_THREADS),
            workers: Vec::new(),
            cursor: start_batch,
            reported: HashSet::new(),
            broken: Vec::new(),
            notes: Notes::default(),
            new_notes: Vec::new(),
        }
    }

    /// Makes a broken image an error instead of replacing it. Has no effect after the first batch.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        if let Some(samples) = Arc::get_mut(&mut self.samples) {
            samples.strict = strict;
        }
        self
    }

    /// Sets how many threads read, and how many batches they may be ahead. Call it before the first batch.
    #[must_use]
    pub fn threads(mut self, threads: usize, ahead: usize) -> Self {
        self.threads = threads.max(1);
        self.queue = Arc::new(Queue::new(self.shape, self.cursor, ahead.max(1) as u64));
        self
    }

    /// How many batches of the sequence have been taken, those before the start included: from where to resume.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// How many epochs have been taken, as a fraction.
    pub fn epoch(&self) -> f64 {
        (self.cursor as f64) * (self.shape.images as f64) / (self.samples.source.len().max(1) as f64)
    }

    /// Name and reason of the broken images found since the last call, in the order of the sequence.
    pub fn take_broken(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.broken)
    }

    /// What reading left out, the first of each kind, since the last call, in the order of the sequence.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.new_notes)
    }

    /// Whether images that are not in memory are read from their files once, and kept.
    pub fn keeps_images(&self) -> bool {
        self.samples.keeps_images()
    }

    /// Waits for the next batch.
    ///
    /// # Errors
    /// A setting is out of range, too many images in a row are broken, or in strict mode one is. The sequence stays
    /// where it was.
    #[expect(clippy::should_implement_trait, reason = "the sequence is endless and may fail")]
    pub fn next(&mut self) -> Result<Batch, DataError> {
        if self.workers.is_empty() {
            self.start()?;
        }
        let done = self.queue.take(self.cursor)?;
        self.cursor += 1;
        let source = &self.samples.source;
        let broken: Vec<usize> = done.broken.into_values().flatten().collect();
        for index in broken.into_iter().filter(|&index| self.reported.insert(index)) {
            self.broken.push((source.name(index), self.samples.broken_reason(index).unwrap_or_default()));
        }
        for note in done.notes.into_values().flatten() {
            if self.notes.add(note.clone()) {
                self.new_notes.push(note);
            }
        }
        let labels = if source.classes().is_empty() { Vec::new() } else { done.labels };
        let (channels, size) = (self.shape.spec.planes(), self.shape.spec.size);
        Ok(Batch { images: done.images, labels, n: self.shape.images, channels, size })
    }

    fn start(&mut self) -> Result<(), DataError> {
        self.samples.validate()?;
        if self.shape.images == 0 {
            return Err(DataError::Setting("batch = 0: give at least one image per batch".to_owned()));
        }
        for number in 0..self.threads {
            let (samples, queue) = (Arc::clone(&self.samples), Arc::clone(&self.queue));
            let worker = thread::Builder::new().name(format!("images-{number}")).spawn(move || work(&samples, &queue));
            match worker {
                Ok(worker) => self.workers.push(worker),
                // Fewer threads than wanted are slower, not wrong.
                Err(_) if number > 0 => break,
                Err(error) => {
                    return Err(DataError::Setting(format!("no thread can be started to read images: {error}")));
                }
            }
        }
        Ok(())
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.queue.stop();
        for worker in self.workers.drain(..) {
            // A worker's panic has become the error of a sample; there is nothing more to report.
            let _ = worker.join();
        }
    }
}

/// Reads samples until the queue stops.
fn work(samples: &Samples, queue: &Queue) {
    while let Some(numbers) = queue.claim() {
        for k in numbers {
            if queue.stopped() {
                return;
            }
            // Without this a panic outside the decoder would leave its batch incomplete, and training waiting for ever.
            let sample = catch_unwind(AssertUnwindSafe(|| samples.read(k)));
            let failed = || Err(DataError::Setting(format!("sample {k}: an image could not be converted")));
            queue.put(k, sample.unwrap_or_else(|_| failed()));
        }
    }
}
