//! Batches in a shuffled order, decoded by threads of their own ahead of training.
//!
//! Sample k of a run is image `permutation(epoch = k / len)[k % len]`; batch b is samples b·n … b·n + n − 1, so a
//! batch may span two epochs and every epoch deals every image once. Order and mirroring are functions of the seed and
//! k alone: any number of threads gives the same batches, and a run resumes from the number of batches it took.
//!
//! A broken image is replaced by the first readable one after a place in the epoch's order that is drawn from
//! (seed, k), and reported by name; it costs no other sample its place. So a broken file needs no memory across a
//! resume, and finding all of them before the start is not necessary. In strict mode it is an error instead.
//!
//! A set that is small once converted (at most [`MOST_KEPT`] bytes) is decoded once and kept; a larger one is read
//! anew each epoch, so memory does not grow with the set.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use gannet_ops::random::Stream;
use image::DynamicImage;

use crate::transforms::Jitter;
use crate::{DataError, ImageSpec, Source, read_image};

/// How many images in a row may be broken before the set is given up.
const MOST_BROKEN_IN_A_ROW: usize = 1000;

/// The most bytes of converted images that are kept between epochs.
const MOST_KEPT: usize = 256 << 20;

/// How many samples a thread takes at once; small images cost little more than the lock.
const CHUNK: u64 = 8;

/// Images and labels for one step of training.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// [n, channels, size, size] in [-1, 1]
    pub images: Vec<f32>,
    /// one a image, empty where the set is unlabelled
    pub labels: Vec<usize>,
    /// images in the batch
    pub n: usize,
    /// channels of an image
    pub channels: usize,
    /// side of an image in pixels
    pub size: usize,
}

/// An endless stream of batches; see the module's text.
pub struct Loader {
    plan: Arc<Plan>,
    queue: Arc<Queue>,
    threads: usize,
    workers: Vec<JoinHandle<()>>,
    cursor: u64,
    /// broken images already handed to the caller or waiting for it
    reported: HashSet<usize>,
    broken: Vec<(String, String)>,
}

impl Loader {
    /// Batches of `batch` images after the first `start_batch` batches of the stream.
    ///
    /// Nothing is read before the first [`Loader::next`], which also reports settings that cannot be met.
    pub fn new(source: Arc<dyn Source>, spec: ImageSpec, batch: usize, seed: u64, start_batch: u64) -> Self {
        let broken = Mutex::new(HashMap::new());
        let kept = kept(source.as_ref(), &spec);
        let plan = Plan { source, spec, batch, seed, strict: false, orders: Mutex::default(), broken, kept };
        Self {
            plan: Arc::new(plan),
            queue: Arc::new(Queue::new(start_batch, 4)),
            threads: rayon::current_num_threads().clamp(1, 8),
            workers: Vec::new(),
            cursor: start_batch,
            reported: HashSet::new(),
            broken: Vec::new(),
        }
    }

    /// Makes a broken image an error instead of replacing it; to be said before the first batch.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        if let Some(plan) = Arc::get_mut(&mut self.plan) {
            plan.strict = strict;
        }
        self
    }

    /// How many threads decode, and how many batches they may be ahead; to be said before the first batch.
    #[must_use]
    pub fn threads(mut self, threads: usize, ahead: usize) -> Self {
        self.threads = threads.max(1);
        self.queue = Arc::new(Queue::new(self.cursor, ahead.max(1) as u64));
        self
    }

    /// How many batches have been taken, the ones before the start included: where to resume.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// How often every image has been dealt, as a fraction.
    pub fn epoch(&self) -> f64 {
        (self.cursor as f64) * (self.plan.batch as f64) / (self.plan.source.len().max(1) as f64)
    }

    /// Broken images found since the last call: name and reason, in the order of the stream.
    pub fn take_broken(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.broken)
    }

    /// The next batch. After an error the stream stays where it was.
    #[expect(clippy::should_implement_trait, reason = "the stream is endless and may fail")]
    pub fn next(&mut self) -> Result<Batch, DataError> {
        if self.workers.is_empty() {
            self.start()?;
        }
        let done = self.queue.wait(self.cursor)?;
        self.cursor += 1;
        let broken: Vec<usize> = done.broken.into_values().flatten().collect();
        for index in broken.into_iter().filter(|&index| self.reported.insert(index)) {
            let reason = lock(&self.plan.broken).get(&index).map_or_else(String::new, DataError::reason);
            self.broken.push((self.plan.source.name(index), reason));
        }
        let labels = if self.plan.source.classes().is_empty() { Vec::new() } else { done.labels };
        let (channels, size) = (self.plan.spec.planes(), self.plan.spec.size);
        Ok(Batch { images: done.images, labels, n: self.plan.batch, channels, size })
    }

    fn start(&mut self) -> Result<(), DataError> {
        self.plan.validate()?;
        for number in 0..self.threads {
            let (plan, queue) = (Arc::clone(&self.plan), Arc::clone(&self.queue));
            let worker = thread::Builder::new().name(format!("images-{number}")).spawn(move || work(&plan, &queue));
            match worker {
                Ok(worker) => self.workers.push(worker),
                // Fewer threads than wished for are slower, not wrong.
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
            // A worker's panic was turned into a broken image; there is nothing to learn here.
            let _ = worker.join();
        }
    }
}

/// A panic in another thread leaves these locks' data consistent: each change is a single assignment or insertion.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the stream consists of.
struct Plan {
    source: Arc<dyn Source>,
    spec: ImageSpec,
    batch: usize,
    seed: u64,
    strict: bool,
    /// the orders of the last epochs asked for
    orders: Mutex<VecDeque<(u64, Arc<[usize]>)>>,
    /// what is known to be broken; saves reading it again
    broken: Mutex<HashMap<usize, DataError>>,
    /// converted images, where the whole set fits
    kept: Option<Vec<OnceLock<Vec<u8>>>>,
}

/// Room for every converted image, if they are few and small enough.
fn kept(source: &dyn Source, spec: &ImageSpec) -> Option<Vec<OnceLock<Vec<u8>>>> {
    let image = spec.size.checked_mul(spec.size)?.checked_mul(spec.planes())?;
    let fits = source.len().checked_mul(image + size_of::<OnceLock<Vec<u8>>>())? <= MOST_KEPT;
    (fits && !source.in_memory()).then(|| (0..source.len()).map(|_| OnceLock::new()).collect())
}

/// One sample: planes, label, and the images that were tried in vain.
struct Sample {
    planes: Vec<f32>,
    label: usize,
    broken: Vec<usize>,
}

impl Plan {
    fn validate(&self) -> Result<(), DataError> {
        self.spec.validate()?;
        if self.batch == 0 {
            return Err(DataError::Setting("batch = 0: a batch needs at least one image".to_owned()));
        }
        if self.source.is_empty() {
            return Err(DataError::Setting("the data set has no images".to_owned()));
        }
        Ok(())
    }

    fn order(&self, epoch: u64) -> Arc<[usize]> {
        let mut orders = lock(&self.orders);
        if let Some((_, order)) = orders.iter().find(|(known, _)| *known == epoch) {
            return Arc::clone(order);
        }
        let order: Arc<[usize]> = Stream::new(self.seed, "data", epoch).permutation(self.source.len()).into();
        orders.push_back((epoch, Arc::clone(&order)));
        if orders.len() > 3 {
            orders.pop_front();
        }
        order
    }

    /// Sample k of the run.
    fn sample(&self, k: u64) -> Result<Sample, DataError> {
        let len = self.source.len();
        let order = self.order(k / len as u64);
        let place = (k % len as u64) as usize;
        let mut tried = Vec::new();
        let error = match self.finish(k, order[place]) {
            Ok(planes) => return Ok(self.labelled(order[place], planes, tried)),
            Err(error) => error,
        };
        if self.strict {
            return Err(error);
        }
        tried.push(order[place]);
        let start = Stream::new(self.seed, "substitute", k).below(len);
        for step in 0..len.min(MOST_BROKEN_IN_A_ROW) {
            let index = order[(start + step) % len];
            match self.finish(k, index) {
                Ok(planes) => return Ok(self.labelled(index, planes, tried)),
                Err(_) => tried.push(index),
            }
        }
        Err(DataError::AllBroken { count: tried.len() - 1, first: error.to_string() })
    }

    fn image(&self, index: usize) -> Result<DynamicImage, DataError> {
        if let Some(error) = lock(&self.broken).get(&index) {
            return Err(error.clone());
        }
        let read = read_image(self.source.as_ref(), index);
        if let Err(error) = &read {
            lock(&self.broken).insert(index, error.clone());
        }
        read
    }

    /// The planes of an image as sample k.
    fn finish(&self, k: u64, index: usize) -> Result<Vec<f32>, DataError> {
        let jitter = self.jitter(k);
        let slot = self.kept.as_ref().and_then(|kept| kept.get(index));
        if let Some(square) = slot.and_then(OnceLock::get) {
            return Ok(self.spec.spread(square, jitter));
        }
        let square = self.spec.square(&self.image(index)?).data;
        let planes = self.spec.spread(&square, jitter);
        if let Some(slot) = slot {
            // Another thread may have been faster; its image is the same.
            let _ = slot.set(square);
        }
        Ok(planes)
    }

    fn jitter(&self, k: u64) -> Jitter {
        let flip = self.spec.flip && Stream::new(self.seed, "flip", k).uniform() < 0.5;
        let most = self.spec.shift;
        let mut stream = Stream::new(self.seed, "shift", k);
        let shift = [(); 2].map(|()| if most == 0 { 0 } else { stream.below(2 * most + 1) as isize - most as isize });
        Jitter { flip, shift }
    }

    fn labelled(&self, index: usize, planes: Vec<f32>, broken: Vec<usize>) -> Sample {
        Sample { planes, label: self.source.label(index).unwrap_or_default(), broken }
    }
}

/// A batch on its way.
struct Partial {
    images: Vec<f32>,
    labels: Vec<usize>,
    missing: usize,
    /// by sample, so that reports come in the stream's order
    broken: BTreeMap<u64, Vec<usize>>,
    /// the failure of the first sample that failed
    failed: Option<(u64, DataError)>,
}

struct State {
    /// the batch at the front of `batches`
    first: u64,
    batches: VecDeque<Partial>,
    /// the next sample to hand out; `None` before the first thread asked
    next: Option<u64>,
    stop: bool,
}

/// Batches being filled, at most `ahead` of them.
struct Queue {
    state: Mutex<State>,
    ahead: u64,
    /// told when a batch is complete
    filled: Condvar,
    /// told when a batch was taken
    taken: Condvar,
}

impl Queue {
    fn new(first: u64, ahead: u64) -> Self {
        let state = State { first, batches: VecDeque::new(), next: None, stop: false };
        Self { state: Mutex::new(state), ahead, filled: Condvar::new(), taken: Condvar::new() }
    }

    /// Some samples of one batch for a thread to read; `None` when the loader is gone.
    fn claim(&self, plan: &Plan) -> Option<(u64, u64)> {
        let n = plan.batch as u64;
        let mut state = lock(&self.state);
        loop {
            let next = state.next.unwrap_or(state.first * n);
            if state.stop {
                return None;
            } else if next < (state.first + self.ahead) * n {
                let end = (next + CHUNK).min((next / n + 1) * n);
                state.next = Some(end);
                while state.first + state.batches.len() as u64 <= next / n {
                    state.batches.push_back(Partial::new(plan));
                }
                return Some((next, end));
            }
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, k: u64, plan: &Plan, sample: Result<Sample, DataError>) {
        let n = plan.batch as u64;
        let mut state = lock(&self.state);
        let batch = (k / n).saturating_sub(state.first) as usize;
        let Some(batch) = state.batches.get_mut(batch) else { return };
        batch.put((k % n) as usize, k, sample);
        if batch.missing == 0 {
            self.filled.notify_all();
        }
    }

    /// The finished batch of this number, taken out; an error stays and is told again.
    fn wait(&self, number: u64) -> Result<Partial, DataError> {
        let mut state = lock(&self.state);
        loop {
            match state.batches.front() {
                Some(Partial { missing: 0, failed: Some((_, error)), .. }) => return Err(error.clone()),
                Some(Partial { missing: 0, .. }) if state.first == number => break,
                _ => state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
        state.first += 1;
        let batch = state.batches.pop_front();
        self.taken.notify_all();
        batch.ok_or_else(|| DataError::Setting("the loader's queue is empty".to_owned()))
    }

    fn stop(&self) {
        lock(&self.state).stop = true;
        self.taken.notify_all();
    }

    fn stopped(&self) -> bool {
        lock(&self.state).stop
    }
}

impl Partial {
    fn new(plan: &Plan) -> Self {
        let (channels, size) = (plan.spec.planes(), plan.spec.size);
        Self {
            images: vec![0.0; plan.batch * channels * size * size],
            labels: vec![0; plan.batch],
            missing: plan.batch,
            broken: BTreeMap::new(),
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
            }
            // The first in the stream, so that the message does not depend on the threads.
            Err(error) if self.failed.as_ref().is_none_or(|(known, _)| k < *known) => self.failed = Some((k, error)),
            Err(_) => {}
        }
    }
}

fn work(plan: &Plan, queue: &Queue) {
    while let Some((from, to)) = queue.claim(plan) {
        for k in from..to {
            if queue.stopped() {
                return;
            }
            // A panic outside the decoder would leave the batch waiting for ever; it becomes an error.
            let sample = catch_unwind(AssertUnwindSafe(|| plan.sample(k)));
            let failed = || Err(DataError::Setting(format!("sample {k}: an image could not be converted")));
            queue.put(k, plan, sample.unwrap_or_else(|_| failed()));
        }
    }
}
