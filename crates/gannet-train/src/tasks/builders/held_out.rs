//! The images of a task: those to train on, and those that are not trained on.

use std::sync::Arc;

use gannet_data::{Batch, ImageSpec, Loader, Source};
use gannet_recipe::Recipe;

use crate::error::TrainError;

/// Held-out images that measure a classifier or an autoencoder, at most.
pub const HELD_OUT: usize = 5000;
/// Images of a preview, for each of its columns.
const PREVIEWED: usize = 8;

/// The image sets of a task.
pub struct TaskImages {
    /// The images to train on.
    pub source: Arc<dyn Source>,
    /// Images that are not trained on, where there are some.
    pub held_out: Option<Arc<dyn Source>>,
}

impl TaskImages {
    /// Batches of `batch` held-out images, about `most` images in all; none where no image is held out.
    pub fn held_out(&self, recipe: &Recipe, batch: usize, most: usize) -> Result<Vec<Batch>, TrainError> {
        match &self.held_out {
            Some(source) => batches(recipe, source.clone(), batch, most),
            None => Ok(Vec::new()),
        }
    }

    /// The images that previews display: held-out ones where there are some.
    pub fn preview(&self, recipe: &Recipe) -> Result<Vec<Batch>, TrainError> {
        let source = self.held_out.as_ref().unwrap_or(&self.source);
        batches(recipe, source.clone(), PREVIEWED, PREVIEWED)
    }

    /// The training images that previews display.
    pub fn training_preview(&self, recipe: &Recipe) -> Result<Vec<Batch>, TrainError> {
        batches(recipe, self.source.clone(), PREVIEWED, PREVIEWED)
    }
}

/// About `most` images as the recipe transforms them, but without random transformations. All batches are full: the last one
/// would otherwise continue with the first images.
fn batches(recipe: &Recipe, source: Arc<dyn Source>, batch: usize, most: usize) -> Result<Vec<Batch>, TrainError> {
    let spec = ImageSpec { flip: false, shift: 0, ..recipe.batch_spec() };
    let count = (most.min(source.len()) / batch).max(1);
    let mut loader = Loader::new(source, spec, batch, 0, 0);
    (0..count).map(|_| Ok(loader.next()?)).collect()
}
