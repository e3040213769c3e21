//! Holes for images, as a person would make them: rectangles, strokes of a brush (Yu et al. 2018, arXiv:1806.03589, section
//! 3.5), and spots without a form.

use gannet_ops::random::Stream;

/// What holes look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskKind {
    /// Upright rectangles.
    Rectangles,
    /// Lines with bends and round ends.
    Strokes,
    /// Where smooth noise is high.
    Irregular,
}

/// Sides of a rectangle and lengths of a stroke's pieces, as shares of the image's.
const LENGTH: [f32; 2] = [0.1, 0.4];
/// Width of a stroke, likewise.
const BRUSH: [f32; 2] = [0.06, 0.14];
/// Pieces of a stroke.
const PIECES: [usize; 2] = [3, 8];
/// How far a stroke turns at a bend, in radians.
const BEND: f32 = 2.0;
/// How far smooth noise is averaged, as a share of the image's side, and how often.
const SMOOTH: f32 = 0.06;
const PASSES: usize = 3;

/// A hole in an image of `side × side` pixels, row after row: `share` of them or, by the last rectangle or stroke, a few more.
pub(crate) fn mask(kind: MaskKind, side: usize, share: f32, stream: &mut Stream) -> Vec<bool> {
    let wanted = ((side * side) as f32 * share).ceil() as usize;
    if kind == MaskKind::Irregular {
        return irregular(side, wanted, stream);
    }
    let mut hole = vec![false; side * side];
    while hole.iter().filter(|missing| **missing).count() < wanted {
        match kind {
            MaskKind::Rectangles => rectangle(&mut hole, side, stream),
            _ => stroke(&mut hole, side, wanted, stream),
        }
    }
    hole
}

fn length([least, most]: [f32; 2], side: usize, stream: &mut Stream) -> f32 {
    side as f32 * stream.range(least, most)
}

fn rectangle(hole: &mut [bool], side: usize, stream: &mut Stream) {
    let [height, width] = [(); 2].map(|()| (length(LENGTH, side, stream) as usize).clamp(1, side));
    let [top, left] = [height, width].map(|length| stream.below(side - length + 1));
    for row in hole.chunks_exact_mut(side).skip(top).take(height) {
        row[left..left + width].fill(true);
    }
}

fn stroke(hole: &mut [bool], side: usize, wanted: usize, stream: &mut Stream) {
    let radius = (0.5 * length(BRUSH, side, stream)).max(0.5);
    let mut at = [(); 2].map(|()| stream.range(0.0, side as f32));
    let mut direction = stream.range(0.0, std::f32::consts::TAU);
    for _ in 0..PIECES[0] + stream.below(PIECES[1] - PIECES[0] + 1) {
        direction += stream.range(-BEND, BEND);
        let to = [
            at[0] + length(LENGTH, side, stream) * direction.sin(),
            at[1] + length(LENGTH, side, stream) * direction.cos(),
        ];
        let to = to.map(|place| place.clamp(0.0, side as f32));
        line(hole, side, [at, to], radius);
        at = to;
        if hole.iter().filter(|missing| **missing).count() >= wanted {
            return;
        }
    }
}

/// All pixels within `radius` of a line.
fn line(hole: &mut [bool], side: usize, [a, b]: [[f32; 2]; 2], radius: f32) {
    let (dy, dx) = (b[0] - a[0], b[1] - a[1]);
    let squared = (dy * dy + dx * dx).max(1e-9);
    for (place, missing) in hole.iter_mut().enumerate() {
        let (y, x) = ((place / side) as f32 + 0.5 - a[0], (place % side) as f32 + 0.5 - a[1]);
        let along = ((y * dy + x * dx) / squared).clamp(0.0, 1.0);
        *missing |= (y - along * dy).hypot(x - along * dx) <= radius;
    }
}

/// The `wanted` highest places of smooth noise.
fn irregular(side: usize, wanted: usize, stream: &mut Stream) -> Vec<bool> {
    let mut field = stream.normals(side * side);
    let reach = ((SMOOTH * side as f32) as usize).max(1);
    for _ in 0..PASSES {
        field = transposed(&averaged(&field, side, reach), side);
        field = transposed(&averaged(&field, side, reach), side);
    }
    let mut order: Vec<usize> = (0..field.len()).collect();
    order.sort_by(|a, b| field[*b].total_cmp(&field[*a]));
    let mut hole = vec![false; side * side];
    order.into_iter().take(wanted).for_each(|place| hole[place] = true);
    hole
}

/// Means over the neighbours in a row, by sums from its start.
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
    use super::*;

    #[test]
    fn holes_are_as_large_as_asked_for() {
        for kind in [MaskKind::Rectangles, MaskKind::Strokes, MaskKind::Irregular] {
            let mut total = 0.0;
            for seed in 0..20 {
                let hole = mask(kind, 64, 0.25, &mut Stream::new(seed, "masks", 0));
                assert_eq!(hole, mask(kind, 64, 0.25, &mut Stream::new(seed, "masks", 0)));
                assert_ne!(hole, mask(kind, 64, 0.25, &mut Stream::new(seed + 100, "masks", 0)));
                total += hole.iter().filter(|missing| **missing).count() as f32 / (20.0 * 4096.0);
            }
            assert!((0.25..0.32).contains(&total), "{kind:?}: {total}");
        }
        assert!(mask(MaskKind::Irregular, 8, 1.0, &mut Stream::new(0, "masks", 0)).iter().all(|missing| *missing));
    }
}
