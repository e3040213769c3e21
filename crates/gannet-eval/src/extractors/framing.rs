//! How images are brought to the size that a network takes.

use gannet_data::Pixels;
use gannet_ops::resample::Filter;

use crate::digits::{DIGIT, DigitFrame};
use crate::pixels::{planes, resize_planes};
use crate::resize::ResizeKind;

/// How images are brought to the size that a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// The whole image is resized, whatever its aspect ratio.
    Whole(ResizeKind),
    /// The image is a digit of 28 pixels, which is resized or padded.
    Digit(DigitFrame),
}

impl Framing {
    /// The method in words, for the protocol.
    pub fn describe(self) -> String {
        match self {
            Self::Whole(resize) => resize.to_string(),
            Self::Digit(DigitFrame::Resize) => "28 pixels, then antialiased bilinear".to_owned(),
            Self::Digit(DigitFrame::Pad) => "28 pixels, then black around".to_owned(),
        }
    }

    /// An image as planes `[c, h, w]` in `[0, 255]`; `padded` says that the content of a larger image is in its middle.
    pub fn prepare(self, image: &Pixels, [c, h, w]: [usize; 3], padded: bool) -> Vec<f32> {
        let image = image.clone().convert(c);
        match self {
            Self::Whole(resize) => resize_planes(planes(&image), [image.height, image.width], [h, w], resize.filter()),
            Self::Digit(frame) => {
                let digit = if padded { center(image) } else { image };
                let size = [digit.height, digit.width];
                let digit = resize_planes(planes(&digit), size, [DIGIT; 2], Filter::Triangle);
                match frame {
                    DigitFrame::Resize => resize_planes(digit, [DIGIT; 2], [h, w], Filter::Triangle),
                    DigitFrame::Pad => pad(&digit, w),
                }
            }
        }
    }
}

/// The middle 28 pixels of a larger gray image.
fn center(image: Pixels) -> Pixels {
    let (top, left) = (image.height.saturating_sub(DIGIT) / 2, image.width.saturating_sub(DIGIT) / 2);
    let (height, width) = (image.height.min(DIGIT), image.width.min(DIGIT));
    let rows = image.data.chunks_exact(image.width).skip(top).take(height);
    let data = rows.flat_map(|row| &row[left..left + width]).copied().collect();
    Pixels { width, height, channels: 1, data }
}

/// A digit in the middle of a black square of `side` pixels.
fn pad(digit: &[f32], side: usize) -> Vec<f32> {
    let border = (side - DIGIT) / 2;
    let mut padded = vec![0.0; side * side];
    for (row, digit) in digit.chunks_exact(DIGIT).enumerate() {
        padded[(border + row) * side + border..][..DIGIT].copy_from_slice(digit);
    }
    padded
}
