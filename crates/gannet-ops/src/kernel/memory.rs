//! Buffers that are used again.
//!
//! A training step makes the same tensors as the one before it. Memory that goes back to the system in between must be
//! cleared by it and mapped anew, and memory from the allocator is cleared once more by who asks for zeros; here a buffer
//! keeps what was last in it, and a kernel that writes every value of its result need not clear anything.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard};

use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty, Bytes};
use rayon::prelude::*;

use crate::real::Real;

/// Smaller buffers, in words, are left to the allocator.
const SMALL: usize = 1 << 10;
/// Sizes are rounded up to a multiple of this, so that similar ones share buffers.
const STEP: usize = 1 << 10;

/// Values of any content, at first those that were last in their memory.
pub struct Buffer<T> {
    words: Vec<u64>,
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
        // SAFETY: `memory` gives at least `len` bytes, and all of a vector's are initialised.
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

    #[expect(unsafe_code, reason = "a view of initialised bytes as bytes that need not be")]
    unsafe fn memory_mut(&mut self, _: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        // SAFETY: the same bytes, for as long; the caller promises to write none that are not initialised.
        Ok(unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) })
    }

    #[expect(unsafe_code, reason = "a view of initialised bytes as bytes that need not be")]
    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.words);
        // SAFETY: the same bytes, for as long, to be read only.
        Ok(unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) })
    }
}

/// The buffers that nobody holds.
struct Pool {
    /// By their length, each with the time when it came back.
    free: BTreeMap<usize, Vec<(u64, Vec<u64>)>>,
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

    /// The smallest free buffer with room for `len` that is at most `slack` quarters longer.
    fn take(&mut self, len: usize, slack: usize) -> Option<Vec<u64>> {
        let size = self.free.range(len..=len + len / 4 * slack).next().map(|(size, _)| *size);
        let found = size.and_then(|size| self.remove(size));
        self.held += found.as_ref().map_or(len, Vec::len);
        self.most = self.most.max(self.held);
        found
    }

    /// The newest free buffer of a size.
    fn remove(&mut self, size: usize) -> Option<Vec<u64>> {
        let buffers = self.free.get_mut(&size)?;
        let (_, found) = buffers.pop()?;
        if buffers.is_empty() {
            self.free.remove(&size);
        }
        self.idle -= size;
        Some(found)
    }

    /// Takes a buffer back. Not much more is kept than was once needed at a time; what was idle for longest is handed out.
    fn give(&mut self, words: Vec<u64>) -> Vec<Vec<u64>> {
        self.time += 1;
        self.held -= words.len();
        self.idle += words.len();
        self.free.entry(words.len()).or_default().push((self.time, words));
        let mut surplus = Vec::new();
        while self.held + self.idle > self.most + self.most / 8 {
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

fn take(len: usize, slack: usize) -> Vec<u64> {
    if len < SMALL {
        return vec![0; len];
    }
    let len = len.next_multiple_of(STEP);
    let found = pool().take(len, slack);
    found.unwrap_or_else(|| vec![0; len])
}

fn give(words: Vec<u64>) {
    if words.len() >= SMALL {
        let surplus = pool().give(words);
        drop(surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_gives_what_fits_and_keeps_little_more_than_was_needed() {
        let mut pool = Pool::new();
        assert!(pool.take(4096, 4).is_none());
        assert!(pool.give(vec![7; 4096]).is_empty());
        assert!(pool.take(8192, 4).is_none(), "too small");
        assert!(pool.take(2000, 4).is_none(), "much too large");
        assert_eq!(pool.take(4000, 4), Some(vec![7; 4096]));
        assert_eq!((pool.idle, pool.held, pool.most), (0, 14288, 14288));
        assert!(pool.give(vec![7; 4096]).is_empty());
        assert!(pool.give(vec![0; 8192]).is_empty());
        assert!(pool.give(vec![0; 2000]).is_empty());
        assert!(pool.take(1000, 1).is_none());
        assert!(pool.give(vec![1; 1000]).is_empty());
        assert!(pool.take(1200, 1).is_none());
        let surplus = pool.give(vec![1; 1200]);
        assert_eq!(surplus, [vec![7; 4096]], "the one that was idle for longest");
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
