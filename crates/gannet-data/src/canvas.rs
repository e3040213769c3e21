//! Pictures with all their depth and their transparency, which a command takes apart and puts together again.

use image::{ColorType, DynamicImage, ImageBuffer};

/// Values of a picture at the depth of its file, channels interleaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas {
    /// pixels in a row
    pub width: usize,
    /// rows
    pub height: usize,
    /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
    pub channels: usize,
    values: Values,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl Canvas {
    /// The picture; floating-point values become 16 bits.
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

    /// A black picture of another size with the channels and the depth of this one.
    pub fn of_size(&self, width: usize, height: usize) -> Self {
        let count = width * height * self.channels;
        let values = match &self.values {
            Values::Eight(_) => Values::Eight(vec![0; count]),
            Values::Sixteen(_) => Values::Sixteen(vec![0; count]),
        };
        Self { width, height, channels: self.channels, values }
    }

    /// The same picture in colour.
    pub fn in_color(self) -> Self {
        if self.colors() == 3 {
            return self;
        }
        let alpha = usize::from(self.has_alpha());
        let mut made = Self { channels: 3 + alpha, ..self.clone() }.of_size(self.width, self.height);
        for (y, x) in (0..self.height).flat_map(|y| (0..self.width).map(move |x| (y, x))) {
            (0..3).for_each(|c| made.set(c, y, x, self.at(0, y, x)));
            (0..alpha).for_each(|_| made.set(3, y, x, self.at(1, y, x)));
        }
        made
    }

    /// Channels besides transparency: 1 or 3.
    pub fn colors(&self) -> usize {
        self.channels.div_ceil(2) * 2 - 1
    }

    /// Whether there is transparency, in the last channel.
    pub fn has_alpha(&self) -> bool {
        self.channels.is_multiple_of(2)
    }

    /// The value of a channel at a pixel, from 0 to 1.
    pub fn at(&self, channel: usize, y: usize, x: usize) -> f32 {
        let place = (y * self.width + x) * self.channels + channel;
        match &self.values {
            Values::Eight(values) => f32::from(values[place]) / f32::from(u8::MAX),
            Values::Sixteen(values) => f32::from(values[place]) / f32::from(u16::MAX),
        }
    }

    /// Sets it, to the nearest that the depth has.
    pub fn set(&mut self, channel: usize, y: usize, x: usize, value: f32) {
        let place = (y * self.width + x) * self.channels + channel;
        match &mut self.values {
            // The casts keep within bounds and make 0 of what is no number.
            Values::Eight(values) => values[place] = (value * f32::from(u8::MAX)).round() as u8,
            Values::Sixteen(values) => values[place] = (value * f32::from(u16::MAX)).round() as u16,
        }
    }

    /// The picture as others save and show it; none where there are fewer values than pixels.
    pub fn into_image(self) -> Option<DynamicImage> {
        let (width, height) = (self.width as u32, self.height as u32);
        match (self.values, self.channels) {
            (Values::Eight(values), 1) => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageLuma8),
            (Values::Eight(values), 2) => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageLumaA8),
            (Values::Eight(values), 3) => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageRgb8),
            (Values::Eight(values), _) => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageRgba8),
            (Values::Sixteen(values), 1) => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageLuma16),
            (Values::Sixteen(values), 2) => {
                ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageLumaA16)
            }
            (Values::Sixteen(values), 3) => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageRgb16),
            (Values::Sixteen(values), _) => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageRgba16),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_transparency_come_back() {
        let deep = ImageBuffer::from_fn(3, 2, |x, y| image::Rgba([x as u16 * 20_001, y as u16 * 257, 5, 40_000]));
        for image in
            [DynamicImage::ImageRgba16(deep.clone()), DynamicImage::ImageRgba16(deep).into_luma_alpha8().into()]
        {
            let canvas = Canvas::from_image(image.clone());
            assert!(canvas.has_alpha());
            let mut copy = canvas.of_size(3, 2);
            for (y, x, c) in
                (0..2).flat_map(|y| (0..3).map(move |x| (y, x))).flat_map(|(y, x)| (0..4).map(move |c| (y, x, c)))
            {
                if c < canvas.channels {
                    copy.set(c, y, x, canvas.at(c, y, x));
                }
            }
            assert_eq!(copy.into_image().unwrap(), image);
        }
    }

    #[test]
    fn colours_are_one_or_three() {
        for (image, colors) in [
            (DynamicImage::new_luma8(1, 1), 1),
            (DynamicImage::new_luma_a8(1, 1), 1),
            (DynamicImage::new_rgb8(1, 1), 3),
            (DynamicImage::new_rgba16(1, 1), 3),
            (DynamicImage::new_rgb32f(1, 1), 3),
        ] {
            assert_eq!(Canvas::from_image(image).colors(), colors);
        }
        let mut canvas = Canvas::from_image(DynamicImage::new_luma8(1, 1));
        for (value, kept) in [(2.0, 1.0), (-1.0, 0.0), (f32::NAN, 0.0)] {
            canvas.set(0, 0, 0, value);
            assert_eq!(canvas.at(0, 0, 0), kept);
        }
    }
}
