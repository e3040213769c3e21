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

use crate::cells::{CELLS, cells};
use crate::latents::LatentSpace;

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
            fake.add(&cells(&values, [self.spec.size; 2]));
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
            moments.add(&cells(&spec.apply(&image, false), [spec.size; 2]));
        }
    }
    moments
}
