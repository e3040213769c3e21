//! Pictures to larger ones, in tiles where they are large.
//!
//! A tile is made with some pixels around it, which are cut off again: with enough of them a network that looks only so far makes
//! what it would have made of the whole. How many are enough is measured before: where the picture is richest, a strip is made
//! whole and in two halves, with more and more pixels beyond the middle until both hardly differ.

use burn::tensor::Tensor;
use gannet_data::Canvas;
use gannet_ops::resample::{Filter, Taps, resize_plane};

use crate::translator::TrainedTranslator;

/// The overlaps that are tried, in pixels of the given picture.
const OVERLAPS: [usize; 9] = [4, 8, 12, 16, 24, 32, 48, 64, 96];
/// How much two halves may differ from the whole, of the range from black to white: far below a step of 8 bits, since the strip is
/// only a part of the picture.
const UNSEEN: f32 = 0.25 / 255.0;
/// Height of the strip.
const STRIP: usize = 48;
/// Places that are compared to find the richest, along each side.
const PLACES: usize = 16;

/// How a picture was put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seams {
    /// Tiles.
    pub tiles: usize,
    /// Pixels of the given picture that each had beyond its own.
    pub overlap: usize,
    /// The largest difference that was measured between halves and the whole, of the range from 0 to 255.
    pub difference: f32,
}

/// A part of a picture: `[top, left]` and `[height, width]`.
#[derive(Clone, Copy)]
struct Area {
    at: [usize; 2],
    size: [usize; 2],
}

impl Area {
    /// With `beyond` pixels on each side, as far as the picture goes.
    fn with(self, beyond: usize, whole: [usize; 2]) -> Self {
        let at = self.at.map(|start| start.saturating_sub(beyond));
        let end = |axis: usize| (self.at[axis] + self.size[axis] + beyond).min(whole[axis]);
        Self { at, size: [end(0) - at[0], end(1) - at[1]] }
    }
}

impl TrainedTranslator {
    /// The picture, made larger; in tiles of `tile` pixels, a multiple of 4, where it has more, and whole where that is 0. Its
    /// transparency is enlarged by cubic convolution, and grey stays grey.
    pub fn upscale(&self, picture: &Canvas, tile: usize) -> (Canvas, Option<Seams>) {
        let scale = self.scale();
        let whole = [picture.height, picture.width];
        let mut large = picture.of_size(scale * picture.width, scale * picture.height);
        let split = tile > 0 && whole.iter().any(|side| *side > tile);
        let seams = if split {
            let (overlap, difference) = self.overlap(picture, tile);
            let tiles = tiles(whole, tile);
            tiles.iter().for_each(|area| self.fill(&mut large, picture, *area, overlap));
            Some(Seams { tiles: tiles.len(), overlap, difference: 255.0 * difference })
        } else {
            self.fill(&mut large, picture, Area { at: [0, 0], size: whole }, 0);
            None
        };
        if picture.has_alpha() {
            enlarge_alpha(&mut large, picture);
        }
        (large, seams)
    }

    /// Makes a part of the picture, seen with `overlap` pixels around it.
    fn fill(&self, large: &mut Canvas, picture: &Canvas, area: Area, overlap: usize) {
        let (scale, colors) = (self.scale(), picture.colors());
        let seen = area.with(overlap, [picture.height, picture.width]);
        let made = self.part(picture, seen);
        let inner = |axis: usize| (scale * (area.at[axis] - seen.at[axis]), scale * area.size[axis]);
        let ((top, height), (left, width)) = (inner(0), inner(1));
        let made = made.narrow(2, top, height).narrow(3, left, width);
        let channels = made.dims()[1];
        let values: Vec<f32> = made.into_data().iter::<f32>().collect();
        let value = |c: usize, y: usize, x: usize| values[(c * height + y) * width + x];
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            for color in 0..colors {
                let made = match (channels, colors) {
                    (1, _) => value(0, y, x),
                    (_, 1) => (0..channels).map(|c| value(c, y, x)).sum::<f32>() / channels as f32,
                    _ => value(color, y, x),
                };
                large.set(color, scale * area.at[0] + y, scale * area.at[1] + x, made * 0.5 + 0.5);
            }
        }
    }

    /// What the network makes of a part of the picture, `[1, c, s h, s w]`.
    fn part(&self, picture: &Canvas, area: Area) -> Tensor<4> {
        let (colors, [channels, _]) = (picture.colors(), self.channels());
        let value = |c: usize, y: usize, x: usize| {
            let at = |c: usize| picture.at(c, area.at[0] + y, area.at[1] + x);
            let light = match (channels, colors) {
                (1, 3) => 0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2),
                (_, 1) => at(0),
                _ => at(c),
            };
            2.0 * light - 1.0
        };
        self.apply(area.size, value, None)
    }

    /// The least of the overlaps that cannot be seen, and how much halves then differ from the whole.
    fn overlap(&self, picture: &Canvas, tile: usize) -> (usize, f32) {
        let whole = [picture.height, picture.width];
        let reach = OVERLAPS[OVERLAPS.len() - 1].min(tile);
        // Along the longer side, which has more pixels than a tile.
        let along = usize::from(picture.width >= picture.height);
        let mut size = whole.map(|side| side.min(STRIP));
        size[along] = whole[along].min(2 * reach);
        let strip = Area { at: richest(picture, size), size };
        let half = size[along] / 8 * 4;
        let first = |made: Tensor<4>| made.narrow(2 + along, 0, self.scale() * half);
        let complete = first(self.part(picture, strip));
        let difference = |overlap: usize| {
            let mut seen = strip;
            seen.size[along] = (half + overlap).min(size[along]);
            let made = first(self.part(picture, seen));
            // Half of the range of a network's values, which go from −1 to 1.
            0.5 * (made - complete.clone()).abs().max().into_scalar::<f32>()
        };
        let mut found = (0, f32::INFINITY);
        for overlap in OVERLAPS.into_iter().filter(|overlap| *overlap <= reach) {
            found = (overlap, difference(overlap));
            if found.1 <= UNSEEN {
                break;
            }
        }
        found
    }
}

/// The tiles of a picture.
fn tiles(whole: [usize; 2], tile: usize) -> Vec<Area> {
    let starts = |axis: usize| (0..whole[axis]).step_by(tile);
    let size = |at: usize, axis: usize| tile.min(whole[axis] - at);
    let places = starts(0).flat_map(|top| starts(1).map(move |left| [top, left]));
    places.map(|at| Area { at, size: [size(at[0], 0), size(at[1], 1)] }).collect()
}

/// Where a part of this size has the strongest edges, at multiples of 4 pixels.
fn richest(picture: &Canvas, size: [usize; 2]) -> [usize; 2] {
    let places = |axis: usize, whole: usize| {
        let room = whole - size[axis];
        (0..PLACES).map(move |at| at * room / (PLACES - 1) / 4 * 4)
    };
    let edges = |at: [usize; 2]| {
        let rows = at[0]..at[0] + size[0];
        let row = |y: usize| {
            let columns = at[1] + 1..at[1] + size[1];
            columns.map(|x| (picture.at(0, y, x) - picture.at(0, y, x - 1)).abs()).sum::<f32>()
        };
        rows.map(row).sum::<f32>()
    };
    let all = places(0, picture.height).flat_map(|top| places(1, picture.width).map(move |left| [top, left]));
    let ranked = all.map(|at| (edges(at), at));
    ranked.max_by(|(a, _), (b, _)| a.total_cmp(b)).map_or([0, 0], |(_, at)| at)
}

/// Fills the last channel.
fn enlarge_alpha(large: &mut Canvas, picture: &Canvas) {
    let channel = picture.channels - 1;
    let places = (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (y, x)));
    let plane: Vec<f32> = places.map(|(y, x)| picture.at(channel, y, x)).collect();
    let taps = |from, to| Taps::new(Filter::Imresize, from, to);
    let (rows, columns) = (taps(picture.height, large.height), taps(picture.width, large.width));
    let plane = resize_plane(&plane, picture.width, &rows, &columns);
    for (at, value) in plane.into_iter().enumerate() {
        large.set(channel, at / large.width, at % large.width, value);
    }
}
