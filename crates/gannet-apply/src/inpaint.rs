//! Inpainting of pictures of any size.

use gannet_data::{ImageBuffer, Mask};

use crate::picture_values::{network_input, picture_color};
use crate::translator::TrainedTranslator;

impl TrainedTranslator {
    /// Whether the network inpaints: it takes the mask as one channel more than it gives.
    pub fn inpaints(&self) -> bool {
        self.inpaints
    }

    /// The picture with the masked region filled and opaque. All other pixels stay as they are, bit for bit. The mask must
    /// be of the picture's size.
    pub fn inpaint(&self, picture: &ImageBuffer, mask: &Mask) -> ImageBuffer {
        let mut result = mask.diffuse(picture);
        let filled = result.with_visible_colors();
        let [_, channels] = self.channels();
        let colors = picture.color_channels();
        let [top, left, height, width] = surroundings(mask, self.context());
        let value = |c: usize, y: usize, x: usize| {
            if c == channels {
                return f32::from(u8::from(mask.at(top + y, left + x)));
            }
            network_input(&filled, channels, c, [top + y, left + x])
        };
        let output: Vec<f32> = self.apply([height, width], value, None).into_data().iter::<f32>().collect();
        for (y, x) in mask.pixels() {
            let value = |c: usize| 0.5 * output[(c * height + y - top) * width + x - left] + 0.5;
            for color in 0..colors {
                result.set(color, y, x, picture_color([channels, colors], color, value));
            }
        }
        result
    }
}

/// Top, left, height and width of the part of the picture that the network sees: the masked region and `context` pixels around
/// it.
fn surroundings(mask: &Mask, context: usize) -> [usize; 4] {
    let range = |places: &mut dyn Iterator<Item = usize>, side: usize| {
        let (least, most) = places.fold((side, 0), |(least, most), place| (least.min(place), most.max(place)));
        let start = least.saturating_sub(context);
        (start, (most + 1 + context).min(side) - start)
    };
    let (top, height) = range(&mut mask.pixels().map(|(y, _)| y), mask.height);
    let (left, width) = range(&mut mask.pixels().map(|(_, x)| x), mask.width);
    [top, left, height, width]
}
