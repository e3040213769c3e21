//! Colored shapes on colored backgrounds, drawn on demand at any size.
//!
//! Eight classes; position, size, rotation and both colors vary. An image is a function of seed, split, size and index.
//! Images of equal index show the same shape in every [`Style`], so that two styles are a task for image-to-image
//! networks.

use std::f32::consts::{FRAC_1_SQRT_2, TAU};
use std::sync::Arc;

use gannet_ops::random::Stream;
use image::{DynamicImage, Rgb, RgbImage};

use super::built_in::{BuiltIn, image_name, image_stream, set_fingerprint};
use crate::fingerprint::fnv;
use crate::{DataError, Inspected, Source, Split};

/// Raised whenever the drawing changes, so that a resumed run notices.
const VERSION: u8 = 1;

/// The name of the random stream from which all styles draw.
const STREAM: &str = "shapes";

const CLASSES: [&str; 8] = ["circle", "square", "triangle", "star", "cross", "ring", "hexagon", "heart"];
/// The distance between two stripes of a color, in halves of the image's side.
const STRIPES: f32 = 0.25;

/// How shapes are drawn. Each style is a built-in set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// In one color.
    Filled,
    /// In stripes of that color and of white or black, whichever differs more from the background; they rotate with the
    /// shape.
    Striped,
    /// In such stripes at a fixed direction and place in the image, so that all shapes have one texture.
    Hatched,
    /// As a white outline on black.
    Outlined,
}

impl BuiltIn for Style {
    fn name(&self) -> &'static str {
        match self {
            Self::Filled => "shapes",
            Self::Striped => "shapes-striped",
            Self::Hatched => "shapes-hatched",
            Self::Outlined => "shapes-outlined",
        }
    }

    fn summary(&self) -> &'static str {
        match self {
            Self::Filled => {
                "colored shapes on colored backgrounds: any size, eight classes, 50,000 training and 10,000 test images"
            }
            Self::Striped => "the shapes of `shapes` with stripes that rotate with the shape",
            Self::Hatched => "the shapes of `shapes` with stripes of one direction",
            Self::Outlined => "the outlines of `shapes`, white on black",
        }
    }

    fn open(&self, split: Split, seed: u64, size: usize) -> Result<Arc<dyn Source>, DataError> {
        Ok(Arc::new(Shapes::new(*self, split, seed, size)?))
    }
}

/// The shapes of a seed.
struct Shapes {
    style: Style,
    split: Split,
    seed: u64,
    /// the side in pixels
    size: u32,
    classes: Vec<String>,
}

impl Shapes {
    fn new(style: Style, split: Split, seed: u64, size: usize) -> Result<Self, DataError> {
        let valid = u32::try_from(size).ok().filter(|size| (4..=4096).contains(size));
        let refused =
            || DataError::Setting(format!("size = {size}: {} can be drawn at 4 to 4096 pixels", style.name()));
        let size = valid.ok_or_else(refused)?;
        Ok(Self { style, split, seed, size, classes: CLASSES.map(str::to_owned).to_vec() })
    }
}

impl Source for Shapes {
    fn len(&self) -> usize {
        match self.split {
            Split::Train => 50_000,
            Split::Test => 10_000,
        }
    }

    fn name(&self, index: usize) -> String {
        image_name(self.style.name(), self.split, index)
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> Option<usize> {
        Some(index % CLASSES.len())
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let scene = Scene::random(index % CLASSES.len(), &mut image_stream(STREAM, self.split, self.seed, index));
        let scale = 2.0 / self.size as f32;
        let at = |pixel: u32| (pixel as f32 + 0.5) * scale - 1.0;
        let image = RgbImage::from_fn(self.size, self.size, |x, y| scene.color(self.style, at(x), at(y), scale));
        Ok(Inspected::plain(DynamicImage::ImageRgb8(image)))
    }

    fn fingerprint(&self) -> u64 {
        let hash = set_fingerprint(self.style.name(), VERSION, self.split, self.seed);
        fnv(hash, &self.size.to_le_bytes())
    }
}

type Color = [f32; 3];

/// The contents of an image, in coordinates from −1 to 1.
struct Scene {
    outline: Outline,
    center: (f32, f32),
    radius: f32,
    /// sine and cosine of the rotation
    rotation: (f32, f32),
    color: Color,
    /// the background's color at the top left and at the bottom right
    background: [Color; 2],
}

/// A shape of radius about 1 around the origin.
enum Outline {
    Circle,
    Ring,
    Polygon(Vec<(f32, f32)>),
}

impl Scene {
    fn random(class: usize, stream: &mut Stream) -> Self {
        let radius = stream.range(0.35, 0.72);
        let room = 0.95 - radius;
        let hue = stream.uniform();
        // Shape and background differ in brightness, so that every shape is visible.
        let (bright, dark) = (stream.range(0.78, 1.0), stream.range(0.1, 0.42));
        let (value, background) = if stream.uniform() < 0.5 { (bright, dark) } else { (dark, bright) };
        let background_hue = stream.uniform();
        let background_saturation = stream.range(0.1, 0.7);
        let fade = stream.range(0.85, 1.0);
        Self {
            outline: Outline::of(class),
            center: (stream.range(-room, room), stream.range(-room, room)),
            radius,
            rotation: stream.range(0.0, TAU).sin_cos(),
            color: hsv(hue, stream.range(0.6, 1.0), value),
            background: [
                hsv(background_hue, background_saturation, background),
                hsv(background_hue + 0.06, background_saturation, background * fade),
            ],
        }
    }

    /// The color of a pixel of side `scale` around a point.
    fn color(&self, style: Style, x: f32, y: f32, scale: f32) -> Rgb<u8> {
        let (dx, dy) = ((x - self.center.0) / self.radius, (y - self.center.1) / self.radius);
        let (sin, cos) = self.rotation;
        let rotated = (cos * dx + sin * dy, cos * dy - sin * dx);
        let distance = if dx * dx + dy * dy > 2.25 { f32::MAX } else { self.outline.distance(rotated) * self.radius };
        let within = |distance: f32| (0.5 - distance / scale).clamp(0.0, 1.0);
        let down = (x + y + 2.0) / 4.0;
        // The position across the stripes, in periods, and the length of a period.
        let (across, width) = match style {
            Style::Hatched => ((x + y) / STRIPES, STRIPES * FRAC_1_SQRT_2),
            _ => (rotated.0 * self.radius / STRIPES, STRIPES),
        };
        // How much of the pixel a stripe of the other color covers, by the distance to the stripe's edge.
        let share = within(((across.rem_euclid(1.0) - 0.5).abs() - 0.25) * width);
        let other = self.stripe();
        Rgb(std::array::from_fn(|c| {
            let background = self.background[0][c] + down * (self.background[1][c] - self.background[0][c]);
            let value = match style {
                Style::Filled => background + within(distance) * (self.color[c] - background),
                Style::Striped | Style::Hatched => {
                    let shape = self.color[c] + share * (other - self.color[c]);
                    background + within(distance) * (shape - background)
                }
                Style::Outlined => within(distance.abs() - scale),
            };
            (value * 255.0).round() as u8
        }))
    }

    /// White on a dark background, black on a bright one.
    fn stripe(&self) -> f32 {
        let brightest = self.background[0].iter().copied().fold(0.0, f32::max);
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
        let from_center = point.0.hypot(point.1);
        match self {
            Self::Circle => from_center - 0.95,
            Self::Ring => (from_center - 0.75).abs() - 0.22,
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
                assert_eq!(filled[(x, y)], *pixel, "{index}: a stripe of the shape's own color, at {x}, {y}");
            }
            assert_ne!(filled, hatched);
        }
    }

    #[test]
    fn shapes_differ_from_their_background() {
        for index in 0..1000 {
            let scene = Scene::random(0, &mut Stream::new(0, "shapes", index));
            for background in scene.background {
                let distance = (0..3).map(|c| (scene.color[c] - background[c]).abs()).fold(0.0, f32::max);
                assert!(distance > 0.2, "{index}: {distance}");
            }
        }
    }
}
