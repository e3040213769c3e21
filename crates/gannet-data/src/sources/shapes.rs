//! Coloured shapes on coloured grounds, drawn on demand at any size.
//!
//! Eight classes; position, size, rotation and both colours vary. An image is a function of seed, split, size and
//! index. Image number n of each [`Style`] shows the same shape, so that two styles are a task for networks that translate.

use std::f32::consts::{FRAC_1_SQRT_2, TAU};

use gannet_choice::Choice;
use gannet_ops::random::Stream;
use image::{DynamicImage, Rgb, RgbImage};

use super::{FNV_START, fnv};
use crate::source::Inspected;
use crate::{DataError, Source, Split};

/// Raised whenever the drawing changes, so that a resumed run notices.
const VERSION: u8 = 1;

const CLASSES: [&str; 8] = ["circle", "square", "triangle", "star", "cross", "ring", "hexagon", "heart"];
const TEST_OFFSET: u64 = 1 << 32;
/// From one stripe to the next of its colour, in halves of the image's side.
const STRIPES: f32 = 0.25;

/// How a shape is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// In one colour.
    Filled,
    /// In stripes of that colour and of white or black, whichever is further from the ground.
    Striped,
    /// In such stripes whose direction and place are the picture's: the texture is the same on every shape.
    Hatched,
    /// A white line on black.
    Outlined,
}

impl Style {
    /// The style of a built-in set.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Filled, Self::Striped, Self::Hatched, Self::Outlined].into_iter().find(|style| style.set() == name)
    }

    /// The name of the set.
    fn set(self) -> &'static str {
        match self {
            Self::Filled => "shapes",
            Self::Striped => "shapes-striped",
            Self::Hatched => "shapes-hatched",
            Self::Outlined => "shapes-outlined",
        }
    }
}

/// The built-in set of shapes.
pub(crate) struct Shapes {
    style: Style,
    split: Split,
    seed: u64,
    size: u32,
    classes: Vec<String>,
}

impl Shapes {
    /// The shapes of a seed, `size` pixels square: 50,000 to train on, 10,000 others to test.
    pub fn new(style: Style, split: Split, seed: u64, size: usize) -> Result<Self, DataError> {
        let valid = u32::try_from(size).ok().filter(|size| (4..=4096).contains(size));
        let size = valid.ok_or_else(|| DataError::Setting(format!("shapes of size {size}: give 4 to 4096 pixels")))?;
        Ok(Self { style, split, seed, size, classes: CLASSES.map(str::to_owned).to_vec() })
    }
}

impl Source for Shapes {
    fn len(&self) -> usize {
        if self.split == Split::Train { 50_000 } else { 10_000 }
    }

    fn name(&self, index: usize) -> String {
        format!("{} {}[{index}]", self.style.set(), self.split.word())
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> Option<usize> {
        Some(index % CLASSES.len())
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let offset = if self.split == Split::Train { 0 } else { TEST_OFFSET };
        let mut stream = Stream::new(self.seed, "shapes", offset + index as u64);
        let picture = Picture::random(index % CLASSES.len(), &mut stream);
        let scale = 2.0 / self.size as f32;
        let at = |pixel: u32| (pixel as f32 + 0.5) * scale - 1.0;
        let image = RgbImage::from_fn(self.size, self.size, |x, y| picture.color(self.style, at(x), at(y), scale));
        Ok(Inspected::plain(DynamicImage::ImageRgb8(image)))
    }

    fn fingerprint(&self) -> u64 {
        let hash = fnv(fnv(FNV_START, self.style.set().as_bytes()), &[VERSION]);
        let hash = fnv(fnv(hash, self.split.word().as_bytes()), &self.seed.to_le_bytes());
        fnv(hash, &self.size.to_le_bytes())
    }
}

type Color = [f32; 3];

/// One picture, in coordinates from −1 to 1.
struct Picture {
    outline: Outline,
    centre: (f32, f32),
    radius: f32,
    turn: (f32, f32),
    color: Color,
    /// the ground's colour at the top left and at the bottom right
    ground: [Color; 2],
}

/// A shape of radius about 1 around the origin.
enum Outline {
    Circle,
    Ring,
    Polygon(Vec<(f32, f32)>),
}

impl Picture {
    fn random(class: usize, stream: &mut Stream) -> Self {
        let radius = stream.range(0.35, 0.72);
        let room = 0.95 - radius;
        let hue = stream.uniform();
        // The ground keeps away from the shape's hue or from its brightness, so that every shape can be seen.
        let (bright, dark) = (stream.range(0.78, 1.0), stream.range(0.1, 0.42));
        let (value, ground) = if stream.uniform() < 0.5 { (bright, dark) } else { (dark, bright) };
        let ground_hue = stream.uniform();
        let ground_saturation = stream.range(0.1, 0.7);
        let fade = stream.range(0.85, 1.0);
        Self {
            outline: Outline::of(class),
            centre: (stream.range(-room, room), stream.range(-room, room)),
            radius,
            turn: stream.range(0.0, TAU).sin_cos(),
            color: hsv(hue, stream.range(0.6, 1.0), value),
            ground: [
                hsv(ground_hue, ground_saturation, ground),
                hsv(ground_hue + 0.06, ground_saturation, ground * fade),
            ],
        }
    }

    /// The colour of a pixel of side `scale` around a point.
    fn color(&self, style: Style, x: f32, y: f32, scale: f32) -> Rgb<u8> {
        let (dx, dy) = ((x - self.centre.0) / self.radius, (y - self.centre.1) / self.radius);
        let (sin, cos) = self.turn;
        let turned = (cos * dx + sin * dy, cos * dy - sin * dx);
        let distance = if dx * dx + dy * dy > 2.25 { f32::MAX } else { self.outline.distance(turned) * self.radius };
        let within = |distance: f32| (0.5 - distance / scale).clamp(0.0, 1.0);
        let down = (x + y + 2.0) / 4.0;
        // How far a point lies across stripes, in turns from one to the next, and how wide a turn is.
        let (across, width) = match style {
            Style::Hatched => ((x + y) / STRIPES, STRIPES * FRAC_1_SQRT_2),
            _ => (turned.0 * self.radius / STRIPES, STRIPES),
        };
        // The distance from the middle of the other colour's stripe, beyond its edge.
        let share = within(((across.rem_euclid(1.0) - 0.5).abs() - 0.25) * width);
        let other = self.stripe();
        Rgb(std::array::from_fn(|c| {
            let ground = self.ground[0][c] + down * (self.ground[1][c] - self.ground[0][c]);
            let value = match style {
                Style::Filled => ground + within(distance) * (self.color[c] - ground),
                Style::Striped | Style::Hatched => {
                    let shape = self.color[c] + share * (other - self.color[c]);
                    ground + within(distance) * (shape - ground)
                }
                Style::Outlined => within(distance.abs() - scale),
            };
            (value * 255.0).round() as u8
        }))
    }

    /// White where the ground is dark, black where it is bright.
    fn stripe(&self) -> f32 {
        let brightest = self.ground[0].iter().copied().fold(0.0, f32::max);
        if brightest < 0.5 { 1.0 } else { 0.0 }
    }
}

impl Outline {
    fn of(class: usize) -> Self {
        match CLASSES[class] {
            "circle" => Self::Circle,
            "ring" => Self::Ring,
            "square" => Self::Polygon(regular(4, |_| 1.0)),
            "triangle" => Self::Polygon(regular(3, |_| 1.1)),
            "hexagon" => Self::Polygon(regular(6, |_| 1.0)),
            "star" => Self::Polygon(regular(10, |corner| if corner % 2 == 0 { 1.15 } else { 0.46 })),
            "cross" => Self::Polygon(cross()),
            _ => Self::Polygon(heart()),
        }
    }

    /// The distance of a point from the outline, negative inside.
    fn distance(&self, point: (f32, f32)) -> f32 {
        let from_centre = point.0.hypot(point.1);
        match self {
            Self::Circle => from_centre - 0.95,
            Self::Ring => (from_centre - 0.75).abs() - 0.22,
            Self::Polygon(corners) => polygon_distance(corners, point),
        }
    }
}

fn regular(corners: usize, radius: impl Fn(usize) -> f32) -> Vec<(f32, f32)> {
    let corner = |i: usize| {
        let (sin, cos) = (TAU * i as f32 / corners as f32).sin_cos();
        (radius(i) * sin, -radius(i) * cos)
    };
    (0..corners).map(corner).collect()
}

fn cross() -> Vec<(f32, f32)> {
    const THIN: f32 = 0.32;
    let quarter = [(-THIN, -1.0), (THIN, -1.0), (THIN, -THIN)];
    let turned = |times: usize, (x, y): (f32, f32)| (0..times).fold((x, y), |(x, y), _| (-y, x));
    (0..4).flat_map(|times| quarter.map(|point| turned(times, point))).collect()
}

fn heart() -> Vec<(f32, f32)> {
    let corner = |i: usize| {
        let t = TAU * i as f32 / 28.0;
        let y = 13.0 * t.cos() - 5.0 * (2.0 * t).cos() - 2.0 * (3.0 * t).cos() - (4.0 * t).cos();
        (t.sin().powi(3), -y / 16.0 - 0.1)
    };
    (0..28).map(corner).collect()
}

/// Distance to the nearest edge, signed by whether a ray crosses the outline an odd number of times.
fn polygon_distance(corners: &[(f32, f32)], (x, y): (f32, f32)) -> f32 {
    let (mut nearest, mut inside) = (f32::MAX, false);
    let mut from = corners[corners.len() - 1];
    for &to in corners {
        let (ex, ey, px, py) = (to.0 - from.0, to.1 - from.1, x - from.0, y - from.1);
        let t = ((px * ex + py * ey) / (ex * ex + ey * ey).max(1e-9)).clamp(0.0, 1.0);
        nearest = nearest.min((px - t * ex).powi(2) + (py - t * ey).powi(2));
        if (from.1 > y) != (to.1 > y) && px < ex * py / ey {
            inside = !inside;
        }
        from = to;
    }
    if inside { -nearest.sqrt() } else { nearest.sqrt() }
}

fn hsv(hue: f32, saturation: f32, value: f32) -> Color {
    [5.0, 3.0, 1.0].map(|n| {
        let k = (n + 6.0 * hue) % 6.0;
        value * (1.0 - saturation * k.min(4.0 - k).clamp(0.0, 1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_a_function_of_seed_size_and_index() {
        let image = |seed, size, index| {
            Shapes::new(Style::Filled, Split::Train, seed, size).unwrap().read(index).unwrap().to_rgb8()
        };
        assert_eq!(image(3, 32, 17), image(3, 32, 17));
        assert_ne!(image(3, 32, 17), image(4, 32, 17));
        assert_ne!(image(3, 32, 17), image(3, 32, 25));
        assert_eq!(image(3, 48, 17).dimensions(), (48, 48));
    }

    #[test]
    fn hatching_is_the_same_wherever_a_shape_lies() {
        let shapes = |style| Shapes::new(style, Split::Test, 0, 32).unwrap();
        let (filled, hatched) = (shapes(Style::Filled), shapes(Style::Hatched));
        for index in 0..40 {
            let [filled, hatched] = [&filled, &hatched].map(|set| set.read(index).unwrap().to_rgb8());
            for (x, y, pixel) in hatched.enumerate_pixels().filter(|&(x, y, _)| (x + y) % 4 == 3) {
                assert_eq!(filled[(x, y)], *pixel, "{index}: a stripe of the shape's own colour, at {x}, {y}");
            }
            assert_ne!(filled, hatched);
        }
    }

    #[test]
    fn shapes_differ_from_their_ground() {
        for index in 0..1000 {
            let picture = Picture::random(0, &mut Stream::new(0, "shapes", index));
            for ground in picture.ground {
                let distance = (0..3).map(|c| (picture.color[c] - ground[c]).abs()).fold(0.0, f32::max);
                assert!(distance > 0.2, "{index}: {distance}");
            }
        }
    }
}
