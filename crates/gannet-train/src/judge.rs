//! A judge that every run has: how far the generator's images are from real ones at a glance.
//!
//! Images are averaged to 8×8 cells and the Fréchet distance is taken between the cells' values of
//! 1,024 generated and 1,024 real images. It sees composition, brightness and lost modes, not
//! sharpness: enough to tell a collapsed checkpoint from a good one, and no substitute for the
//! distances of `gannet eval`.

use std::sync::Arc;

use burn::tensor::Device;
use gannet_data::{ImageSpec, Source, read_image};
use gannet_metrics::{Moments, frechet_distance};
use gannet_nn::Generator;
use gannet_ops::random::Streams;

use crate::latents::LatentSpace;

/// Cells along a side.
const CELLS: usize = 8;
/// Images on either side.
const IMAGES: usize = 1024;
/// Images generated at a time.
const BATCH: usize = 64;

/// Compares generated images with those of a source, which are read at the first question.
pub struct PixelJudge {
    source: Arc<dyn Source>,
    spec: ImageSpec,
    real: Option<Moments>,
}

impl PixelJudge {
    /// A judge by the images of `source` as training sees them, without flips.
    pub fn new(source: Arc<dyn Source>, spec: ImageSpec) -> Self {
        Self { source, spec, real: None }
    }

    /// Fréchet distance of the cells; `None` where there are too few images for one.
    pub fn distance<G: Generator>(
        &mut self,
        generator: &G,
        space: LatentSpace,
        streams: Streams,
        device: &Device,
    ) -> Option<f64> {
        let (source, spec) = (&self.source, &self.spec);
        let real = self.real.get_or_insert_with(|| real_moments(source.as_ref(), spec));
        let mut fake = Moments::new(real.dims());
        let latent = space.draw(streams, "judge", 0, IMAGES, device);
        for latent in latent.split(BATCH, 0) {
            let data = generator.generate(latent).into_data();
            let values: Vec<f32> = data.iter::<f32>().collect();
            fake.add(&cells(&values, self.spec.channels, self.spec.size));
        }
        frechet_distance(real, &fake).ok()
    }
}

/// Moments of images spread evenly over the source; unreadable ones are left out.
fn real_moments(source: &dyn Source, spec: &ImageSpec) -> Moments {
    let mut moments = Moments::new(spec.channels * CELLS * CELLS);
    let count = IMAGES.min(source.len());
    for index in (0..count).map(|i| i * source.len() / count) {
        if let Ok(image) = read_image(source, index) {
            moments.add(&cells(&spec.apply(&image, false), spec.channels, spec.size));
        }
    }
    moments
}

/// `images [n, c, s, s]` → means of cells `[n, c, 8, 8]`.
fn cells(images: &[f32], channels: usize, size: usize) -> Vec<f32> {
    let bound = |cell: usize| cell * size / CELLS;
    let mut cells = Vec::with_capacity(images.len() / (size * size) * CELLS * CELLS);
    for plane in images.chunks_exact(size * size) {
        for (row, column) in (0..CELLS).flat_map(|row| (0..CELLS).map(move |column| (row, column))) {
            let lines = bound(row)..bound(row + 1);
            let sum: f32 = lines.clone().flat_map(|y| &plane[y * size..][bound(column)..bound(column + 1)]).sum();
            cells.push(sum / (lines.len() * (bound(column + 1) - bound(column))) as f32);
        }
    }
    debug_assert_eq!(cells.len() % (channels * CELLS * CELLS), 0);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_means_whatever_the_size() {
        for size in [8, 28, 32] {
            let image: Vec<f32> = (0..size * size).map(|i| (i / size) as f32).collect();
            let cells = cells(&image, 1, size);
            assert_eq!(cells.len(), 64);
            let mean: f32 = (0..size / 8).map(|y| y as f32).sum::<f32>() / (size / 8) as f32;
            assert_eq!(cells[0], mean);
        }
    }
}
