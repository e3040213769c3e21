//! The queue of batches that threads fill ahead of training.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError};

use super::lock::lock;
use super::samples::Sample;
use crate::{DataError, ImageSpec, Note};

/// How many samples a thread claims at once; reading a small image costs little more than the lock.
const CHUNK: u64 = 8;

/// The numbers of values that a batch holds.
#[derive(Clone, Copy)]
pub(super) struct BatchShape {
    /// images in a batch
    pub images: usize,
    pub spec: ImageSpec,
}

/// A batch that is being filled.
pub(super) struct PartialBatch {
    /// `[n, planes, size, size]`
    pub images: Vec<f32>,
    pub labels: Vec<usize>,
    /// broken images by sample, so that reports come in the order of samples
    pub broken: BTreeMap<u64, Vec<usize>>,
    /// what reading left out, by sample
    pub notes: BTreeMap<u64, Vec<Note>>,
    /// samples that are not there yet
    missing: usize,
    /// the first sample that failed, and its error
    failed: Option<(u64, DataError)>,
}

struct State {
    /// the number of the batch at the front of `batches`
    first: u64,
    batches: VecDeque<PartialBatch>,
    /// the next sample to be claimed; `None` before the first claim
    next: Option<u64>,
    stop: bool,
}

/// Batches being filled, at most `ahead` of them.
pub(super) struct Queue {
    shape: BatchShape,
    state: Mutex<State>,
    ahead: u64,
    /// notified when a batch is complete
    filled: Condvar,
    /// notified when a batch was taken
    taken: Condvar,
}

impl Queue {
    /// An empty queue whose first batch has the number `first`.
    pub fn new(shape: BatchShape, first: u64, ahead: u64) -> Self {
        let state = State { first, batches: VecDeque::new(), next: None, stop: false };
        Self { shape, state: Mutex::new(state), ahead, filled: Condvar::new(), taken: Condvar::new() }
    }

    /// Waits for samples of one batch that no other thread reads, and gives their numbers; `None` after
    /// [`Queue::stop`].
    pub fn claim(&self) -> Option<std::ops::Range<u64>> {
        let n = self.shape.images as u64;
        let mut state = lock(&self.state);
        loop {
            let next = state.next.unwrap_or(state.first * n);
            if state.stop {
                return None;
            } else if next < (state.first + self.ahead) * n {
                let end = (next + CHUNK).min((next / n + 1) * n);
                state.next = Some(end);
                while state.first + state.batches.len() as u64 <= next / n {
                    state.batches.push_back(PartialBatch::new(&self.shape));
                }
                return Some(next..end);
            }
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Puts sample k into its batch.
    pub fn put(&self, k: u64, sample: Result<Sample, DataError>) {
        let n = self.shape.images as u64;
        let mut state = lock(&self.state);
        let batch = (k / n).saturating_sub(state.first) as usize;
        let Some(batch) = state.batches.get_mut(batch) else { return };
        batch.put((k % n) as usize, k, sample);
        if batch.missing == 0 {
            self.filled.notify_all();
        }
    }

    /// Waits for the batch of this number and takes it out.
    ///
    /// A batch with a failed sample stays in the queue, so that its error is returned again.
    pub fn take(&self, number: u64) -> Result<PartialBatch, DataError> {
        let mut state = lock(&self.state);
        loop {
            match state.batches.front() {
                Some(PartialBatch { missing: 0, failed: Some((_, error)), .. }) => return Err(error.clone()),
                Some(PartialBatch { missing: 0, .. }) if state.first == number => break,
                _ => state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
        state.first += 1;
        let batch = state.batches.pop_front();
        self.taken.notify_all();
        batch.ok_or_else(|| DataError::Setting("the loader's queue is empty".to_owned()))
    }

    /// Ends all threads that claim samples.
    pub fn stop(&self) {
        lock(&self.state).stop = true;
        self.taken.notify_all();
    }

    /// Whether threads should end.
    pub fn stopped(&self) -> bool {
        lock(&self.state).stop
    }
}

impl PartialBatch {
    fn new(shape: &BatchShape) -> Self {
        let (n, channels, size) = (shape.images, shape.spec.planes(), shape.spec.size);
        Self {
            images: vec![0.0; n * channels * size * size],
            labels: vec![0; n],
            missing: n,
            broken: BTreeMap::new(),
            notes: BTreeMap::new(),
            failed: None,
        }
    }

    fn put(&mut self, place: usize, k: u64, sample: Result<Sample, DataError>) {
        self.missing -= 1;
        match sample {
            Ok(sample) => {
                let area = sample.planes.len();
                self.images[place * area..(place + 1) * area].copy_from_slice(&sample.planes);
                self.labels[place] = sample.label;
                if !sample.broken.is_empty() {
                    self.broken.insert(k, sample.broken);
                }
                if !sample.notes.is_empty() {
                    self.notes.insert(k, sample.notes);
                }
            }
            // The first failed sample counts, so that the message does not depend on the threads.
            Err(error) if self.failed.as_ref().is_none_or(|(known, _)| k < *known) => self.failed = Some((k, error)),
            Err(_) => {}
        }
    }
}
