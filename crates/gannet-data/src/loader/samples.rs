//! The endless sequence of samples of a run: which image is sample k, and how it is flipped and shifted.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use gannet_ops::random::Stream;

use super::lock::lock;
use crate::image_spec::Jitter;
use crate::{DataError, ImageSpec, Inspected, Note, Source, inspect_image};

/// How many images in a row may be broken before reading is given up.
const MAX_BROKEN_IN_A_ROW: usize = 1000;

/// The most bytes of converted images that are cached between epochs.
const MAX_CACHED: usize = 256 << 20;

/// How many epochs' orders are cached; threads work on two epochs at once where a batch spans both.
const CACHED_ORDERS: usize = 3;

/// The samples of a run, a function of the seed and the sample's number.
pub(super) struct Samples {
    pub source: Arc<dyn Source>,
    pub spec: ImageSpec,
    /// whether a broken image is an error instead of being replaced
    pub strict: bool,
    seed: u64,
    /// the orders of the epochs last asked for
    orders: Mutex<VecDeque<(u64, Arc<[usize]>)>>,
    /// errors of the images known to be broken, which are not read again
    broken: Mutex<HashMap<usize, DataError>>,
    /// converted images, if the whole set fits
    cache: Option<Vec<OnceLock<Vec<u8>>>>,
}

/// One sample.
pub(super) struct Sample {
    /// `[planes, size, size]` in [-1, 1]
    pub planes: Vec<f32>,
    /// the image's class; 0 without a label
    pub label: usize,
    /// broken images that were tried before a readable one was found
    pub broken: Vec<usize>,
    /// what reading left out, if the image was read just now
    pub notes: Vec<Note>,
}

impl Samples {
    pub fn new(source: Arc<dyn Source>, spec: ImageSpec, seed: u64) -> Self {
        let cache = cache(source.as_ref(), &spec);
        Self { source, spec, strict: false, seed, orders: Mutex::default(), broken: Mutex::default(), cache }
    }

    /// Whether images that are not in memory are read once, and kept.
    pub fn keeps_images(&self) -> bool {
        self.cache.is_some()
    }

    /// Checks the settings before the first sample is read.
    pub fn validate(&self) -> Result<(), DataError> {
        self.spec.validate()?;
        if self.source.is_empty() {
            return Err(DataError::Setting("the data set has no images".to_owned()));
        }
        Ok(())
    }

    /// Reads sample k of the run.
    pub fn read(&self, k: u64) -> Result<Sample, DataError> {
        let len = self.source.len();
        let order = self.order(k / len as u64);
        let place = (k % len as u64) as usize;
        let mut tried = Vec::new();
        let error = match self.planes(k, order[place]) {
            Ok((planes, notes)) => return Ok(self.labeled(order[place], planes, tried, notes)),
            Err(error) => error,
        };
        if self.strict {
            return Err(error);
        }
        tried.push(order[place]);
        let start = Stream::new(self.seed, "substitute", k).below(len);
        for step in 0..len.min(MAX_BROKEN_IN_A_ROW) {
            let index = order[(start + step) % len];
            match self.planes(k, index) {
                Ok((planes, notes)) => return Ok(self.labeled(index, planes, tried, notes)),
                Err(_) => tried.push(index),
            }
        }
        Err(DataError::AllBroken { count: (tried.len() - 1).min(self.source.image_count()), first: error.to_string() })
    }

    /// Why an image is broken, if it is known to be.
    pub fn broken_reason(&self, index: usize) -> Option<String> {
        lock(&self.broken).get(&index).map(DataError::reason)
    }

    fn order(&self, epoch: u64) -> Arc<[usize]> {
        let mut orders = lock(&self.orders);
        if let Some((_, order)) = orders.iter().find(|(known, _)| *known == epoch) {
            return Arc::clone(order);
        }
        let order: Arc<[usize]> = Stream::new(self.seed, "data", epoch).permutation(self.source.len()).into();
        orders.push_back((epoch, Arc::clone(&order)));
        if orders.len() > CACHED_ORDERS {
            orders.pop_front();
        }
        order
    }

    fn image(&self, index: usize) -> Result<Inspected, DataError> {
        if let Some(error) = lock(&self.broken).get(&index) {
            return Err(error.clone());
        }
        let read = inspect_image(self.source.as_ref(), index);
        if let Err(error) = &read {
            lock(&self.broken).insert(index, error.clone());
        }
        read
    }

    /// The planes of an image as sample k, and what reading left out.
    fn planes(&self, k: u64, index: usize) -> Result<(Vec<f32>, Vec<Note>), DataError> {
        let jitter = self.jitter(k);
        let slot = self.cache.as_ref().and_then(|cache| cache.get(index));
        if let Some(square) = slot.and_then(OnceLock::get) {
            return Ok((self.spec.normalize(square, jitter), Vec::new()));
        }
        let Inspected { image, notes, .. } = self.image(index)?;
        let square = self.spec.square(&image).data;
        let planes = self.spec.normalize(&square, jitter);
        if let Some(slot) = slot {
            // Another thread may have filled the slot meanwhile, with an equal image.
            let _ = slot.set(square);
        }
        Ok((planes, notes))
    }

    fn jitter(&self, k: u64) -> Jitter {
        let flip = self.spec.flip && Stream::new(self.seed, "flip", k).uniform() < 0.5;
        let most = self.spec.shift;
        let mut stream = Stream::new(self.seed, "shift", k);
        let shift = [(); 2].map(|()| if most == 0 { 0 } else { stream.below(2 * most + 1) as isize - most as isize });
        Jitter { flip, shift }
    }

    fn labeled(&self, index: usize, planes: Vec<f32>, broken: Vec<usize>, notes: Vec<Note>) -> Sample {
        Sample { planes, label: self.source.label(index).unwrap_or_default(), broken, notes }
    }
}

/// A slot for every converted image, if all of them fit into the cache.
fn cache(source: &dyn Source, spec: &ImageSpec) -> Option<Vec<OnceLock<Vec<u8>>>> {
    let image = spec.size.checked_mul(spec.size)?.checked_mul(spec.planes())?;
    let fits = source.len().checked_mul(image + size_of::<OnceLock<Vec<u8>>>())? <= MAX_CACHED;
    (fits && !source.in_memory()).then(|| (0..source.len()).map(|_| OnceLock::new()).collect())
}
