//! Buffers that are used again.
//!
//! A training step makes the same tensors as the one before it. Memory that goes back to the system in between must be
//! cleared by it and mapped anew, and memory from the allocator is cleared once more by who asks for zeros; here a buffer
//! keeps what was last in it, and a kernel that writes every value of its result need not clear anything. Large buffers
//! are pages of their own, which the system has back at once when they are dropped; an allocator's heap would keep them,
//! in pieces.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard};

use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty, Bytes};
use memmap2::MmapMut;
use rayon::prelude::*;

use crate::real::Real;

/// Smaller buffers, in words, are left to the allocator.
const SMALL: usize = 1 << 10;
/// Sizes are rounded up to a multiple of this, so that similar ones share buffers.
const STEP: usize = 1 << 10;
/// Buffers of as many words are pages of their own.
const PAGES: usize = 1 << 15;

/// Values of any content, at first those that were last in their memory.
pub struct Buffer<T> {
    words: Words,
    len: usize,
    values: PhantomData<T>,
}

impl<T: Real> Buffer<T> {
    /// `len` values, whichever.
    pub fn new(len: usize) -> Self {
        Self { words: take(words::<T>(len), 1), len, values: PhantomData }
    }

    /// `len` values, whichever, that are soon given back: any free memory will do.
    pub fn scratch(len: usize) -> Self {
        Self { words: take(words::<T>(len), 32), len, values: PhantomData }
    }

    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let mut buffer = Self::new(len);
        buffer.fill(T::ZERO);
        buffer
    }

    /// The memory of a tensor; it comes back here when the tensor is gone.
    #[expect(unsafe_code, reason = "the framework asks who makes its memory to answer for it")]
    pub fn into_bytes(self) -> Bytes {
        let len = self.len * size_of::<T>();
        // SAFETY: `memory` gives at least `len` bytes, and all of a vector's are initialized.
        unsafe { Bytes::from_controller(Box::new(self), len) }
    }
}

fn words<T>(len: usize) -> usize {
    (len * size_of::<T>()).div_ceil(size_of::<u64>())
}

impl<T: Real> From<&[T]> for Buffer<T> {
    fn from(values: &[T]) -> Self {
        const CHUNK: usize = 1 << 14;
        let mut buffer = Self::new(values.len());
        let chunks = buffer.par_chunks_mut(CHUNK).zip(values.par_chunks(CHUNK));
        chunks.for_each(|(to, from)| to.copy_from_slice(from));
        buffer
    }
}

impl<T: Real> From<Vec<T>> for Buffer<T> {
    fn from(values: Vec<T>) -> Self {
        values.as_slice().into()
    }
}

impl<T: Real> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }
}

impl<T: Real> DerefMut for Buffer<T> {
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
        // SAFETY: the same bytes, for as long; the caller promises to write none that are not initialized.
        Ok(unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) })
    }

    #[expect(unsafe_code, reason = "a view of initialized bytes as bytes that need not be")]
    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.words);
        // SAFETY: the same bytes, for as long, to be read only.
        Ok(unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) })
    }
}

/// Where values lie, in words that all floats can lie in.
#[derive(Debug)]
enum Words {
    Heap(Vec<u64>),
    Pages(MmapMut),
}

impl Words {
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

/// The buffers that nobody holds.
struct Pool {
    /// By their length, each with the time when it came back.
    free: BTreeMap<usize, Vec<(u64, Words)>>,
    /// How many came back.
    time: u64,
    /// Words in them, words held by somebody, and the most that ever were.
    idle: usize,
    held: usize,
    most: usize,
}

impl Pool {
    const fn new() -> Self {
        Self { free: BTreeMap::new(), time: 0, idle: 0, held: 0, most: 0 }
    }

    /// The smallest free buffer with room for `len` that is at most `slack` quarters longer; where new memory would be
    /// more than was ever needed at a time, any that has room. With none, what must be handed out before more is made.
    fn take(&mut self, len: usize, slack: usize) -> Result<Words, Vec<Words>> {
        let most = self.most.max(self.held + len);
        let end = if self.held + self.idle + len > most { usize::MAX } else { len + len / 4 * slack };
        let size = self.free.range(len..=end).next().map(|(size, _)| *size);
        let found = size.and_then(|size| self.remove(size));
        self.held += found.as_ref().map_or(len, |words| words.len());
        self.most = self.most.max(self.held);
        found.ok_or_else(|| self.surplus())
    }

    /// The newest free buffer of a size.
    fn remove(&mut self, size: usize) -> Option<Words> {
        let buffers = self.free.get_mut(&size)?;
        let (_, found) = buffers.pop()?;
        if buffers.is_empty() {
            self.free.remove(&size);
        }
        self.idle -= size;
        Some(found)
    }

    /// Takes a buffer back, and hands out what is too much.
    fn give(&mut self, words: Words) -> Vec<Words> {
        self.time += 1;
        self.held -= words.len();
        self.idle += words.len();
        self.free.entry(words.len()).or_default().push((self.time, words));
        self.surplus()
    }

    /// What is more than was ever needed at a time, that which was idle for longest first.
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
    // What is in the pool is right at any moment, also where a thread died.
    POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

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
    fn a_pool_gives_what_fits() {
        let mut pool = Pool::new();
        let lengths = [1100, 4096, 4096];
        assert!(lengths.iter().all(|len| pool.take(*len, 4).is_err()), "at first there is nothing");
        assert!(lengths.iter().all(|len| pool.give(words(*len)).is_empty()));
        assert_eq!(&*pool.take(4000, 4).unwrap(), [7; 4096]);
        assert_eq!((pool.idle, pool.held, pool.most), (5196, 4096, 9292));
        assert_eq!(pool.take(1000, 1).unwrap().len(), 1100);
        assert_eq!(pool.take(1000, 1).unwrap().len(), 4096, "much too large, but there was room for no more");
    }

    #[test]
    fn what_was_idle_for_longest_makes_room() {
        let mut pool = Pool::new();
        assert!([2000, 3000, 4000].iter().all(|len| pool.take(*len, 1).is_err()));
        assert!([2000, 3000, 4000].iter().all(|len| pool.give(words(*len)).is_empty()));
        let surplus = pool.take(5000, 1).unwrap_err();
        assert_eq!(surplus.iter().map(|words| words.len()).collect::<Vec<_>>(), [2000, 3000]);
        assert_eq!((pool.idle, pool.held, pool.most), (4000, 5000, 9000));
    }

    #[test]
    fn large_buffers_are_pages() {
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
