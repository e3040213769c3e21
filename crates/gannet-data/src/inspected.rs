//! A decoded image together with the mode in which its file stores it.

use image::{DynamicImage, ExtendedColorType};

/// An image and how its file stores it.
pub struct Inspected {
    /// the decoded image
    pub image: DynamicImage,
    /// the stored mode: `RGB8`, `L16`, `palette`, …
    pub mode: String,
}

impl Inspected {
    /// An image whose stored mode is its decoded one.
    pub(crate) fn plain(image: DynamicImage) -> Self {
        let mode = mode_name(image.color().into());
        Self { image, mode }
    }
}

/// The name of a mode: `RGB8`, `L16`, …
pub(crate) fn mode_name(color: ExtendedColorType) -> String {
    use ExtendedColorType as C;
    match color {
        C::La8 => "LA8".to_owned(),
        C::La16 => "LA16".to_owned(),
        other => format!("{other:?}").to_uppercase(),
    }
}
