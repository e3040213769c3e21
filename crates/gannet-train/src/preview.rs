//! What a discriminator will see, before anything is trained.

use burn::tensor::{Device, Tensor};
use gannet_data::{ImageSpec, Loader};

use crate::TrainError;
use crate::feed::open_source;
use crate::grid::ImageGrid;
use crate::recipe::Recipe;
use crate::tasks::augment::Augment;
use crate::tasks::{Moment, grid, image_spec, images};

/// Images of a row.
const COLUMNS: usize = 8;
/// Rows of changed images below the first.
const ROWS: usize = 7;
/// A probability that is to be seen, where the recipe's starts at 0.
const VISIBLE: f64 = 0.5;

/// Some training images, and below each what `recipe` makes of it, seven times; and the probability that is shown. None where
/// the recipe does nothing to images.
///
/// # Errors
/// The images cannot be read.
pub fn augmented(recipe: &Recipe, device: &Device) -> Result<Option<(ImageGrid, f64)>, TrainError> {
    let augment = Augment::new(recipe);
    if !augment.acts() {
        return Ok(None);
    }
    let spec = ImageSpec { flip: false, shift: 0, ..image_spec(&recipe.data) };
    let mut loader = Loader::new(open_source(recipe)?, spec, COLUMNS, recipe.seed, 0).strict(recipe.data.strict);
    let row = images(&loader.next()?, device);
    let p = if augment.p(1) > 0.0 { augment.p(1) } else { VISIBLE };
    let augment = augment.fixed(p);
    let changed = (0..ROWS as u64).map(|batch| augment.apply(row.clone(), "preview", Moment { step: 1, batch }));
    let rows = std::iter::once(row.clone()).chain(changed).collect();
    let picture = ImageGrid { columns: COLUMNS, rows: 1 + ROWS, ..grid(Tensor::cat(rows, 0)) };
    Ok(Some((picture, p)))
}
