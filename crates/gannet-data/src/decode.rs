//! Decoding of image files, within limits that are checked before memory is allocated.
//!
//! The format is recognized by content, never by the file's name.

use std::io::Cursor;
use std::sync::Arc;

use gannet_formats::jpeg_header;
use gannet_formats::png_header::PngHeader;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::alpha::divide_by_alpha;
use crate::color_space::ColorSpace;
use crate::inspected::mode_name;
use crate::notes::{Note, NoteKind};
use crate::source::guarded;
use crate::stored_image::StoredImage;
use crate::tiff_header::TiffHeader;
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

/// Decodes an image file, converts its colors to sRGB and applies its EXIF orientation; `name` is the image's in messages.
///
/// # Errors
/// The bytes are no image of a format that Gannet reads, are damaged, or exceed [`MAX_PIXELS`] or [`MAX_DECODED`].
pub fn decode(name: &str, bytes: &[u8]) -> Result<DynamicImage, DataError> {
    Ok(inspect(name, bytes)?.image)
}

/// Decodes an image file as [`decode`] does, and says how it stores the image.
pub(crate) fn inspect(name: &str, bytes: &[u8]) -> Result<Inspected, DataError> {
    Ok(stored(name, bytes)?.into_srgb())
}

/// Decodes an image file as [`decode`] does, but keeps its color space and its metadata. A panic of the decoder becomes an error.
pub(crate) fn stored(name: &str, bytes: &[u8]) -> Result<StoredImage, DataError> {
    stored_as(name, bytes, true, MAX_PIXELS)
}

/// Decodes an image file as [`stored`] does; the image is `turned` by its EXIF orientation or stays as the file has it, and may have
/// `most` pixels.
pub(crate) fn stored_as(name: &str, bytes: &[u8], turned: bool, most: u64) -> Result<StoredImage, DataError> {
    guarded(|| name.to_owned(), || stored_unguarded(name, bytes, turned, most))
}

fn stored_unguarded(name: &str, bytes: &[u8], turned: bool, most: u64) -> Result<StoredImage, DataError> {
    let format = format_of(name, bytes)?;
    let header = Header::read(format, bytes);
    let broken = |error: image::ImageError| DataError::broken(name, header.failure(&error));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    // Decoders count the image itself and their working memory together.
    limits.max_alloc = Some(2 * MAX_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    check_size(name, &decoder, most)?;
    if format == ImageFormat::Jpeg {
        check_jpeg(name, bytes, &header.sampling)?;
    }
    let color = header.stored_color(&decoder);
    let Metadata { orientation, exif, icc } = metadata(&mut decoder, format, &header, bytes);
    let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let mut notes = header.notes(color);
    notes.extend(check_range(name, &image)?);
    if header.tiff.associated_alpha {
        divide_by_alpha(&mut image);
    }
    let colors = if image.color().has_color() { 3 } else { 1 };
    let space = if is_cmyk(color) { Ok(None) } else { header.color_space(icc, colors) };
    let space = space.unwrap_or_else(|reason| {
        notes.push((
            NoteKind::Profile,
            format!("has a color profile that is not used, since {reason}: it is taken for sRGB"),
        ));
        None
    });
    let turned = turned && orientation != Orientation::NoTransforms;
    if turned {
        image.apply_orientation(orientation);
    }
    let mode = if header.png.palette { "palette".to_owned() } else { mode_name(color) };
    let notes = notes.into_iter().map(|(kind, text)| Note { name: name.to_owned(), kind, text }).collect();
    Ok(StoredImage { name: name.to_owned(), image, mode, notes, space: space.map(Arc::new), exif, turned })
}

/// What a file holds beside its pixels.
struct Metadata {
    orientation: Orientation,
    /// EXIF data without the orientation
    exif: Option<Arc<[u8]>>,
    /// the color profile
    icc: Option<Vec<u8>>,
}

fn metadata(decoder: &mut impl ImageDecoder, format: ImageFormat, header: &Header, bytes: &[u8]) -> Metadata {
    // The decoder of JPEG reads all headers anew for each answer, which would be a third of the time of a small image.
    if format == ImageFormat::Jpeg && !jpeg_header::has_metadata(bytes) {
        return Metadata { orientation: Orientation::NoTransforms, exif: None, icc: None };
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let exif = decoder.exif_metadata().ok().flatten().map(|mut exif| {
        // The orientation is applied to the image.
        let _ = Orientation::remove_from_exif_chunk(&mut exif);
        Arc::from(exif)
    });
    let icc = if format == ImageFormat::Tiff { header.tiff.icc.clone() } else { decoder.icc_profile().ok().flatten() };
    Metadata { orientation, exif, icc }
}

/// What a file says about its image that the decoder does not tell.
#[derive(Default)]
struct Header {
    png: PngHeader,
    tiff: TiffHeader,
    /// the sampling factors of a JPEG's channels
    sampling: Vec<[u8; 2]>,
    /// frames or pages
    frames: usize,
}

impl Header {
    fn read(format: ImageFormat, bytes: &[u8]) -> Self {
        match format {
            ImageFormat::Png => {
                let png = PngHeader::read(bytes);
                Self { frames: png.frames, png, ..Self::default() }
            }
            ImageFormat::Tiff => {
                let tiff = TiffHeader::read(bytes);
                Self { frames: tiff.pages, tiff, ..Self::default() }
            }
            ImageFormat::WebP => {
                let decoder = image_webp::WebPDecoder::new(Cursor::new(bytes));
                Self { frames: decoder.map_or(0, |decoder| decoder.num_frames() as usize), ..Self::default() }
            }
            ImageFormat::Jpeg => Self { sampling: jpeg_header::sampling(bytes), ..Self::default() },
            _ => Self::default(),
        }
    }

    /// How the file stores its colors; the decoder gives CMYK as RGB.
    fn stored_color(&self, decoder: &impl ImageDecoder) -> ExtendedColorType {
        if self.sampling.len() == 4 { ExtendedColorType::Cmyk8 } else { decoder.original_color_type() }
    }

    /// What reading leaves out.
    fn notes(&self, color: ExtendedColorType) -> Vec<(NoteKind, String)> {
        let mut notes = Vec::new();
        if self.frames > 1 {
            let what = if self.tiff.pages > 1 { "pages" } else { "frames" };
            notes.push((NoteKind::Frames, format!("has {} {what}; only the first is used", self.frames)));
        }
        if is_cmyk(color) {
            let text = "is CMYK, which becomes RGB by a formula without its profile; save it as RGB for exact colors";
            notes.push((NoteKind::Cmyk, text.to_owned()));
        }
        notes
    }

    /// The color space of the image: of its ICC profile, or of what a PNG says in its place; `None` for sRGB.
    fn color_space(&self, icc: Option<Vec<u8>>, colors: usize) -> Result<Option<ColorSpace>, String> {
        match icc {
            Some(icc) if self.png.colors.cicp.is_none() => ColorSpace::from_icc(icc, colors),
            None if self.png.profile && self.png.colors.cicp.is_none() => Err("it is damaged".to_owned()),
            _ => ColorSpace::from_png(&self.png.colors, colors),
        }
    }

    /// Why an image cannot be decoded.
    fn failure(&self, error: &image::ImageError) -> String {
        match error {
            image::ImageError::Unsupported(_) if !self.tiff.colors.is_empty() => {
                format!("a TIFF of {} is not supported; save it as gray or RGB with 8 or 16 bits", self.tiff.colors)
            }
            _ => format!("cannot be decoded: {error}"),
        }
    }
}

fn is_cmyk(color: ExtendedColorType) -> bool {
    matches!(color, ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16)
}

fn check_jpeg(name: &str, bytes: &[u8], sampling: &[[u8; 2]]) -> Result<(), DataError> {
    if !jpeg_header::is_complete(bytes) {
        return Err(DataError::broken(name, "the JPEG is cut short: it has no end marker"));
    }
    if !jpeg_header::is_usual(sampling) {
        let factors: Vec<String> = sampling.iter().map(|[x, y]| format!("{x}×{y}")).collect();
        let factors = factors.join(", ");
        let reason = format!(
            "the JPEG samples its channels by {factors}, and the first is not the finest, which is not supported; save it \
             again with the usual sampling, or as PNG"
        );
        return Err(DataError::broken(name, reason));
    }
    Ok(())
}

/// Refuses values that are not finite, and notes those outside `[0, 1]`; only floating-point formats can hold either.
fn check_range(name: &str, image: &DynamicImage) -> Result<Option<(NoteKind, String)>, DataError> {
    let values = match image {
        DynamicImage::ImageRgb32F(image) => image.as_raw(),
        DynamicImage::ImageRgba32F(image) => image.as_raw(),
        _ => return Ok(None),
    };
    if !values.iter().all(|value| value.is_finite()) {
        return Err(DataError::broken(name, "some of its values are NaN or infinite; save it again without them"));
    }
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let text = || format!("has values from {least} to {most}; those outside 0 to 1 are clipped");
    Ok((least < 0.0 || most > 1.0).then(|| (NoteKind::Clipped, text())))
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

fn check_size(name: &str, decoder: &impl ImageDecoder, most: u64) -> Result<(), DataError> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(DataError::broken(name, format!("its header says {width}×{height} pixels")));
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > most {
        let (found, limit) = (pixels / 1_000_000, most / 1_000_000);
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
