//! Halves of pictures that are two images side by side.

use clap::ValueEnum;
use gannet_data::ImageBuffer;
use image::DynamicImage;

/// A half of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Half {
    Left,
    Right,
}

/// A half of a picture, or all of it where none is asked for.
pub fn crop_half(image: DynamicImage, half: Option<Half>) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    match half {
        None => image,
        Some(Half::Left) => image.crop_imm(0, 0, (width / 2).max(1), height),
        Some(Half::Right) => image.crop_imm(width / 2, 0, (width / 2).max(1), height),
    }
}

/// A half of a picture as [`crop_half`] cuts it, at its own depth.
pub fn half_of_buffer(picture: ImageBuffer, half: Option<Half>) -> ImageBuffer {
    let width = picture.width;
    match half {
        None => picture,
        Some(Half::Left) => picture.columns(0, (width / 2).max(1)),
        Some(Half::Right) => picture.columns(width / 2, (width / 2).max(1)),
    }
}
