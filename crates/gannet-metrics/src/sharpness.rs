//! Diatom autofocusing in brightfield microscopy: a comparative study, Pech-Pacheco, Cristóbal, Chamorro-Martínez and
//! Fernández-Valdivia 2000, ICPR: the variance of an image's Laplacian, which blur reduces.
//!
//! ```text
//! L(y, x)   = image(y − 1, x) + image(y + 1, x) + image(y, x − 1) + image(y, x + 1) − 4 image(y, x)      inside the border
//! sharpness = mean (L − mean L)²
//! ```

use crate::{MetricError, Plane};

/// The variance of an image's Laplacian, in squares of its values.
///
/// # Errors
/// A side has fewer than 3 pixels, or a value is not finite.
pub fn sharpness(image: &Plane) -> Result<f64, MetricError> {
    let (height, width) = image.size();
    if height.min(width) < 3 {
        return Err(MetricError::TooSmall { metric: "sharpness", needed: 3, found: (height, width) });
    }
    let values = image.values();
    if values.iter().any(|value| !value.is_finite()) {
        return Err(MetricError::NotFinite(0));
    }
    let laplacian =
        |at: usize| values[at - width] + values[at + width] + values[at - 1] + values[at + 1] - 4.0 * values[at];
    let inner = (1..height - 1).flat_map(|y| (1..width - 1).map(move |x| y * width + x));
    let all: Vec<f64> = inner.map(laplacian).collect();
    let count = all.len() as f64;
    let mean = all.iter().sum::<f64>() / count;
    Ok(all.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(side: usize, value: impl Fn(usize, usize) -> f64) -> Plane {
        let pixels = (0..side * side).map(|at| value(at / side, at % side));
        Plane::new(side, side, pixels.collect())
    }

    #[test]
    fn a_ramp_has_zero_and_a_chessboard_the_maximum() {
        assert_eq!(sharpness(&image(8, |y, x| 3.0 * y as f64 - x as f64)), Ok(0.0));
        // The Laplacian of a black pixel among white neighbors is 4 · 255, that of a white one among black ones −4 · 255.
        assert_eq!(sharpness(&image(8, |y, x| 255.0 * ((y + x) % 2) as f64)), Ok((4.0_f64 * 255.0).powi(2)));
    }

    #[test]
    fn blur_reduces_it() {
        let edge = |y: usize, _: usize| if y < 4 { 0.0 } else { 100.0 };
        let blurred = |y: usize, x: usize| (edge(y.saturating_sub(1), x) + edge(y, x) + edge((y + 1).min(7), x)) / 3.0;
        // Of six inner rows one has a Laplacian of +100, and one of −100.
        assert!((sharpness(&image(8, edge)).unwrap() - 1e4 / 3.0).abs() < 1e-9);
        assert!(sharpness(&image(8, blurred)).unwrap() < 1e4 / 6.0);
    }

    #[test]
    fn images_without_inner_pixels_or_with_values_that_are_not_finite_are_refused() {
        assert!(matches!(sharpness(&image(2, |_, _| 1.0)), Err(MetricError::TooSmall { needed: 3, .. })));
        assert_eq!(sharpness(&image(4, |y, _| 1.0 / y as f64)), Err(MetricError::NotFinite(0)));
    }
}
