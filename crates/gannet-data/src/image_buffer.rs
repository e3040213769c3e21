//! Images at the full depth of their file and with their transparency, as commands that read, change and write them
//! need it.

use image::{ColorType, DynamicImage};

/// An image of 8 or 16 bits per value, channels interleaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageBuffer {
    /// pixels in a row
    pub width: usize,
    /// rows
    pub height: usize,
    /// 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA
    pub channels: usize,
    values: Values,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl ImageBuffer {
    /// Takes over a decoded image; floating-point values become 16 bits.
    pub fn from_image(image: DynamicImage) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let channels = usize::from(image.color().channel_count());
        let values = match image.color() {
            ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => Values::Eight(image.into_bytes()),
            ColorType::L16 => Values::Sixteen(image.into_luma16().into_raw()),
            ColorType::La16 => Values::Sixteen(image.into_luma_alpha16().into_raw()),
            _ if channels == 4 => Values::Sixteen(image.into_rgba16().into_raw()),
            _ => Values::Sixteen(image.into_rgb16().into_raw()),
        };
        Self { width, height, channels, values }
    }

    /// A black image of another size with the channels and the depth of this one.
    pub fn blank(&self, width: usize, height: usize) -> Self {
        let count = width * height * self.channels;
        let values = match &self.values {
            Values::Eight(_) => Values::Eight(vec![0; count]),
            Values::Sixteen(_) => Values::Sixteen(vec![0; count]),
        };
        Self { width, height, channels: self.channels, values }
    }

    /// Repeats a gray channel as red, green and blue; keeps transparency, and an RGB image as it is.
    pub fn into_rgb(self) -> Self {
        if self.color_channels() == 3 {
            return self;
        }
        let alpha = usize::from(self.has_alpha());
        let mut rgb = Self { channels: 3 + alpha, ..self.clone() }.blank(self.width, self.height);
        for (y, x) in (0..self.height).flat_map(|y| (0..self.width).map(move |x| (y, x))) {
            (0..3).for_each(|c| rgb.set(c, y, x, self.at(0, y, x)));
            (0..alpha).for_each(|_| rgb.set(3, y, x, self.at(1, y, x)));
        }
        rgb
    }

    /// Channels besides transparency: 1 or 3.
    pub fn color_channels(&self) -> usize {
        self.channels.div_ceil(2) * 2 - 1
    }

    /// Whether the last channel is transparency.
    pub fn has_alpha(&self) -> bool {
        self.channels.is_multiple_of(2)
    }

    /// The value of a channel at row `y` and column `x`, in `[0, 1]`.
    pub fn at(&self, channel: usize, y: usize, x: usize) -> f32 {
        let place = (y * self.width + x) * self.channels + channel;
        match &self.values {
            Values::Eight(values) => f32::from(values[place]) / f32::from(u8::MAX),
            Values::Sixteen(values) => f32::from(values[place]) / f32::from(u16::MAX),
        }
    }

    /// Sets a value in `[0, 1]`, rounded to the depth of the image; values outside are clamped, NaN becomes 0.
    pub fn set(&mut self, channel: usize, y: usize, x: usize, value: f32) {
        let place = (y * self.width + x) * self.channels + channel;
        match &mut self.values {
            // A cast from float to integer saturates, and makes 0 of NaN.
            Values::Eight(values) => values[place] = (value * f32::from(u8::MAX)).round() as u8,
            Values::Sixteen(values) => values[place] = (value * f32::from(u16::MAX)).round() as u16,
        }
    }

    /// The image as the `image` crate has it, to be encoded; `None` if the values do not fit the size.
    pub fn into_image(self) -> Option<DynamicImage> {
        use image::ImageBuffer as Raw;
        let (width, height) = (self.width as u32, self.height as u32);
        match (self.values, self.channels) {
            (Values::Eight(values), 1) => Raw::from_raw(width, height, values).map(DynamicImage::ImageLuma8),
            (Values::Eight(values), 2) => Raw::from_raw(width, height, values).map(DynamicImage::ImageLumaA8),
            (Values::Eight(values), 3) => Raw::from_raw(width, height, values).map(DynamicImage::ImageRgb8),
            (Values::Eight(values), _) => Raw::from_raw(width, height, values).map(DynamicImage::ImageRgba8),
            (Values::Sixteen(values), 1) => Raw::from_raw(width, height, values).map(DynamicImage::ImageLuma16),
            (Values::Sixteen(values), 2) => Raw::from_raw(width, height, values).map(DynamicImage::ImageLumaA16),
            (Values::Sixteen(values), 3) => Raw::from_raw(width, height, values).map(DynamicImage::ImageRgb16),
            (Values::Sixteen(values), _) => Raw::from_raw(width, height, values).map(DynamicImage::ImageRgba16),
        }
    }
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
