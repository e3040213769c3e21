//! The ways in which image files become pixels.

/// How image files become pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decoding {
    /// As [`decode`](crate::decode()) reads them: turned by their EXIF orientation, colors in sRGB, depth and transparency kept.
    #[default]
    Faithful,
    /// As `Image.open(file).convert("RGB")` of Pillow 13 reads them: RGB of 8 bits, neither turned nor converted to sRGB.
    /// Transparency is dropped, so that hidden colors show. Gray of 16 bits is clipped to 255; of color of 16 bits the upper 8
    /// are taken.
    Pillow,
}
