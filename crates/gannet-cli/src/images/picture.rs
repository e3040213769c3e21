//! Pictures as files.

use std::path::Path;

use gannet_data::{ImageBuffer, Pixels};
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder};

use crate::failure::Failure;
use crate::files::{create_folder, write};

/// A picture to be written.
pub struct Picture {
    image: DynamicImage,
    /// The ICC profile of its colors, unless they are sRGB.
    icc: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
}

/// The picture of these pixels, in sRGB and without metadata.
pub fn from_pixels(pixels: Pixels) -> Result<Picture, Failure> {
    let image = pixels.into_image().ok_or("a picture has fewer values than pixels")?;
    Ok(Picture { image, icc: None, exif: None })
}

/// The picture in a buffer, with its color profile and its EXIF data.
pub fn from_buffer(buffer: ImageBuffer) -> Result<Picture, Failure> {
    let [icc, exif] = [buffer.icc(), buffer.exif()].map(|data| data.map(<[u8]>::to_vec));
    let image = buffer.into_image().ok_or("a picture has fewer values than pixels")?;
    Ok(Picture { image, icc, exif })
}

/// Writes a picture as .png; its folder is created.
pub fn save(picture: Picture, path: &Path) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let Picture { image, icc, exif } = picture;
    let mut png = Vec::new();
    let mut encoder = PngEncoder::new(&mut png);
    let unsupported = |error: image::error::UnsupportedError| Failure::from(error.to_string());
    icc.map_or(Ok(()), |icc| encoder.set_icc_profile(icc)).map_err(unsupported)?;
    exif.map_or(Ok(()), |exif| encoder.set_exif_metadata(exif)).map_err(unsupported)?;
    // Not `write_to`, which brings the encoders of all formats into the program.
    image.write_with_encoder(encoder)?;
    write(path, &png)
}
