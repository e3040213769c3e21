//! A picture of the two networks: the discriminator's field, the modes, and the generator's samples.

use gannet_apply::image_grid::GridPicture;

use crate::mixture::Mixture;

/// Side of a picture in pixels.
pub const SIDE: usize = 320;
/// Number of points along each axis where the field is computed; a pixel shows the nearest one.
pub const CELLS: usize = 80;
/// Colors of points that D takes for fake, for neither and for real.
const FAKE: [f64; 3] = [59.0, 96.0, 180.0];
const NEITHER: [f64; 3] = [247.0, 247.0, 247.0];
const REAL: [f64; 3] = [208.0, 88.0, 44.0];
const MODE: [u8; 3] = [110, 110, 110];
const SAMPLE: [u8; 3] = [10, 10, 10];

/// `[CELLS², 2]` coordinates of the middles of the field's cells, from the upper left, row by row.
pub fn cells(reach: f64) -> Vec<f32> {
    let at = |index: usize| ((index as f64 + 0.5) / CELLS as f64 * 2.0 - 1.0) * reach;
    (0..CELLS).flat_map(|row| (0..CELLS).flat_map(move |column| [at(column) as f32, -at(row) as f32])).collect()
}

/// Draws the discriminator's logits at the [`cells`], red where it says "real" and blue where "fake". The shade is the rank
/// of a logit among all of its sign. The modes are rings of three standard deviations, the samples are dots.
pub fn draw(mixture: &Mixture, field: &[f32], samples: &[[f32; 2]]) -> GridPicture {
    let mut picture = GridPicture { width: SIDE, height: SIDE, channels: 3, pixels: vec![0; SIDE * SIDE * 3] };
    let shades = shades(field);
    for (at, pixel) in picture.pixels.chunks_exact_mut(3).enumerate() {
        let cell = at / SIDE * CELLS / SIDE * CELLS + at % SIDE * CELLS / SIDE;
        pixel.copy_from_slice(&color(shades[cell]));
    }
    let reach = mixture.reach();
    for center in &mixture.centers {
        let radius = (3.0 * mixture.sigma).max(0.02 * reach);
        for step in 0..120 {
            let angle = f64::from(step) / 120.0 * std::f64::consts::TAU;
            dot(&mut picture, reach, [center[0] + radius * angle.cos(), center[1] + radius * angle.sin()], 1, MODE);
        }
    }
    for sample in samples {
        dot(&mut picture, reach, sample.map(f64::from), 2, SAMPLE);
    }
    picture
}

/// −1 for the surest fake to 1 for the surest real.
fn shades(field: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..field.len()).collect();
    order.sort_by(|a, b| field[*a].total_cmp(&field[*b]));
    let fakes = field.iter().filter(|logit| **logit < 0.0).count();
    let mut shades = vec![0.0; field.len()];
    for (rank, at) in order.into_iter().enumerate() {
        let (rank, fakes) = (rank as f64, fakes as f64);
        shades[at] = if rank < fakes { rank / fakes - 1.0 } else { (rank - fakes) / (field.len() as f64 - fakes) };
    }
    shades
}

fn color(shade: f64) -> [u8; 3] {
    let end = if shade < 0.0 { FAKE } else { REAL };
    let strength = shade.abs() * 0.8;
    std::array::from_fn(|channel| (NEITHER[channel] + (end[channel] - NEITHER[channel]) * strength) as u8)
}

/// A square of `size` pixels at a point, clipped to the picture.
fn dot(picture: &mut GridPicture, reach: f64, [x, y]: [f64; 2], size: i64, color: [u8; 3]) {
    let pixel = |at: f64| ((at / reach + 1.0) / 2.0 * SIDE as f64).floor() as i64;
    if !(x.is_finite() && y.is_finite()) {
        return;
    }
    for (row, column) in (0..size).flat_map(|row| (0..size).map(move |column| (row, column))) {
        let (row, column) = (pixel(-y) + row, pixel(x) + column);
        if (0..SIDE as i64).contains(&row) && (0..SIDE as i64).contains(&column) {
            let at = (row as usize * SIDE + column as usize) * 3;
            picture.pixels[at..at + 3].copy_from_slice(&color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixture::Set;

    fn at(picture: &GridPicture, row: usize, column: usize) -> [u8; 3] {
        let at = (row * SIDE + column) * 3;
        [picture.pixels[at], picture.pixels[at + 1], picture.pixels[at + 2]]
    }

    #[test]
    fn real_is_red_fake_is_blue_and_samples_are_dots() {
        let mixture = Set::Ring.mixture();
        // The discriminator says "real" on the right.
        let field: Vec<f32> = cells(mixture.reach()).chunks(2).map(|point| point[0]).collect();
        let picture = draw(&mixture, &field, &[[0.0, 1.0], [f32::NAN, 0.0], [900.0, 0.0]]);
        let ([left_red, _, left_blue], [right_red, _, right_blue]) = (at(&picture, 5, 2), at(&picture, 5, SIDE - 3));
        assert!(left_blue > left_red && right_red > right_blue);
        let row = ((1.0 - 1.0 / mixture.reach()) / 2.0 * SIDE as f64) as usize;
        assert_eq!(at(&picture, row, SIDE / 2), SAMPLE, "above the middle");
    }

    #[test]
    fn the_field_is_computed_row_by_row_from_the_upper_left() {
        let cells = cells(4.0);
        assert_eq!(cells.len(), 2 * CELLS * CELLS);
        assert!(cells[0] < -3.9 && cells[1] > 3.9 && cells[2] > cells[0] && cells[3] == cells[1]);
    }
}
