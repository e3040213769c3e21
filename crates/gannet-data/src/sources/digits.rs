//! Handwritten-looking digits, drawn on demand: 28×28, white on black, like MNIST's.
//!
//! A digit starts as a skeleton from [`glyphs`](super::glyphs). Its points are moved at random, a smooth random field
//! bends it, it is slanted, rotated and scaled, drawn with a round pen of varying width, and centered by its mass. An
//! image is a function of seed, split and index, so the set takes no memory and needs no download.

use std::sync::Arc;

use gannet_ops::random::Stream;
use image::{DynamicImage, GrayImage};

use super::built_in::{BuiltIn, image_name, image_stream, set_fingerprint};
use super::glyphs::{GLYPHS, Glyph};
use crate::{DataError, Inspected, Source, Split};

const NAME: &str = "digits";
const SIDE: usize = 28;
const CENTER: f32 = (SIDE as f32 - 1.0) / 2.0;

/// Raised whenever the drawing changes, so that a resumed run notices.
const VERSION: u8 = 2;

/// The built-in set `digits`.
pub(crate) struct DigitSet;

impl BuiltIn for DigitSet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "handwritten-looking digits like MNIST's: 28×28, gray, ten classes, 60,000 training and 10,000 test images"
    }

    fn open(&self, split: Split, seed: u64, _size: usize) -> Result<Arc<dyn Source>, DataError> {
        Ok(Arc::new(Digits::new(split, seed)))
    }
}

/// The digits of a seed.
struct Digits {
    split: Split,
    seed: u64,
    classes: Vec<String>,
}

impl Digits {
    fn new(split: Split, seed: u64) -> Self {
        Self { split, seed, classes: (0..10).map(|digit| digit.to_string()).collect() }
    }
}

impl Source for Digits {
    fn len(&self) -> usize {
        match self.split {
            Split::Train => 60_000,
            Split::Test => 10_000,
        }
    }

    fn name(&self, index: usize) -> String {
        image_name(NAME, self.split, index)
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> Option<usize> {
        Some(index % 10)
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let pixels = draw(index % 10, &mut image_stream(NAME, self.split, self.seed, index));
        let image = GrayImage::from_fn(SIDE as u32, SIDE as u32, |x, y| [pixels[y as usize][x as usize]].into());
        Ok(Inspected::plain(DynamicImage::ImageLuma8(image)))
    }

    fn fingerprint(&self) -> u64 {
        set_fingerprint(NAME, VERSION, self.split, self.seed)
    }
}

type Point = (f32, f32);

/// An image, rows of gray values.
type Gray = [[u8; SIDE]; SIDE];

fn draw(digit: usize, stream: &mut Stream) -> Gray {
    let glyph = choose(GLYPHS[digit], stream);
    let bend = Bend::random(stream);
    let mut lines: Vec<Vec<Point>> = Vec::with_capacity(glyph.strokes.len());
    for stroke in glyph.strokes {
        let points = perturb(stroke, stream);
        let line = flatten(&points).into_iter().map(|point| bend.at(point)).collect();
        lines.push(line);
    }
    place(&mut lines, glyph.aspect, stream);
    let coverage = ink(&lines, &Pen::random(stream));
    centered(&coverage, (stream.normal() * 0.25, stream.normal() * 0.25))
}

fn choose<'a>(glyphs: &'a [Glyph], stream: &mut Stream) -> &'a Glyph {
    let total: f32 = glyphs.iter().map(|glyph| glyph.weight).sum();
    let mut left = stream.range(0.0, total);
    let chosen = glyphs.iter().find(|glyph| {
        left -= glyph.weight;
        left < 0.0
    });
    chosen.unwrap_or(&glyphs[0])
}

/// Moves each point a little at random; the two points of a corner stay together.
fn perturb(stroke: &[Point], stream: &mut Stream) -> Vec<Point> {
    let mut moved: Vec<Point> = Vec::with_capacity(stroke.len());
    for (at, &(x, y)) in stroke.iter().enumerate() {
        match moved.last() {
            Some(&last) if stroke[at - 1] == (x, y) => moved.push(last),
            _ => moved.push((x + 0.026 * stream.normal(), y + 0.021 * stream.normal())),
        }
    }
    moved
}

/// The curve through some points (Catmull–Rom), as short straight lines; doubled points are corners.
fn flatten(points: &[Point]) -> Vec<Point> {
    const STEPS: usize = 6;
    let mut line = vec![points[0]];
    for piece in points.chunk_by(|a, b| a != b) {
        let at = |i: usize| piece[i.min(piece.len() - 1)];
        for i in 0..piece.len() - 1 {
            let (before, from, to, after) = (at(i.saturating_sub(1)), at(i), at(i + 1), at(i + 2));
            for step in 1..=STEPS {
                let t = step as f32 / STEPS as f32;
                let x = catmull_rom([before.0, from.0, to.0, after.0], t);
                let y = catmull_rom([before.1, from.1, to.1, after.1], t);
                line.push((x, y));
            }
        }
    }
    line
}

fn catmull_rom([a, b, c, d]: [f32; 4], t: f32) -> f32 {
    b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
}

/// A smooth random displacement of the plane, which bends a whole digit.
struct Bend([Wave; 3]);

struct Wave {
    frequency: Point,
    phase: f32,
    push: Point,
}

impl Bend {
    fn random(stream: &mut Stream) -> Self {
        Self(std::array::from_fn(|_| Wave {
            frequency: (stream.range(-4.0, 4.0), stream.range(-4.0, 4.0)),
            phase: stream.range(0.0, std::f32::consts::TAU),
            push: (0.025 * stream.normal(), 0.022 * stream.normal()),
        }))
    }

    fn at(&self, (x, y): Point) -> Point {
        self.0.iter().fold((x, y), |(to_x, to_y), wave| {
            let height = (wave.frequency.0 * x + wave.frequency.1 * y + wave.phase).sin();
            (to_x + wave.push.0 * height, to_y + wave.push.1 * height)
        })
    }
}

/// Slants, rotates and scales a digit from the unit square to pixels around the origin, within MNIST's 20×20 box.
fn place(lines: &mut [Vec<Point>], aspect: f32, stream: &mut Stream) {
    let width = aspect * (0.14 * stream.normal()).exp();
    let slant = (0.18 + 0.16 * stream.normal()).clamp(-0.2, 0.6);
    let (sin, cos) = (0.06 * stream.normal()).clamp(-0.16, 0.16).sin_cos();
    for point in lines.iter_mut().flatten() {
        let (x, y) = ((point.0 - 0.5) * width, point.1 - 0.5);
        let x = x - slant * y;
        *point = (cos * x - sin * y, sin * x + cos * y);
    }
    let extent = |axis: fn(&Point) -> f32| {
        let values = lines.iter().flatten().map(axis);
        let (low, high) = values.fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
        ((low + high) / 2.0, high - low)
    };
    let ((x, width), (y, height)) = (extent(|p| p.0), extent(|p| p.1));
    let scale = stream.range(16.2, 18.8) / width.max(height).max(0.1);
    for point in lines.iter_mut().flatten() {
        *point = ((point.0 - x) * scale, (point.1 - y) * scale);
    }
}

/// A round pen: its radius in pixels, how pressure varies along a stroke, how dark the ink is.
struct Pen {
    radius: f32,
    pressure: f32,
    phase: f32,
    speed: f32,
    softness: f32,
    ink: f32,
}

impl Pen {
    fn random(stream: &mut Stream) -> Self {
        Self {
            radius: (1.25 + 0.24 * stream.normal()).clamp(0.8, 1.9),
            pressure: stream.range(0.0, 0.2),
            phase: stream.range(0.0, std::f32::consts::TAU),
            speed: stream.range(0.1, 0.3),
            softness: stream.range(0.55, 0.85),
            ink: stream.range(0.90, 1.08),
        }
    }

    fn radius_at(&self, step: usize) -> f32 {
        self.radius * (1.0 + self.pressure * (self.phase + self.speed * step as f32).sin())
    }
}

/// How much ink covers each pixel, from 0 to 1.
type Coverage = [[f32; SIDE]; SIDE];

/// Draws lines, whose origin is the center of the image.
fn ink(lines: &[Vec<Point>], pen: &Pen) -> Coverage {
    let mut coverage = [[0.0; SIDE]; SIDE];
    for line in lines {
        for (step, ends) in line.windows(2).enumerate() {
            ink_segment(&mut coverage, ends[0], ends[1], pen.radius_at(step), pen);
        }
    }
    coverage
}

fn ink_segment(coverage: &mut Coverage, from: Point, to: Point, radius: f32, pen: &Pen) {
    let reach = radius + pen.softness;
    let range = |a: f32, b: f32| {
        let low = (a.min(b) - reach + CENTER).ceil().max(0.0) as usize;
        let high = (a.max(b) + reach + CENTER).floor().clamp(-1.0, SIDE as f32 - 1.0) + 1.0;
        low..high as usize
    };
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let inverse = 1.0 / (dx * dx + dy * dy).max(1e-9);
    let (edge, slope) = (radius + pen.softness, 0.5 / pen.softness);
    let columns = range(from.0, to.0);
    for y in range(from.1, to.1) {
        let py = y as f32 - CENTER - from.1;
        for x in columns.clone() {
            let px = x as f32 - CENTER - from.0;
            let t = ((px * dx + py * dy) * inverse).clamp(0.0, 1.0);
            let (ex, ey) = (px - t * dx, py - t * dy);
            let distance = ex * ex + ey * ey;
            if distance < edge * edge {
                let value = pen.ink * ((edge - distance.sqrt()) * slope).min(1.0);
                coverage[y][x] = coverage[y][x].max(value);
            }
        }
    }
}

/// Shifts the image by whole pixels so that its center of mass is in the middle, as in MNIST, up to the offset `stray`.
fn centered(coverage: &Coverage, stray: Point) -> Gray {
    let (mut mass, mut x_sum, mut y_sum) = (1e-6, 0.0, 0.0);
    for (y, row) in coverage.iter().enumerate() {
        for (x, &value) in row.iter().enumerate() {
            mass += value;
            x_sum += value * x as f32;
            y_sum += value * y as f32;
        }
    }
    // The shift is limited so that no part of the digit leaves the image.
    let shift = |sum: f32, stray: f32, (first, last): (usize, usize)| {
        let room = (1 - first as isize).min(0)..=(SIDE as isize - 2 - last as isize).max(0);
        ((CENTER - sum / mass + stray).round() as isize).clamp(*room.start(), *room.end())
    };
    let inked = |at: &dyn Fn(usize, usize) -> f32| {
        let mut lines = (0..SIDE).filter(|&a| (0..SIDE).any(|b| at(a, b) > 0.1));
        let first = lines.next().unwrap_or(SIDE / 2);
        (first, lines.last().unwrap_or(first))
    };
    let dx = shift(x_sum, stray.0, inked(&|x, y| coverage[y][x]));
    let dy = shift(y_sum, stray.1, inked(&|y, x| coverage[y][x]));
    let value = |x: usize, y: usize| {
        let row = y.checked_add_signed(-dy).and_then(|y| coverage.get(y));
        row.and_then(|row| row.get(x.checked_add_signed(-dx)?)).map_or(0, |v| (v.min(1.0) * 255.0).round() as u8)
    };
    std::array::from_fn(|y| std::array::from_fn(|x| value(x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_a_function_of_seed_split_and_index() {
        let image = |split, seed, index| Digits::new(split, seed).read(index).unwrap().to_luma8();
        assert_eq!(image(Split::Train, 3, 17), image(Split::Train, 3, 17));
        assert_ne!(image(Split::Train, 3, 17), image(Split::Train, 4, 17));
        assert_ne!(image(Split::Train, 3, 17), image(Split::Train, 3, 27));
        assert_ne!(image(Split::Train, 3, 17), image(Split::Test, 3, 17));
    }

    #[test]
    fn ink_covers_about_as_much_as_in_mnist() {
        let digits = Digits::new(Split::Train, 0);
        let mean = |i| digits.read(i).unwrap().to_luma8().iter().map(|&v| f64::from(v)).sum::<f64>() / 784.0;
        let mean = (0..1000).map(mean).sum::<f64>() / 1000.0;
        assert!((25.0..45.0).contains(&mean), "MNIST's mean is 33, this {mean}");
    }

    #[test]
    fn no_digit_touches_the_border() {
        let digits = Digits::new(Split::Train, 1);
        for index in 0..500 {
            let image = digits.read(index).unwrap().to_luma8();
            let border = image.enumerate_pixels().filter(|(x, y, _)| [0, 27].contains(x) || [0, 27].contains(y));
            assert!(border.map(|(_, _, p)| p.0[0]).max() < Some(64), "digit {index} is cut off");
        }
    }
}
