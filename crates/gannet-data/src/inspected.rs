//! A decoded image together with the mode in which its file stores it.

use image::{DynamicImage, ExtendedColorType};

use crate::notes::Note;

/// An image and how its file stores it.
pub struct Inspected {
    /// the decoded image, in sRGB
    pub image: DynamicImage,
    /// the stored mode: `RGB8`, `L16`, `palette`, …
    pub mode: String,
    /// what reading left out or changed
    pub notes: Vec<Note>,
    /// whether its EXIF orientation turned it
    pub turned: bool,
}

impl Inspected {
    /// An image whose stored mode is its decoded one.
    pub(crate) fn plain(image: DynamicImage) -> Self {
        let mode = mode_name(image.color().into());
        Self { image, mode, notes: Vec::new(), turned: false }
    }

    /// The image with the notes of those that it was made of.
    pub(crate) fn noted(self, notes: Vec<Note>) -> Self {
        Self { notes, ..self }
    }
}

/// The name of a mode: `RGB8`, `L16`, …
pub(crate) fn mode_name(color: ExtendedColorType) -> String {
    use ExtendedColorType as C;
    match color {
        C::La8 => "LA8".to_owned(),
        C::La16 => "LA16".to_owned(),
        C::Unknown(bits) => format!("{bits} bits per pixel"),
        other => format!("{other:?}").to_uppercase(),
    }
}
