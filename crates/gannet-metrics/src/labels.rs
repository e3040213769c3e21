//! How many pixels of a map of labels, each drawn in a colour, are right: the pixel accuracy of Long, Shelhamer and Darrell 2014,
//! arXiv:1411.4038, section 5.

use crate::MetricError;

/// The share of pixels whose nearest colour of `palette` is that of the pixel of `real` in the same place; both RGB, three bytes a
/// pixel, of the same size. The nearest, since compression moves colours a little.
///
/// # Errors
/// The sizes differ, or the palette has fewer than two colours.
pub fn label_accuracy(made: &[u8], real: &[u8], palette: &[[u8; 3]]) -> Result<f64, MetricError> {
    if made.len() != real.len() || made.is_empty() {
        return Err(MetricError::Sizes((1, made.len() / 3), (1, real.len() / 3)));
    }
    if palette.len() < 2 {
        return Err(MetricError::Palette(palette.len()));
    }
    let label = |pixel: &[u8]| {
        let off =
            |color: &[u8; 3]| pixel.iter().zip(color).map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2)).sum::<i32>();
        (0..palette.len()).min_by_key(|at| off(&palette[*at]))
    };
    let pairs = made.chunks_exact(3).zip(real.chunks_exact(3));
    let right = pairs.filter(|(made, real)| label(made) == label(real)).count();
    Ok(right as f64 / (real.len() / 3) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_colour_counts() {
        let palette = [[0, 0, 0], [128, 64, 128], [0, 128, 192]];
        let real = [0, 0, 0, 128, 64, 128, 0, 128, 192, 0, 0, 0];
        let made = [9, 3, 0, 120, 80, 110, 100, 70, 120, 0, 0, 20];
        assert_eq!(label_accuracy(&made, &real, &palette), Ok(0.75));
        assert_eq!(label_accuracy(&real, &real, &palette), Ok(1.0));
        assert!(label_accuracy(&made[..3], &real, &palette).is_err());
        assert!(label_accuracy(&made, &real, &palette[..1]).is_err());
    }
}
