//! What augmentation does to training images, before anything is trained.

use burn::tensor::{Device, Tensor};
use gannet_apply::image_grid::{ImageGrid, square_grid};
use gannet_data::{ImageSpec, Loader};
use gannet_recipe::Recipe;

use crate::data_feed::open_source;
use crate::error::TrainError;
use crate::objective::{Augmentation, StepIndex};
use crate::tasks::batch::images;

/// Images in a row.
const COLUMNS: usize = 8;
/// Rows of augmented images below the first row.
const ROWS: usize = 7;
/// The probability that is displayed where the recipe's starts at 0.
const VISIBLE_P: f64 = 0.5;

/// A row of training images, seven rows of their augmented versions, and the probability that is displayed. None where the
/// recipe has no augmentation.
///
/// # Errors
/// The images cannot be read.
pub fn augmented(recipe: &Recipe, device: &Device) -> Result<Option<(ImageGrid, f64)>, TrainError> {
    let augmentation = Augmentation::new(recipe);
    if !augmentation.is_active() {
        return Ok(None);
    }
    let spec = ImageSpec { flip: false, shift: 0, ..recipe.image_spec() };
    let mut loader = Loader::new(open_source(recipe)?, spec, COLUMNS, recipe.seed, 0).strict(recipe.data.strict);
    let row = images(&loader.next()?, device);
    let p = if augmentation.p(1) > 0.0 { augmentation.p(1) } else { VISIBLE_P };
    let augmentation = augmentation.with_fixed_p(p);
    let augmented =
        (0..ROWS as u64).map(|batch| augmentation.apply(row.clone(), "preview", StepIndex { step: 1, batch }));
    let rows = std::iter::once(row.clone()).chain(augmented).collect();
    let grid = ImageGrid { columns: COLUMNS, rows: 1 + ROWS, ..square_grid(Tensor::cat(rows, 0)) };
    Ok(Some((grid, p)))
}
