//! An image as its file stores it: own colors and depth, metadata, and what reading left out.

use std::sync::Arc;

use image::{DynamicImage, GenericImageView};

use crate::color_space::ColorSpace;
use crate::image_buffer::ImageBuffer;
use crate::inspected::Inspected;
use crate::notes::{Note, NoteKind};

/// A decoded image in its file's own color space, with its metadata. The orientation has been applied.
pub struct StoredImage {
    /// its name in messages
    pub(crate) name: String,
    /// the values in the image's own color space
    pub(crate) image: DynamicImage,
    /// the stored mode: `RGB8`, `L16`, `palette`, …
    pub(crate) mode: String,
    /// what reading left out
    pub(crate) notes: Vec<Note>,
    /// the color space; `None` for sRGB
    pub(crate) space: Option<Arc<ColorSpace>>,
    /// the EXIF data, whose orientation is 1
    pub(crate) exif: Option<Arc<[u8]>>,
    /// whether the orientation turned it
    pub(crate) turned: bool,
}

impl StoredImage {
    /// Width and height in pixels.
    pub fn dimensions(&self) -> (u32, u32) {
        self.image.dimensions()
    }

    /// What reading left out.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The image in sRGB, as networks and metrics take it. Colors outside sRGB's gamut are clipped.
    pub fn into_srgb(self) -> Inspected {
        let Self { name, mut image, mode, mut notes, space, turned, .. } = self;
        if let Some(space) = space {
            image = clipped_to_srgb(image, &space);
            notes.push(Note { name, kind: NoteKind::Converted, text: "is converted to sRGB".to_owned() });
        }
        Inspected { image, mode, notes, turned }
    }

    /// The image at its own depth, with its transparency, color space and metadata, for commands that write it again.
    pub fn into_buffer(self) -> ImageBuffer {
        ImageBuffer::with_metadata(self.image, self.space, self.exif)
    }
}

/// An image with its colors converted to sRGB, at its depth; floating-point values become 16 bits.
fn clipped_to_srgb(mut image: DynamicImage, space: &ColorSpace) -> DynamicImage {
    use DynamicImage as D;
    image = match image {
        D::ImageRgb32F(_) => D::ImageRgb16(image.into_rgb16()),
        D::ImageRgba32F(_) => D::ImageRgba16(image.into_rgba16()),
        other => other,
    };
    match &mut image {
        D::ImageLuma8(image) => space.clip_to_srgb(image.as_mut(), 1),
        D::ImageLumaA8(image) => space.clip_to_srgb(image.as_mut(), 2),
        D::ImageRgb8(image) => space.clip_to_srgb(image.as_mut(), 3),
        D::ImageRgba8(image) => space.clip_to_srgb(image.as_mut(), 4),
        D::ImageLuma16(image) => space.clip_to_srgb::<u16>(image.as_mut(), 1),
        D::ImageLumaA16(image) => space.clip_to_srgb::<u16>(image.as_mut(), 2),
        D::ImageRgb16(image) => space.clip_to_srgb::<u16>(image.as_mut(), 3),
        D::ImageRgba16(image) => space.clip_to_srgb::<u16>(image.as_mut(), 4),
        // No file has other modes.
        _ => {}
    }
    image
}
