//! Resizing between the steps: by the modes of PyTorch that the paper's code uses, none of which it antialiases.

use gannet_ops::random::Stream;
use gannet_ops::resample::{Filter, Taps, resize_plane};

use super::planes::SquarePlanes;

/// The probabilities and the range of factors in one round of the degradation.
pub(super) struct Factors {
    /// the probabilities of enlarging and of reducing; else the size stays
    pub(super) up: f32,
    pub(super) down: f32,
    /// the smallest and the largest factor
    pub(super) range: [f32; 2],
}

const FILTERS: [Filter; 3] = [Filter::Area, Filter::Bilinear, Filter::PlainBicubic];

impl Factors {
    /// A random factor; its distance from 1 shrinks with `strength`.
    pub(super) fn draw(&self, strength: f32, stream: &mut Stream) -> f32 {
        let [least, most] = self.range;
        let kind = stream.uniform();
        let factor = match kind {
            _ if kind < self.up => stream.range(1.0, most),
            _ if kind < self.up + self.down => stream.range(least, 1.0),
            _ => 1.0,
        };
        1.0 + (factor - 1.0) * strength
    }
}

/// The image at `side` pixels by a random filter. With a probability of
/// `1 − strength` it is an antialiased one, as of programs that people use.
pub(super) fn resized(image: SquarePlanes, side: usize, strength: f32, stream: &mut Stream) -> SquarePlanes {
    let published = stream.uniform() < strength;
    let filter = if published { FILTERS[stream.below(FILTERS.len())] } else { Filter::Bicubic };
    if side == image.side {
        return image;
    }
    let taps = Taps::new(filter, image.side, side);
    SquarePlanes {
        values: image.planes().flat_map(|plane| resize_plane(plane, image.side, &taps, &taps)).collect(),
        side,
    }
}
