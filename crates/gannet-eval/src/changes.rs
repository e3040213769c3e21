//! What reading did to images before they were measured; other programs do otherwise, so that the protocol says it.

use gannet_data::Inspected;
use image::DynamicImage;

use crate::pair::is_deep;

/// What reading did to one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// It has transparency, which is composited over white.
    pub transparent: bool,
    /// Its EXIF orientation turned it.
    pub turned: bool,
    /// It has more than 8 bits, to which it is rounded.
    pub deep: bool,
}

impl Changes {
    /// What reading did to an image that is measured at 8 bits.
    pub fn of(inspected: &Inspected) -> Self {
        let Inspected { image, turned, .. } = inspected;
        Self { transparent: is_transparent(image), turned: *turned, deep: is_deep(image) }
    }

    /// A phrase for each change, with the number of images that have it.
    pub fn phrases(all: &[Self]) -> Vec<String> {
        let count = |has: fn(&Self) -> bool| all.iter().filter(|changes| has(changes)).count();
        let counts = [
            (count(|changes| changes.transparent), "with transparency over white"),
            (count(|changes| changes.turned), "turned by EXIF"),
            (count(|changes| changes.deep), "of more than 8 bits rounded to 8"),
        ];
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, text)| format!("{count} {text}")).collect()
    }
}

/// Whether any pixel is not opaque.
fn is_transparent(image: &DynamicImage) -> bool {
    image.color().has_alpha() && image.to_luma_alpha16().pixels().any(|pixel| pixel.0[1] < u16::MAX)
}
