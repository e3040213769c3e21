//! Free-Form Image Inpainting with Gated Convolution, Yu et al. 2018, arXiv:1806.03589, section 3.5: random masks for
//! the training of inpainting networks, as rectangles, brush strokes or irregular spots.

use gannet_ops::random::Stream;

gannet_choice::choice! {
    /// The shapes of random masks.
    MaskKind {
        /// Upright rectangles.
        Rectangles = "rectangles",
        /// Brush strokes: bent lines with round ends (Yu et al. 2018, arXiv:1806.03589, section 3.5).
        Strokes = "strokes",
        /// Irregular spots, where smooth noise is high.
        Irregular = "irregular",
        /// One of the other kinds, drawn anew for each mask.
        Mixed = "mixed",
    }
}

impl MaskKind {
    /// The kind of one mask: itself, or for [`MaskKind::Mixed`] one of the others with equal probability.
    ///
    /// Only [`MaskKind::Mixed`] takes a number from the stream.
    pub fn drawn(self, stream: &mut Stream) -> Self {
        match self {
            Self::Rectangles | Self::Strokes | Self::Irregular => self,
            Self::Mixed => [Self::Rectangles, Self::Strokes, Self::Irregular][stream.below(3)],
        }
    }
}

/// Side lengths of a rectangle and lengths of a stroke's segments, as shares of the image's side.
const LENGTH: [f32; 2] = [0.1, 0.4];
/// Width of a stroke, as a share of the image's side.
const BRUSH: [f32; 2] = [0.06, 0.14];
/// Segments of a stroke, at least and at most.
const SEGMENTS: [usize; 2] = [3, 8];
/// The largest turn between two segments, in radians.
const BEND: f32 = 2.0;
/// The half width of the box filter that smooths noise, as a share of the image's side, and how often it is applied.
const SMOOTH: f32 = 0.06;
const PASSES: usize = 3;

/// A random mask of `side × side` pixels, row after row; `true` is missing.
///
/// At least `share` of the pixels are missing, and as many more as the last rectangle or stroke adds.
pub(crate) fn random_mask(kind: MaskKind, side: usize, share: f32, stream: &mut Stream) -> Vec<bool> {
    let wanted = ((side * side) as f32 * share).ceil() as usize;
    let add: fn(&mut [bool], usize, usize, &mut Stream) = match kind.drawn(stream) {
        MaskKind::Rectangles => |mask, side, _, stream| add_rectangle(mask, side, stream),
        MaskKind::Strokes => add_stroke,
        MaskKind::Irregular | MaskKind::Mixed => return irregular(side, wanted, stream),
    };
    let mut mask = vec![false; side * side];
    while missing(&mask) < wanted {
        add(&mut mask, side, wanted, stream);
    }
    mask
}

fn missing(mask: &[bool]) -> usize {
    mask.iter().filter(|missing| **missing).count()
}

fn length([least, most]: [f32; 2], side: usize, stream: &mut Stream) -> f32 {
    side as f32 * stream.range(least, most)
}

fn add_rectangle(mask: &mut [bool], side: usize, stream: &mut Stream) {
    let [height, width] = [(); 2].map(|()| (length(LENGTH, side, stream) as usize).clamp(1, side));
    let [top, left] = [height, width].map(|length| stream.below(side - length + 1));
    for row in mask.chunks_exact_mut(side).skip(top).take(height) {
        row[left..left + width].fill(true);
    }
}

/// Adds one stroke, cut off after the segment with which `wanted` pixels are missing.
fn add_stroke(mask: &mut [bool], side: usize, wanted: usize, stream: &mut Stream) {
    let radius = (0.5 * length(BRUSH, side, stream)).max(0.5);
    let mut at = [(); 2].map(|()| stream.range(0.0, side as f32));
    let mut direction = stream.range(0.0, std::f32::consts::TAU);
    for _ in 0..SEGMENTS[0] + stream.below(SEGMENTS[1] - SEGMENTS[0] + 1) {
        direction += stream.range(-BEND, BEND);
        let to = [
            at[0] + length(LENGTH, side, stream) * direction.sin(),
            at[1] + length(LENGTH, side, stream) * direction.cos(),
        ];
        let to = to.map(|place| place.clamp(0.0, side as f32));
        add_segment(mask, side, [at, to], radius);
        at = to;
        if missing(mask) >= wanted {
            return;
        }
    }
}

/// Adds all pixels within `radius` of a line from `a` to `b`.
fn add_segment(mask: &mut [bool], side: usize, [a, b]: [[f32; 2]; 2], radius: f32) {
    let (dy, dx) = (b[0] - a[0], b[1] - a[1]);
    let squared = (dy * dy + dx * dx).max(1e-9);
    for (place, missing) in mask.iter_mut().enumerate() {
        let (y, x) = ((place / side) as f32 + 0.5 - a[0], (place % side) as f32 + 0.5 - a[1]);
        let along = ((y * dy + x * dx) / squared).clamp(0.0, 1.0);
        *missing |= (y - along * dy).hypot(x - along * dx) <= radius;
    }
}

/// The `wanted` highest pixels of smooth noise.
fn irregular(side: usize, wanted: usize, stream: &mut Stream) -> Vec<bool> {
    let mut field = stream.normals(side * side);
    let reach = ((SMOOTH * side as f32) as usize).max(1);
    for _ in 0..PASSES {
        field = transposed(&averaged(&field, side, reach), side);
        field = transposed(&averaged(&field, side, reach), side);
    }
    let mut order: Vec<usize> = (0..field.len()).collect();
    order.sort_by(|a, b| field[*b].total_cmp(&field[*a]));
    let mut mask = vec![false; side * side];
    order.into_iter().take(wanted).for_each(|place| mask[place] = true);
    mask
}

/// Box filter along rows: the mean of the pixels at most `reach` away, by prefix sums.
fn averaged(field: &[f32], side: usize, reach: usize) -> Vec<f32> {
    let row = |row: &[f32]| -> Vec<f32> {
        let mut sums = vec![0.0_f64];
        row.iter().for_each(|value| sums.push(sums[sums.len() - 1] + f64::from(*value)));
        let mean = |at: usize| {
            let (from, to) = (at.saturating_sub(reach), (at + reach + 1).min(side));
            ((sums[to] - sums[from]) / (to - from) as f64) as f32
        };
        (0..side).map(mean).collect()
    };
    field.chunks_exact(side).flat_map(row).collect()
}

fn transposed(field: &[f32], side: usize) -> Vec<f32> {
    (0..side * side).map(|place| field[place % side * side + place / side]).collect()
}

#[cfg(test)]
mod tests {
    use gannet_choice::Choice;

    use super::*;

    #[test]
    fn masks_cover_about_the_share_that_is_asked_for() {
        for kind in MaskKind::ALL.iter().copied() {
            let mut total = 0.0;
            for seed in 0..20 {
                let mask = random_mask(kind, 64, 0.25, &mut Stream::new(seed, "masks", 0));
                assert_eq!(mask, random_mask(kind, 64, 0.25, &mut Stream::new(seed, "masks", 0)));
                assert_ne!(mask, random_mask(kind, 64, 0.25, &mut Stream::new(seed + 100, "masks", 0)));
                total += missing(&mask) as f32 / (20.0 * 4096.0);
            }
            assert!((0.25..0.32).contains(&total), "{kind}: {total}");
        }
        assert_eq!(missing(&random_mask(MaskKind::Irregular, 8, 1.0, &mut Stream::new(0, "masks", 0))), 64);
    }

    #[test]
    fn mixed_draws_a_kind_and_then_its_mask() {
        let mut kinds = [0; 3];
        for seed in 0..60 {
            let stream = || Stream::new(seed, "masks", 0);
            let mut drawn = stream();
            let kind = MaskKind::Mixed.drawn(&mut drawn);
            assert_eq!(kind.drawn(&mut drawn.clone()), kind);
            kinds[MaskKind::ALL.iter().position(|other| *other == kind).unwrap()] += 1;
            let mask = random_mask(kind, 16, 0.25, &mut drawn);
            assert_eq!(random_mask(MaskKind::Mixed, 16, 0.25, &mut stream()), mask);
        }
        assert!(kinds.iter().all(|count| *count > 8), "{kinds:?}");
    }
}
