//! Pictures as files.

use std::path::Path;

use gannet_data::{ImageBuffer, Pixels};
use image::DynamicImage;
use image::codecs::png::PngEncoder;

use crate::failure::Failure;
use crate::files::{create_folder, write};

/// The picture of these pixels.
pub fn from_pixels(pixels: Pixels) -> Result<DynamicImage, Failure> {
    pixels.into_image().ok_or_else(|| "a picture has fewer values than pixels".into())
}

/// The picture in a buffer.
pub fn from_buffer(buffer: ImageBuffer) -> Result<DynamicImage, Failure> {
    buffer.into_image().ok_or_else(|| "a picture has fewer values than pixels".into())
}

/// Writes a picture as .png; its folder is created.
pub fn save(picture: &DynamicImage, path: &Path) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let mut png = Vec::new();
    // Not `write_to`, which brings the encoders of all formats into the program.
    picture.write_with_encoder(PngEncoder::new(&mut png))?;
    write(path, &png)
}
