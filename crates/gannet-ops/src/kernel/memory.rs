//! A pool of reusable buffers.
//!
//! Every training step allocates tensors of the same sizes as the step before. Memory returned to the operating system in
//! between would be mapped and zeroed again. A pooled buffer keeps its old content instead, and a kernel that writes every
//! value of its result needs no zeroing. Large buffers are mapped pages of their own, which return to the system as soon
//! as they are dropped; in the allocator's heap they would leave fragments.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard};

use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty, Bytes};
use memmap2::MmapMut;
use rayon::prelude::*;

use crate::float::Float;

/// Buffers of fewer words are left to the allocator.
const SMALL: usize = 1 << 10;
/// Sizes are rounded up to a multiple of this many words, so that similar sizes share buffers.
const STEP: usize = 1 << 10;
/// The slack of a buffer that comes from free memory of its own size only.
const EXACT: usize = 0;
/// Buffers of at least this many words are mapped pages of their own.
const PAGES: usize = 1 << 15;

/// A buffer of values from the pool. New buffers have any content: the values that were last in their memory.
pub struct Buffer<T> {
    words: Words,
    len: usize,
    values: PhantomData<T>,
}

impl<T: Float> Buffer<T> {
    /// `len` values of any content.
    pub fn new(len: usize) -> Self {
        Self { words: take(words::<T>(len), 1), len, values: PhantomData }
    }

    /// `len` values of any content for short use; the buffer may come from much larger free memory.
    pub fn scratch(len: usize) -> Self {
        Self { words: take(words::<T>(len), 32), len, values: PhantomData }
    }

    /// `len` values of any content that are kept for long, as a packed weight is: from free memory of this size or new. In larger
    /// memory, a network's weights would hold that of its images.
    pub fn kept(len: usize) -> Self {
        Self { words: take(words::<T>(len), EXACT), len, values: PhantomData }
    }

    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let mut buffer = Self::new(len);
        buffer.fill(T::ZERO);
        buffer
    }

    /// The buffer as the memory of a tensor; it returns to the pool when the tensor is dropped.
    #[expect(unsafe_code, reason = "the owner of the memory must guarantee its length and initialization")]
    pub fn into_bytes(self) -> Bytes {
        let len = self.len * size_of::<T>();
        // SAFETY: `memory` returns at least `len` bytes, and all of them are initialized.
        unsafe { Bytes::from_controller(Box::new(self), len) }
    }
}

/// Words that hold `len` values.
fn words<T>(len: usize) -> usize {
    (len * size_of::<T>()).div_ceil(size_of::<u64>())
}

impl<T: Float> From<&[T]> for Buffer<T> {
    fn from(values: &[T]) -> Self {
        const CHUNK: usize = 1 << 14;
        let mut buffer = Self::new(values.len());
        let chunks = buffer.par_chunks_mut(CHUNK).zip(values.par_chunks(CHUNK));
        chunks.for_each(|(to, from)| to.copy_from_slice(from));
        buffer
    }
}

impl<T: Float> From<Vec<T>> for Buffer<T> {
    fn from(values: Vec<T>) -> Self {
        values.as_slice().into()
    }
}

impl<T: Float> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }
}

impl<T: Float> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.words)[..self.len]
    }
}

impl<T> Drop for Buffer<T> {
    fn drop(&mut self) {
        give(std::mem::take(&mut self.words));
    }
}

impl<T> AllocationController for Buffer<T> {
    fn alloc_align(&self) -> usize {
        align_of::<u64>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    #[expect(unsafe_code, reason = "a view of initialized bytes as bytes that need not be")]
    unsafe fn memory_mut(&mut self, _: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        // SAFETY: it is the same memory with the same lifetime, and the caller promises to write initialized bytes only.
        Ok(unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) })
    }

    #[expect(unsafe_code, reason = "a view of initialized bytes as bytes that need not be")]
    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.words);
        // SAFETY: it is the same memory with the same lifetime, for reading only.
        Ok(unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) })
    }
}

/// Memory in words of 8 bytes, whose alignment suits every float type.
#[derive(Debug)]
enum Words {
    Heap(Vec<u64>),
    Pages(MmapMut),
}

impl Words {
    /// `len` zeros: mapped pages if there are many, unless mapping fails.
    fn zeros(len: usize) -> Self {
        let pages = (len >= PAGES).then(|| MmapMut::map_anon(len * size_of::<u64>()).ok()).flatten();
        pages.map_or_else(|| Self::Heap(vec![0; len]), Self::Pages)
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl Deref for Words {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        match self {
            Self::Heap(words) => words,
            Self::Pages(pages) => bytemuck::cast_slice(pages),
        }
    }
}

impl DerefMut for Words {
    fn deref_mut(&mut self) -> &mut [u64] {
        match self {
            Self::Heap(words) => words,
            Self::Pages(pages) => bytemuck::cast_slice_mut(pages),
        }
    }
}

/// The free buffers.
struct Pool {
    /// By length; each with the time of its return.
    free: BTreeMap<usize, Vec<(u64, Words)>>,
    /// Number of returns so far, which serves as the clock.
    time: u64,
    /// Words in free buffers.
    idle: usize,
    /// Words in buffers that are in use.
    held: usize,
    /// The most words that were ever in use at once.
    most: usize,
}

impl Pool {
    const fn new() -> Self {
        Self { free: BTreeMap::new(), time: 0, idle: 0, held: 0, most: 0 }
    }

    /// Takes the smallest free buffer of at least `len` words that is at most `slack` quarters longer than that.
    ///
    /// If allocating `len` more words would exceed the most that were ever in use, a free buffer of any larger size is
    /// taken too, unless `slack` is [`EXACT`]. If there is none, the error holds the free buffers that the caller must drop before it allocates.
    fn take(&mut self, len: usize, slack: usize) -> Result<Words, Vec<Words>> {
        let most = self.most.max(self.held + len);
        let scarce = slack != EXACT && self.held + self.idle + len > most;
        let end = if scarce { usize::MAX } else { len + len / 4 * slack };
        let size = self.free.range(len..=end).next().map(|(size, _)| *size);
        let found = size.and_then(|size| self.remove(size));
        self.held += found.as_ref().map_or(len, |words| words.len());
        self.most = self.most.max(self.held);
        found.ok_or_else(|| self.surplus())
    }

    /// Removes the free buffer of this size that was returned last.
    fn remove(&mut self, size: usize) -> Option<Words> {
        let buffers = self.free.get_mut(&size)?;
        let (_, found) = buffers.pop()?;
        if buffers.is_empty() {
            self.free.remove(&size);
        }
        self.idle -= size;
        Some(found)
    }

    /// Returns a buffer to the pool. The caller must drop the surplus buffers in the result.
    fn give(&mut self, words: Words) -> Vec<Words> {
        self.time += 1;
        self.held -= words.len();
        self.idle += words.len();
        self.free.entry(words.len()).or_default().push((self.time, words));
        self.surplus()
    }

    /// Removes free buffers, those of the longest unused size first, until the pool holds no more words than were ever in
    /// use at once.
    fn surplus(&mut self) -> Vec<Words> {
        let mut surplus = Vec::new();
        while self.held + self.idle > self.most {
            let oldest = self.free.iter().min_by_key(|(_, buffers)| buffers.last().map(|(time, _)| *time));
            let Some(size) = oldest.map(|(size, _)| *size) else { break };
            surplus.extend(self.remove(size));
        }
        surplus
    }
}

static POOL: Mutex<Pool> = Mutex::new(Pool::new());

fn pool() -> MutexGuard<'static, Pool> {
    // The pool is consistent at every point where a thread can panic, so a poisoned lock is safe to use.
    POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// At least `len` words of any content, from the pool or new.
///
/// Surplus buffers are dropped here, outside the lock, since unmapping pages takes long.
fn take(len: usize, slack: usize) -> Words {
    if len < SMALL {
        return Words::zeros(len);
    }
    let len = len.next_multiple_of(STEP);
    let found = pool().take(len, slack);
    found.unwrap_or_else(|surplus| {
        drop(surplus);
        Words::zeros(len)
    })
}

/// Returns words to the pool; small ones go to the allocator.
fn give(words: Words) {
    if words.len() >= SMALL {
        let surplus = pool().give(words);
        drop(surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(len: usize) -> Words {
        Words::Heap(vec![7; len])
    }

    #[test]
    fn a_pool_returns_the_best_fit() {
        let mut pool = Pool::new();
        let lengths = [1100, 4096, 4096];
        assert!(lengths.iter().all(|len| pool.take(*len, 4).is_err()), "a new pool is empty");
        assert!(lengths.iter().all(|len| pool.give(words(*len)).is_empty()));
        assert_eq!(&*pool.take(4000, 4).unwrap(), [7; 4096]);
        assert_eq!((pool.idle, pool.held, pool.most), (5196, 4096, 9292));
        assert_eq!(pool.take(1000, 1).unwrap().len(), 1100);
        assert_eq!(
            pool.take(1000, 1).unwrap().len(),
            4096,
            "much too large, but more memory than was ever in use is not allocated"
        );
    }

    #[test]
    fn what_is_kept_takes_no_larger_memory() {
        let mut pool = Pool::new();
        assert!(pool.take(4096, 1).is_err());
        assert!(pool.give(words(4096)).is_empty());
        assert!(pool.take(1024, EXACT).is_err(), "a free buffer of 4096 words is not for it");
        assert!(pool.give(words(1024)).is_empty());
        assert_eq!(pool.take(1024, EXACT).unwrap().len(), 1024);
    }

    #[test]
    fn the_longest_unused_buffers_are_dropped_first() {
        let mut pool = Pool::new();
        assert!([2000, 3000, 4000].iter().all(|len| pool.take(*len, 1).is_err()));
        assert!([2000, 3000, 4000].iter().all(|len| pool.give(words(*len)).is_empty()));
        let surplus = pool.take(5000, 1).unwrap_err();
        assert_eq!(surplus.iter().map(|words| words.len()).collect::<Vec<_>>(), [2000, 3000]);
        assert_eq!((pool.idle, pool.held, pool.most), (4000, 5000, 9000));
    }

    #[test]
    fn large_buffers_are_mapped_pages() {
        assert!(matches!(Words::zeros(PAGES), Words::Pages(_)));
        assert!(matches!(Words::zeros(PAGES - 1), Words::Heap(_)));
    }

    #[test]
    fn a_tensor_reads_and_writes_its_buffer() {
        let mut buffer = Buffer::<f32>::new(3000);
        buffer.fill(2.0);
        let mut bytes = buffer.into_bytes();
        assert_eq!(bytes.len(), 12000);
        bytemuck::cast_slice_mut::<u8, f32>(&mut bytes)[2999] = 3.0;
        let copy = bytes.clone();
        drop(bytes);
        let values: &[f32] = bytemuck::cast_slice(&copy);
        assert_eq!((values[0], values[2999]), (2.0, 3.0));
    }
}
