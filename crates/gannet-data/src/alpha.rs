//! Transparency: colors that are multiplied by it, and colors that it hides.

use image::DynamicImage;

use crate::ImageBuffer;
use crate::depth::Depth;

/// Divides the colors of an image by its alpha: from associated to straight alpha. Invisible pixels stay as they are.
pub(crate) fn divide_by_alpha(image: &mut DynamicImage) {
    use DynamicImage as D;
    match image {
        D::ImageLumaA8(image) => divide(image.as_mut(), 2),
        D::ImageRgba8(image) => divide(image.as_mut(), 4),
        D::ImageLumaA16(image) => divide::<u16>(image.as_mut(), 2),
        D::ImageRgba16(image) => divide::<u16>(image.as_mut(), 4),
        D::ImageRgba32F(image) => {
            for pixel in image.pixels_mut().filter(|pixel| pixel.0[3] > 0.0) {
                let alpha = pixel.0[3];
                pixel.0[..3].iter_mut().for_each(|color| *color /= alpha);
            }
        }
        _ => {}
    }
}

fn divide<T: Depth>(values: &mut [T], channels: usize) {
    for pixel in values.chunks_exact_mut(channels) {
        let Some((alpha, colors)) = pixel.split_last_mut() else { continue };
        let alpha = alpha.index();
        if alpha > 0 {
            let divided = |color: T| ((color.index() * T::MOST + alpha / 2) / alpha).min(T::MOST);
            colors.iter_mut().for_each(|color| *color = T::from_index(divided(*color)));
        }
    }
}

impl ImageBuffer {
    /// The image with the colors of invisible pixels replaced by those of the nearest visible ones. An image without transparency,
    /// or without a visible pixel, stays as it is.
    ///
    /// What transparency hides is arbitrary, but a network, a filter or a resampling would mix it with what is visible.
    #[must_use]
    pub fn with_visible_colors(&self) -> Self {
        let mut image = self.clone();
        if !self.has_alpha() {
            return image;
        }
        let (colors, width, height) = (self.color_channels(), self.width, self.height);
        let visible = |place: &usize| self.at(colors, place / width, place % width) > 0.0;
        let mut order: Vec<usize> = (0..width * height).filter(visible).collect();
        if order.len() == width * height {
            return image;
        }
        let mut filled = vec![false; width * height];
        order.iter().for_each(|place| filled[*place] = true);
        // Breadth first, so that each pixel is reached from a nearest one.
        let mut next = 0;
        while let Some(&from) = order.get(next) {
            next += 1;
            let (y, x) = (from / width, from % width);
            for (row, column) in neighbors([y, x], [height, width]) {
                let place = row * width + column;
                if !std::mem::replace(&mut filled[place], true) {
                    (0..colors).for_each(|c| image.set(c, row, column, image.at(c, y, x)));
                    order.push(place);
                }
            }
        }
        image
    }
}

/// Row and column of the up to eight pixels around one, the nearer ones first.
fn neighbors([y, x]: [usize; 2], [height, width]: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    const AROUND: [[isize; 2]; 8] = [[-1, 0], [1, 0], [0, -1], [0, 1], [-1, -1], [-1, 1], [1, -1], [1, 1]];
    let moved = |at: usize, by: isize, side: usize| at.checked_add_signed(by).filter(|at| *at < side);
    AROUND.into_iter().filter_map(move |[down, right]| Some((moved(y, down, height)?, moved(x, right, width)?)))
}

#[cfg(test)]
mod tests {
    use image::{LumaA, Rgba, RgbaImage};

    use super::*;

    #[test]
    fn associated_alpha_is_divided_out_at_every_depth() {
        let mut image = DynamicImage::ImageRgba8(RgbaImage::from_pixel(1, 1, Rgba([100, 50, 0, 128])));
        divide_by_alpha(&mut image);
        assert_eq!(image.as_bytes(), [199, 100, 0, 128]);
        let deep = image::ImageBuffer::from_fn(2, 1, |x, _| LumaA([1000_u16, if x == 0 { 2000 } else { 0 }]));
        let mut image = DynamicImage::ImageLumaA16(deep);
        divide_by_alpha(&mut image);
        assert_eq!(image.into_luma_alpha16().into_raw(), [32768, 2000, 1000, 0]);
    }

    #[test]
    fn invisible_pixels_take_the_nearest_visible_color() {
        let sprite = |x, y| if (x, y) == (2, 1) { Rgba([230, 200, 40, 9]) } else { Rgba([x as u8, 0, 0, 0]) };
        let image = ImageBuffer::from_image(DynamicImage::ImageRgba8(RgbaImage::from_fn(5, 4, sprite)));
        let colors = image.with_visible_colors().into_image().unwrap().into_rgba8();
        for (x, y, pixel) in colors.enumerate_pixels() {
            let alpha = if (x, y) == (2, 1) { 9 } else { 0 };
            assert_eq!(pixel.0, [230, 200, 40, alpha], "{x}, {y}");
        }
        let invisible =
            ImageBuffer::from_image(DynamicImage::ImageRgba8(RgbaImage::from_pixel(2, 2, Rgba([7, 8, 9, 0]))));
        assert_eq!(invisible.with_visible_colors(), invisible);
    }
}
