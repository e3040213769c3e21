//! Whole batches, an image per thread. Each image has a random stream of its own, so the number of threads changes nothing.

use gannet_ops::random::Stream;
use rayon::prelude::*;

use super::order::degrade;
use super::planes::SquarePlanes;
use super::sharpen::sharpened;
use crate::Batch;

/// The images of a batch, each [degraded](degrade) to `side × side` pixels: values `[n, channels, side, side]` in `[-1, 1]`, of
/// 8 bits. `stream(index)` is the random stream of an image.
pub fn degraded_batch(batch: &Batch, side: usize, strength: f32, stream: &(dyn Fn(u64) -> Stream + Sync)) -> Vec<f32> {
    each(batch, &|at, image| degrade(image, side, strength, &mut stream(at)))
}

/// The images of a batch, each [sharpened]: values `[n, channels, size, size]` in `[-1, 1]`.
pub fn sharpened_batch(batch: &Batch) -> Vec<f32> {
    each(batch, &|_, image| sharpened(&image))
}

fn each(batch: &Batch, change: &(dyn Fn(u64, SquarePlanes) -> SquarePlanes + Sync)) -> Vec<f32> {
    let images = batch.images.par_chunks_exact(batch.channels * batch.size * batch.size).enumerate();
    let changed: Vec<Vec<f32>> = images
        .map(|(at, image)| {
            let values = image.iter().map(|value| value * 0.5 + 0.5).collect();
            change(at as u64, SquarePlanes { values, side: batch.size }).values
        })
        .collect();
    changed.into_iter().flatten().map(|value| value * 2.0 - 1.0).collect()
}
