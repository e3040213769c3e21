//! Decoding of image files, within limits that are checked before memory is allocated.
//!
//! The format is recognized by content, never by the file's name.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::inspected::mode_name;
use crate::{DataError, Inspected};

/// The most pixels an image may claim in its header (100 megapixels).
pub const MAX_PIXELS: u64 = 100_000_000;

/// The most bytes an image may take when decoded.
pub const MAX_DECODED: u64 = 1 << 30;

/// Whether a file that starts with these bytes is an image in a format that Gannet reads.
pub(crate) fn is_image(start: &[u8]) -> bool {
    image::guess_format(start).is_ok_and(supported)
}

fn supported(format: ImageFormat) -> bool {
    use ImageFormat::{Bmp, Jpeg, Png, Tiff, WebP};
    matches!(format, Png | Jpeg | WebP | Bmp | Tiff)
}

/// Decodes an image file and applies its EXIF orientation; `name` is the image's in messages.
///
/// # Errors
/// The bytes are no image of a format that Gannet reads, are damaged, or exceed [`MAX_PIXELS`] or [`MAX_DECODED`].
pub fn decode(name: &str, bytes: &[u8]) -> Result<DynamicImage, DataError> {
    Ok(inspect(name, bytes)?.image)
}

/// Decodes an image file as [`decode`] does, and says how it stores the image.
pub(crate) fn inspect(name: &str, bytes: &[u8]) -> Result<Inspected, DataError> {
    let format = format_of(name, bytes)?;
    let broken = |error: image::ImageError| DataError::broken(name, format!("cannot be decoded: {error}"));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    // Decoders count the image itself and their working memory together.
    limits.max_alloc = Some(2 * MAX_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    check_size(name, &decoder)?;
    let mode = stored_mode(&decoder, format, bytes);
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    if format == ImageFormat::Jpeg && !jpeg_is_complete(bytes) {
        return Err(DataError::broken(name, "the JPEG is cut short: it has no end marker"));
    }
    let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if !is_finite(&image) {
        return Err(DataError::broken(name, "some of its values are NaN or infinite; save it again without them"));
    }
    image.apply_orientation(orientation);
    Ok(Inspected { image, mode })
}

/// Whether all values are finite; only floating-point formats can hold others.
fn is_finite(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgb32F(image) => image.as_raw().iter().all(|value| value.is_finite()),
        DynamicImage::ImageRgba32F(image) => image.as_raw().iter().all(|value| value.is_finite()),
        _ => true,
    }
}

fn format_of(name: &str, bytes: &[u8]) -> Result<ImageFormat, DataError> {
    if bytes.is_empty() {
        return Err(DataError::broken(name, "the file is empty"));
    }
    match image::guess_format(bytes) {
        Ok(format) if supported(format) => Ok(format),
        Ok(format) => {
            let reason = format!("{format:?} images are not supported; convert it to PNG, JPEG, WebP, BMP or TIFF");
            Err(DataError::broken(name, reason))
        }
        Err(_) => Err(DataError::broken(name, "not a PNG, JPEG, WebP, BMP or TIFF image, whatever its name says")),
    }
}

fn check_size(name: &str, decoder: &impl ImageDecoder) -> Result<(), DataError> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(DataError::broken(name, format!("its header says {width}×{height} pixels")));
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        let (found, limit) = (pixels / 1_000_000, MAX_PIXELS / 1_000_000);
        let reason =
            format!("{width}×{height} is {found} megapixels, the limit is {limit}; scale it down or remove it");
        return Err(DataError::too_large(name, reason));
    }
    let bytes = decoder.total_bytes();
    if bytes > MAX_DECODED {
        let reason = format!("takes {} MiB when decoded, the limit is {} MiB", bytes >> 20, MAX_DECODED >> 20);
        return Err(DataError::too_large(name, reason));
    }
    Ok(())
}

fn stored_mode(decoder: &impl ImageDecoder, format: ImageFormat, bytes: &[u8]) -> String {
    // The decoder expands palettes silently; PNG's header says so in its tenth byte (after signature, length, name).
    if format == ImageFormat::Png && bytes.get(25) == Some(&3) {
        return "palette".to_owned();
    }
    mode_name(decoder.original_color_type())
}

/// Whether a JPEG's scans are followed by its end marker.
///
/// The decoder fills missing parts with gray and reports success. The search walks from marker to marker, because
/// thumbnails before the image and films after it, which phones append, have markers of their own.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    let mut at = 2; // after the start marker
    while let Some(&[mark, kind]) = bytes.get(at..at + 2) {
        match (mark, kind) {
            (0xFF, 0xD9) => return true,
            (0xFF, 0xFF) => at += 1,                      // padding
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => at += 2, // stuffing and restarts inside a scan
            (0xFF, _) => match bytes.get(at + 2..at + 4) {
                Some(&[high, low]) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
            _ => at += 1, // a scan's data
        }
    }
    false
}
