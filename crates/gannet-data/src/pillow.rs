//! Image files as Pillow reads them, for numbers that are compared with those of other programs.

use image::{DynamicImage, ImageBuffer, RgbImage};

use crate::decode;
use crate::notes::{Note, NoteKind};
use crate::stored_image::StoredImage;
use crate::{DataError, Inspected};

/// The first bytes of a JPEG.
const JPEG: [u8; 2] = [0xff, 0xd8];

/// Decodes an image file as [`Decoding::Pillow`](crate::Decoding::Pillow) says; `name` is the image's in messages.
///
/// # Errors
/// Those of [`decode`](crate::decode()), and floating-point values, which Pillow does not read as colors.
pub(crate) fn inspect(name: &str, bytes: &[u8]) -> Result<Inspected, DataError> {
    let mut stored = decode::stored_as(name, bytes, false, decode::MAX_PIXELS)?;
    if bytes.starts_with(&JPEG) {
        let text = "is a JPEG, which Pillow decodes to slightly other values, so that numbers differ; save it as PNG for equal ones";
        stored.notes.push(Note { name: name.to_owned(), kind: NoteKind::Decoder, text: text.to_owned() });
    }
    as_rgb(stored)
}

/// An image that was not turned, as Pillow's RGB.
fn as_rgb(stored: StoredImage) -> Result<Inspected, DataError> {
    use DynamicImage as D;
    let StoredImage { name, image, mode, mut notes, .. } = stored;
    let (width, height) = (image.width(), image.height());
    let upper = |values: &[u16]| values.iter().map(|value| (value >> 8) as u8).collect::<Vec<_>>();
    let rgb: Option<RgbImage> = match image {
        D::ImageLuma16(gray) => {
            if gray.iter().any(|value| *value > 255) {
                let text =
                    "has gray of 16 bits, whose values above 255 become white, as Pillow's convert(\"RGB\") makes them";
                notes.push(Note { name: name.clone(), kind: NoteKind::Clipped, text: text.to_owned() });
            }
            let values = gray.iter().flat_map(|value| [(*value).min(255) as u8; 3]).collect();
            ImageBuffer::from_raw(width, height, values)
        }
        D::ImageLumaA16(image) => {
            let values = upper(&image).chunks_exact(2).flat_map(|pixel| [pixel[0]; 3]).collect();
            ImageBuffer::from_raw(width, height, values)
        }
        D::ImageRgb16(image) => ImageBuffer::from_raw(width, height, upper(&image)),
        D::ImageRgba16(image) => {
            let values = upper(&image).chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
            ImageBuffer::from_raw(width, height, values)
        }
        D::ImageRgb32F(_) | D::ImageRgba32F(_) => None,
        // These drop transparency and repeat gray.
        image => Some(image.into_rgb8()),
    };
    match rgb {
        Some(rgb) => Ok(Inspected { image: D::ImageRgb8(rgb), mode, notes, turned: false }),
        None => Err(DataError::broken(
            name,
            "has floating-point values, which Pillow does not read as colors; save it with 8 bits",
        )),
    }
}
