//! Super-resolution of pictures of any size, in tiles where they are large.
//!
//! A tile is computed with some pixels of context around it, which are cropped from the result. With enough context a
//! convolutional network gives the pixels that it would give for the whole picture. The overlap that is enough is measured
//! first: where the picture has the most detail, a strip is computed as a whole and in two halves, with growing overlap,
//! until the difference is invisible.

use std::borrow::Cow;
use std::convert::Infallible;

use burn::tensor::Tensor;
use gannet_data::ImageBuffer;
use gannet_ops::resample::{Filter, Taps, resize_plane};

use crate::picture_values::{ALPHA, network_input, picture_color};
use crate::translator::TrainedTranslator;

/// The overlaps that are tried, in pixels of the input.
const OVERLAPS: [usize; 9] = [4, 8, 12, 16, 24, 32, 48, 64, 96];
/// The largest difference between halves and whole that counts as invisible, in the range from black to white: far below one
/// step of 8 bits, since the strip is only a part of the picture.
const INVISIBLE: f32 = 0.25 / 255.0;
/// Height of the strip.
const STRIP: usize = 48;
/// Candidate places for the strip along each side.
const PLACES: usize = 16;

/// How a picture was tiled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tiling {
    /// Number of tiles.
    pub tiles: usize,
    /// Pixels of context around each tile, in pixels of the input.
    pub overlap: usize,
    /// The largest measured difference between halves and whole, in the range from 0 to 255.
    pub difference: f32,
}

/// A part of a picture: `[top, left]` and `[height, width]`.
#[derive(Clone, Copy)]
struct Area {
    at: [usize; 2],
    size: [usize; 2],
}

impl Area {
    /// The area enlarged by `context` pixels on each side, as far as the picture reaches.
    fn with_context(self, context: usize, whole: [usize; 2]) -> Self {
        let at = self.at.map(|start| start.saturating_sub(context));
        let end = |axis: usize| (self.at[axis] + self.size[axis] + context).min(whole[axis]);
        Self { at, size: [end(0) - at[0], end(1) - at[1]] }
    }
}

impl TrainedTranslator {
    /// The enlarged picture as a whole; see [`TrainedTranslator::upscale_in_bands`].
    pub fn upscale(&self, picture: &ImageBuffer, tile: usize) -> (ImageBuffer, Option<Tiling>) {
        let mut large = picture.blank(self.scale() * picture.width, 0);
        let appended = self.upscale_in_bands::<Infallible>(picture, tile, |band| {
            large.append(band);
            Ok(())
        });
        let Ok(tiling) = appended;
        (large, tiling)
    }

    /// Gives the enlarged picture to `take`, from top to bottom in bands of whole rows. Where the picture has more pixels than a tile of
    /// `tile` × `tile` (a multiple of 4, rounded up to one of the network's grid), it is computed in such tiles, or as a whole where `tile` is 0. The alpha channel is enlarged by cubic
    /// convolution, or by the network where that has four channels; a gray picture stays gray. Invisible pixels have the color of the
    /// nearest visible ones.
    ///
    /// # Errors
    /// That of `take`, which ends the work.
    pub fn upscale_in_bands<E>(
        &self,
        picture: &ImageBuffer,
        tile: usize,
        mut take: impl FnMut(ImageBuffer) -> Result<(), E>,
    ) -> Result<Option<Tiling>, E> {
        let visible =
            if picture.has_alpha() { Cow::Owned(picture.with_visible_colors()) } else { Cow::Borrowed(picture) };
        let picture = visible.as_ref();
        let whole = [picture.height, picture.width];
        let tile = tile.next_multiple_of(self.grid());
        let split = tile > 0 && whole[0] * whole[1] > tile * tile;
        let (side, overlap, difference) = if split {
            let (overlap, difference) = self.overlap(picture, tile);
            (tile, overlap, difference)
        } else {
            (whole[0].max(whole[1]), 0, 0.0)
        };
        let (mut tiles, scale) = (0, self.scale());
        for top in (0..whole[0]).step_by(side) {
            let rows = side.min(whole[0] - top);
            let mut band = picture.blank(scale * picture.width, scale * rows);
            for left in (0..whole[1]).step_by(side) {
                let area = Area { at: [top, left], size: [rows, side.min(whole[1] - left)] };
                self.fill(&mut band, picture, area, overlap);
                tiles += 1;
            }
            if picture.has_alpha() && self.channels()[1] <= ALPHA {
                enlarge_alpha(&mut band, picture, scale * top);
            }
            take(band)?;
        }
        Ok(split.then_some(Tiling { tiles, overlap, difference: 255.0 * difference }))
    }

    /// Computes a part of the picture with `overlap` pixels of context; `band` has the enlarged rows of this part.
    fn fill(&self, band: &mut ImageBuffer, picture: &ImageBuffer, area: Area, overlap: usize) {
        let (scale, colors) = (self.scale(), picture.color_channels());
        let seen = area.with_context(overlap, [picture.height, picture.width]);
        let output = self.part(picture, seen);
        let inner = |axis: usize| (scale * (area.at[axis] - seen.at[axis]), scale * area.size[axis]);
        let ((top, height), (left, width)) = (inner(0), inner(1));
        let output = output.narrow(2, top, height).narrow(3, left, width);
        let channels = output.dims()[1];
        let values: Vec<f32> = output.into_data().iter::<f32>().collect();
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            for color in 0..colors {
                let value = picture_color([channels, colors], color, |c| values[(c * height + y) * width + x]);
                band.set(color, y, scale * area.at[1] + x, value * 0.5 + 0.5);
            }
            if channels > ALPHA && picture.has_alpha() {
                let alpha = values[(ALPHA * height + y) * width + x] * 0.5 + 0.5;
                band.set(colors, y, scale * area.at[1] + x, alpha);
            }
        }
    }

    /// The network's output for a part of the picture, `[1, c, s h, s w]`.
    fn part(&self, picture: &ImageBuffer, area: Area) -> Tensor<4> {
        let [channels, _] = self.channels();
        let value =
            |c: usize, y: usize, x: usize| network_input(picture, channels, c, [area.at[0] + y, area.at[1] + x]);
        self.apply(area.size, value, None)
    }

    /// The least overlap whose effect is invisible, and the remaining difference between halves and whole.
    fn overlap(&self, picture: &ImageBuffer, tile: usize) -> (usize, f32) {
        let whole = [picture.height, picture.width];
        let reach = OVERLAPS[OVERLAPS.len() - 1].min(tile);
        // Along the longer side, which has more pixels than a tile.
        let along = usize::from(picture.width >= picture.height);
        let mut size = whole.map(|side| side.min(STRIP));
        size[along] = whole[along].min(2 * reach);
        let strip = Area { at: most_detailed(picture, size), size };
        let half = size[along] / 8 * 4;
        let first = |output: Tensor<4>| output.narrow(2 + along, 0, self.scale() * half);
        let complete = first(self.part(picture, strip));
        let difference = |overlap: usize| {
            let mut seen = strip;
            seen.size[along] = (half + overlap).min(size[along]);
            let output = first(self.part(picture, seen));
            // Half of the range of a network's values, which go from −1 to 1.
            0.5 * (output - complete.clone()).abs().max().into_scalar::<f32>()
        };
        let mut found = (0, f32::INFINITY);
        let overlaps = OVERLAPS.map(|overlap| overlap.next_multiple_of(self.grid()));
        for overlap in overlaps.into_iter().filter(|overlap| *overlap <= reach) {
            found = (overlap, difference(overlap));
            if found.1 <= INVISIBLE {
                break;
            }
        }
        found
    }
}

/// The place of a part of this size with the strongest edges, at multiples of 4 pixels.
fn most_detailed(picture: &ImageBuffer, size: [usize; 2]) -> [usize; 2] {
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

/// Fills the alpha channel of a band by cubic convolution; its first row is row `top` of the enlarged picture.
fn enlarge_alpha(band: &mut ImageBuffer, picture: &ImageBuffer, top: usize) {
    let (channel, scale) = (picture.channels - 1, band.width / picture.width);
    let taps = |from: usize| Taps::new(Filter::Imresize, from, scale * from);
    let (read, rows) = taps(picture.height).part(top..top + band.height);
    let places = read.flat_map(|y| (0..picture.width).map(move |x| (y, x)));
    let plane: Vec<f32> = places.map(|(y, x)| picture.at(channel, y, x)).collect();
    let plane = resize_plane(&plane, picture.width, &rows, &taps(picture.width));
    for (at, value) in plane.into_iter().enumerate() {
        band.set(channel, at / band.width, at % band.width, value);
    }
}
