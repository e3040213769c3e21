//! Holes of pictures of any size, filled.

use gannet_data::{Canvas, Hole};

use crate::translator::TrainedTranslator;

/// Pixels around the hole that the network is shown.
const BEYOND: usize = 64;

impl TrainedTranslator {
    /// Whether it fills holes: it is told of them by a channel besides those it makes.
    pub fn inpaints(&self) -> bool {
        let [given, made] = self.channels();
        given == made + 1
    }

    /// The picture with the hole filled and opaque; all other pixels as they are, bit for bit. The hole fits the picture.
    pub fn inpaint(&self, picture: &Canvas, hole: &Hole) -> Canvas {
        let filled = hole.diffuse(picture);
        let mut whole = filled.clone();
        let [_, channels] = self.channels();
        let colors = picture.colors();
        let [top, left, height, width] = around(hole);
        let value = |c: usize, y: usize, x: usize| {
            if c == channels {
                return f32::from(u8::from(hole.at(top + y, left + x)));
            }
            let at = |c: usize| filled.at(c, top + y, left + x);
            let light = match (channels, colors) {
                (1, 3) => 0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2),
                (_, 1) => at(0),
                _ => at(c),
            };
            2.0 * light - 1.0
        };
        let made: Vec<f32> = self.apply([height, width], value, None).into_data().iter::<f32>().collect();
        for (y, x) in hole.places() {
            let made = |c: usize| 0.5 * made[(c * height + y - top) * width + x - left] + 0.5;
            for color in 0..colors {
                let value = match (channels, colors) {
                    (1, _) => made(0),
                    (_, 1) => (0..channels).map(made).sum::<f32>() / channels as f32,
                    _ => made(color),
                };
                whole.set(color, y, x, value);
            }
        }
        whole
    }
}

/// Top, left, height and width of the part of the picture that the network sees.
fn around(hole: &Hole) -> [usize; 4] {
    let range = |places: &mut dyn Iterator<Item = usize>, side: usize| {
        let (least, most) = places.fold((side, 0), |(least, most), place| (least.min(place), most.max(place)));
        let start = least.saturating_sub(BEYOND);
        (start, (most + 1 + BEYOND).min(side) - start)
    };
    let (top, height) = range(&mut hole.places().map(|(y, _)| y), hole.height);
    let (left, width) = range(&mut hole.places().map(|(_, x)| x), hole.width);
    [top, left, height, width]
}
