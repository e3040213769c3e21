//! The score by which a GAN's best checkpoint is kept.
//!
//! Images are averaged to 8 × 8 cells, and the score is the Fréchet distance between the cells of 1,024 generated and 1,024
//! real images. It sees composition, brightness and lost modes, but no sharpness: enough to tell a collapsed checkpoint from
//! a good one, and no substitute for the metrics of `gannet eval`.

use std::sync::Arc;

use burn::tensor::Device;
use gannet_apply::latents::LatentSpace;
use gannet_data::{ImageSpec, Source, read_image};
use gannet_metrics::{Moments, frechet_distance};
use gannet_nn::Generator;
use gannet_ops::random::Streams;

use crate::thumbnails::{SIDE, cell_means};

/// Number of generated and of real images.
const IMAGES: usize = 1024;
/// Images generated at a time.
const BATCH: usize = 64;

/// The Fréchet distance of cell means between generated images and those of a source, which are read once.
pub struct PixelScore {
    source: Arc<dyn Source>,
    spec: ImageSpec,
    real: Option<Moments>,
}

impl PixelScore {
    /// The score by the images of `source` as training sees them, without flips.
    pub fn new(source: Arc<dyn Source>, spec: ImageSpec) -> Self {
        Self { source, spec, real: None }
    }

    /// The distance; `None` where there are too few images.
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
            fake.add(&cell_means(&values, [self.spec.size; 2]));
        }
        frechet_distance(real, &fake).ok()
    }
}

/// The moments of images spread evenly over the source. Unreadable images are left out.
fn real_moments(source: &dyn Source, spec: &ImageSpec) -> Moments {
    let mut moments = Moments::new(spec.channels * SIDE * SIDE);
    let count = IMAGES.min(source.len());
    for index in (0..count).map(|i| i * source.len() / count) {
        if let Ok(image) = read_image(source, index) {
            moments.add(&cell_means(&spec.apply(&image, false), [spec.size; 2]));
        }
    }
    moments
}
