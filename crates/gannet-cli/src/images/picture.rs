//! Pictures as files.

use std::io::Write;
use std::path::Path;

use gannet_data::{ImageBuffer, Pixels};
use gannet_weights::AtomicFile;
use image::DynamicImage;
use png::{BitDepth, ColorType, Compression, Encoder, Filter, Info};

use crate::failure::Failure;
use crate::files::create_folder;

/// Bytes of a PNG's chunk of pixels.
const CHUNK: usize = 1 << 16;

/// What is wrong with a picture that has not a value for each pixel.
const TOO_FEW: &str = "a picture has fewer values than pixels";

/// Takes a band of whole rows, which is below those before.
pub type TakeBand<'a> = dyn FnMut(ImageBuffer) -> Result<(), Failure> + 'a;
/// Computes a picture in bands.
type Bands<'a> = dyn FnOnce(&mut TakeBand) -> Result<(), Failure> + 'a;

/// A picture to be written.
pub struct Picture<'a> {
    width: usize,
    height: usize,
    channels: usize,
    /// Whether its values have 16 bits.
    deep: bool,
    /// The ICC profile of its colors, unless they are sRGB.
    icc: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
    bands: Box<Bands<'a>>,
}

/// The picture of these pixels, in sRGB and without metadata.
pub fn from_pixels(pixels: Pixels) -> Result<Picture<'static>, Failure> {
    Ok(from_buffer(ImageBuffer::from_image(pixels.into_image().ok_or(TOO_FEW)?)))
}

/// The picture in a buffer, with its color profile and its EXIF data.
pub fn from_buffer(buffer: ImageBuffer) -> Picture<'static> {
    let (like, size) = (buffer.blank(0, 0), [buffer.width, buffer.height]);
    in_bands(&like, size, move |take| take(buffer))
}

/// A picture of `[width, height]` that `bands` computes while it is written, so that it is never in memory as a whole. Its channels, its
/// depth, its color profile and its EXIF data are those of `like`.
pub fn in_bands<'a>(
    like: &ImageBuffer,
    [width, height]: [usize; 2],
    bands: impl FnOnce(&mut TakeBand) -> Result<(), Failure> + 'a,
) -> Picture<'a> {
    let [icc, exif] = [like.icc(), like.exif()].map(|data| data.map(<[u8]>::to_vec));
    let (channels, deep) = (like.channels, like.is_deep());
    Picture { width, height, channels, deep, icc, exif, bands: Box::new(bands) }
}

/// Writes a picture as .png; its folder is created.
pub fn save(picture: Picture, path: &Path) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let failed = |error: &dyn std::fmt::Display| Failure::from(format!("cannot write {}: {error}", path.display()));
    let mut file = AtomicFile::create(path).map_err(|error| failed(&error))?;
    let encoder = Encoder::with_info(&mut file, head(&picture)?).map_err(|error| failed(&error))?;
    let mut writer = with_options(encoder).write_header().map_err(|error| failed(&error))?;
    let mut rows = writer.stream_writer_with_size(CHUNK).map_err(|error| failed(&error))?;
    (picture.bands)(&mut |band| {
        let image = band.into_image().ok_or(TOO_FEW)?;
        rows.write_all(&stored(image)).map_err(|error| failed(&error))
    })?;
    rows.finish().map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))?;
    file.commit().map_err(|error| failed(&error))
}

/// What a PNG says before its pixels.
fn head(picture: &Picture) -> Result<Info<'static>, Failure> {
    let side = |side: usize| u32::try_from(side).ok().filter(|side| *side < 1 << 31);
    let too_large = || format!("{}×{} is larger than a PNG can be", picture.width, picture.height);
    let (width, height) = side(picture.width).zip(side(picture.height)).ok_or_else(too_large)?;
    let mut info = Info::with_size(width, height);
    let colors = [ColorType::Grayscale, ColorType::GrayscaleAlpha, ColorType::Rgb, ColorType::Rgba];
    info.color_type = colors[picture.channels.clamp(1, 4) - 1];
    info.bit_depth = if picture.deep { BitDepth::Sixteen } else { BitDepth::Eight };
    info.icc_profile = picture.icc.clone().map(Into::into);
    info.exif_metadata = picture.exif.clone().map(Into::into);
    Ok(info)
}

/// With fast compression, as the larger part of the time would go into a slow one.
fn with_options<W: Write>(mut encoder: Encoder<W>) -> Encoder<W> {
    encoder.set_compression(Compression::Fast);
    encoder.set_filter(Filter::Adaptive);
    encoder
}

/// The pixels as a PNG stores them: values of 16 bits with the high byte first.
fn stored(image: DynamicImage) -> Vec<u8> {
    let deep = image.color().bytes_per_pixel() > image.color().channel_count();
    let mut bytes = image.into_bytes();
    if deep {
        let (values, _) = bytes.as_chunks_mut::<2>();
        values.iter_mut().for_each(|value| *value = u16::from_ne_bytes(*value).to_be_bytes());
    }
    bytes
}
