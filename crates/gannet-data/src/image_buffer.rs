//! Images at the full depth of their file, with their transparency, color space and metadata, as commands that read, change and
//! write them need it.

use std::sync::Arc;

use image::{ColorType, DynamicImage};

use crate::color_space::ColorSpace;
use crate::depth::Depth;

/// An image of 8 or 16 bits per value, channels interleaved.
///
/// Its values are sRGB. Those of an image in another color space are converted, not clipped, and converted back by
/// [`ImageBuffer::into_image`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageBuffer {
    /// pixels in a row
    pub width: usize,
    /// rows
    pub height: usize,
    /// 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA
    pub channels: usize,
    values: Values,
    exif: Option<Arc<[u8]>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
    /// sRGB, also beyond `[0, 1]`, of an image that is stored in another color space
    Converted {
        srgb: Vec<f32>,
        space: Arc<ColorSpace>,
        sixteen: bool,
    },
}

// A converted value is never NaN.
impl Eq for Values {}

impl Values {
    fn of(image: DynamicImage) -> Self {
        let channels = image.color().channel_count();
        match image.color() {
            ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => Self::Eight(image.into_bytes()),
            ColorType::L16 => Self::Sixteen(image.into_luma16().into_raw()),
            ColorType::La16 => Self::Sixteen(image.into_luma_alpha16().into_raw()),
            _ if channels == 4 => Self::Sixteen(image.into_rgba16().into_raw()),
            _ => Self::Sixteen(image.into_rgb16().into_raw()),
        }
    }

    /// Values of 0 at the same depth.
    fn zeros(sixteen: bool, count: usize) -> Self {
        if sixteen { Self::Sixteen(vec![0; count]) } else { Self::Eight(vec![0; count]) }
    }
}

impl ImageBuffer {
    /// Takes over a decoded image in sRGB; floating-point values become 16 bits.
    pub fn from_image(image: DynamicImage) -> Self {
        Self::with_metadata(image, None, None)
    }

    /// Takes over a decoded image in a color space, sRGB where there is none, with its EXIF data.
    pub(crate) fn with_metadata(image: DynamicImage, space: Option<Arc<ColorSpace>>, exif: Option<Arc<[u8]>>) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let channels = usize::from(image.color().channel_count());
        let values = match (Values::of(image), space) {
            (Values::Eight(values), Some(space)) => {
                Values::Converted { srgb: space.to_srgb(&values, channels), space, sixteen: false }
            }
            (Values::Sixteen(values), Some(space)) => {
                Values::Converted { srgb: space.to_srgb(&values, channels), space, sixteen: true }
            }
            (values, _) => values,
        };
        Self { width, height, channels, values, exif }
    }

    /// A black image of another size with the channels, the depth, the color space and the metadata of this one.
    pub fn blank(&self, width: usize, height: usize) -> Self {
        self.blank_of([width, height], self.channels)
    }

    /// A black image of the size, the depth and the metadata of this one, with other channels. The color space is kept where the
    /// number of color channels stays.
    pub fn blank_with_channels(&self, channels: usize) -> Self {
        self.blank_of([self.width, self.height], channels)
    }

    fn blank_of(&self, [width, height]: [usize; 2], channels: usize) -> Self {
        let count = width * height * channels;
        let values = match &self.values {
            Values::Converted { space, sixteen, .. } if color_channels(channels) == self.color_channels() => {
                Values::Converted { srgb: vec![0.0; count], space: space.clone(), sixteen: *sixteen }
            }
            _ => Values::zeros(self.is_deep(), count),
        };
        Self { width, height, channels, values, exif: self.exif.clone() }
    }

    /// Repeats a gray channel as red, green and blue; keeps transparency, and an RGB image as it is.
    pub fn into_rgb(self) -> Self {
        if self.color_channels() == 3 {
            return self;
        }
        let mut rgb = self.blank_with_channels(3 + usize::from(self.has_alpha()));
        for (y, x) in (0..self.height).flat_map(|y| (0..self.width).map(move |x| (y, x))) {
            (0..3).for_each(|c| rgb.set(c, y, x, self.at(0, y, x)));
        }
        rgb.copy_alpha(&self);
        rgb
    }

    /// Takes over the transparency of an image of the same size, where both have it.
    pub fn copy_alpha(&mut self, from: &Self) {
        if self.has_alpha() && from.has_alpha() {
            let (own, other) = (self.channels - 1, from.channels - 1);
            for (y, x) in (0..self.height).flat_map(|y| (0..from.width).map(move |x| (y, x))) {
                self.set(own, y, x, from.at(other, y, x));
            }
        }
    }

    /// The part from column `left`, `width` pixels wide, which must lie inside.
    pub fn columns(&self, left: usize, width: usize) -> Self {
        let mut part = self.blank(width, self.height);
        for (y, x) in (0..self.height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            (0..self.channels).for_each(|c| part.set(c, y, x, self.at(c, y, left + x)));
        }
        part
    }

    /// Adds the rows of `below`, an image of the same width, channels, depth and color space.
    ///
    /// # Panics
    /// It is not.
    pub fn append(&mut self, below: Self) {
        assert_eq!([self.width, self.channels], [below.width, below.channels], "rows of one image");
        match (&mut self.values, below.values) {
            (Values::Eight(own), Values::Eight(more)) => own.extend(more),
            (Values::Sixteen(own), Values::Sixteen(more)) => own.extend(more),
            (Values::Converted { srgb: own, .. }, Values::Converted { srgb: more, .. }) => own.extend(more),
            _ => panic!("rows of one image have one depth"),
        }
        self.height += below.height;
    }

    /// Whether the image has 16 bits per value.
    pub fn is_deep(&self) -> bool {
        matches!(self.values, Values::Sixteen(_) | Values::Converted { sixteen: true, .. })
    }

    /// The ICC profile of the image's color space; `None` for sRGB.
    pub fn icc(&self) -> Option<&[u8]> {
        match &self.values {
            Values::Converted { space, .. } => Some(space.icc()),
            _ => None,
        }
    }

    /// The EXIF data, whose orientation is 1.
    pub fn exif(&self) -> Option<&[u8]> {
        self.exif.as_deref()
    }

    /// Channels besides transparency: 1 or 3.
    pub fn color_channels(&self) -> usize {
        color_channels(self.channels)
    }

    /// Whether the last channel is transparency.
    pub fn has_alpha(&self) -> bool {
        self.channels.is_multiple_of(2)
    }

    /// The value of a channel at row `y` and column `x`, in `[0, 1]`; beyond it where a color is outside sRGB's gamut.
    pub fn at(&self, channel: usize, y: usize, x: usize) -> f32 {
        let place = (y * self.width + x) * self.channels + channel;
        match &self.values {
            Values::Eight(values) => values[place].share(),
            Values::Sixteen(values) => values[place].share(),
            Values::Converted { srgb, .. } => srgb[place],
        }
    }

    /// Sets a value in `[0, 1]`, rounded to the depth of the image; values outside are clamped, NaN becomes 0. Values of an image
    /// in another color space are rounded and clamped there, by [`ImageBuffer::into_image`].
    pub fn set(&mut self, channel: usize, y: usize, x: usize, value: f32) {
        let place = (y * self.width + x) * self.channels + channel;
        match &mut self.values {
            Values::Eight(values) => values[place] = u8::rounded(value),
            Values::Sixteen(values) => values[place] = u16::rounded(value),
            Values::Converted { srgb, .. } => srgb[place] = if value.is_nan() { 0.0 } else { value },
        }
    }

    /// The image as the `image` crate has it, in its own color space, to be encoded; `None` if the values do not fit the size.
    pub fn into_image(self) -> Option<DynamicImage> {
        use image::ImageBuffer as Raw;
        let (width, height) = (self.width as u32, self.height as u32);
        let stored = match self.values {
            Values::Converted { srgb, space, sixteen: false } => {
                Values::Eight(space.stored_values(&srgb, self.channels))
            }
            Values::Converted { srgb, space, .. } => Values::Sixteen(space.stored_values(&srgb, self.channels)),
            values => values,
        };
        match (stored, self.channels) {
            (Values::Eight(values), 1) => Raw::from_raw(width, height, values).map(DynamicImage::ImageLuma8),
            (Values::Eight(values), 2) => Raw::from_raw(width, height, values).map(DynamicImage::ImageLumaA8),
            (Values::Eight(values), 3) => Raw::from_raw(width, height, values).map(DynamicImage::ImageRgb8),
            (Values::Eight(values), _) => Raw::from_raw(width, height, values).map(DynamicImage::ImageRgba8),
            (Values::Sixteen(values), 1) => Raw::from_raw(width, height, values).map(DynamicImage::ImageLuma16),
            (Values::Sixteen(values), 2) => Raw::from_raw(width, height, values).map(DynamicImage::ImageLumaA16),
            (Values::Sixteen(values), 3) => Raw::from_raw(width, height, values).map(DynamicImage::ImageRgb16),
            (Values::Sixteen(values), _) => Raw::from_raw(width, height, values).map(DynamicImage::ImageRgba16),
            (Values::Converted { .. }, _) => None,
        }
    }
}

fn color_channels(channels: usize) -> usize {
    channels.div_ceil(2) * 2 - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_transparency_survive_a_round_trip() {
        let deep =
            image::ImageBuffer::from_fn(3, 2, |x, y| image::Rgba([x as u16 * 20_001, y as u16 * 257, 5, 40_000]));
        for image in
            [DynamicImage::ImageRgba16(deep.clone()), DynamicImage::ImageRgba16(deep).into_luma_alpha8().into()]
        {
            let buffer = ImageBuffer::from_image(image.clone());
            assert!(buffer.has_alpha());
            let mut copy = buffer.blank(3, 2);
            for (y, x, c) in
                (0..2).flat_map(|y| (0..3).map(move |x| (y, x))).flat_map(|(y, x)| (0..4).map(move |c| (y, x, c)))
            {
                if c < buffer.channels {
                    copy.set(c, y, x, buffer.at(c, y, x));
                }
            }
            assert_eq!(copy.into_image().unwrap(), image);
        }
    }

    #[test]
    fn there_are_one_or_three_color_channels() {
        for (image, channels) in [
            (DynamicImage::new_luma8(1, 1), 1),
            (DynamicImage::new_luma_a8(1, 1), 1),
            (DynamicImage::new_rgb8(1, 1), 3),
            (DynamicImage::new_rgba16(1, 1), 3),
            (DynamicImage::new_rgb32f(1, 1), 3),
        ] {
            assert_eq!(ImageBuffer::from_image(image).color_channels(), channels);
        }
    }

    #[test]
    fn values_are_clamped() {
        let mut buffer = ImageBuffer::from_image(DynamicImage::new_luma8(1, 1));
        for (value, kept) in [(2.0, 1.0), (-1.0, 0.0), (f32::NAN, 0.0)] {
            buffer.set(0, 0, 0, value);
            assert_eq!(buffer.at(0, 0, 0), kept);
        }
    }

    #[test]
    fn gray_repeats_as_rgb_and_keeps_alpha() {
        let gray = image::GrayAlphaImage::from_pixel(2, 1, image::LumaA([7, 9]));
        let rgb = ImageBuffer::from_image(DynamicImage::ImageLumaA8(gray)).into_rgb().into_image().unwrap();
        assert_eq!(rgb.into_bytes(), [7, 7, 7, 9, 7, 7, 7, 9]);
        let color = ImageBuffer::from_image(DynamicImage::new_rgb8(2, 1));
        assert_eq!(color.clone().into_rgb(), color);
    }
}
