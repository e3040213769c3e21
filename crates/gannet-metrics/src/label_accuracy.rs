//! Pixel accuracy of label maps drawn in colors: Fully Convolutional Networks for Semantic Segmentation, Long, Shelhamer and
//! Darrell 2014, arXiv:1411.4038, section 5.

use crate::MetricError;

/// Share of pixels, in `[0, 1]`, that have the same label in both images: the index of the nearest color of `palette`. Both
/// images are RGB, three bytes a pixel, of the same size. The nearest color counts because compression changes colors a
/// little.
///
/// # Errors
/// Images of different sizes or without pixels, a palette of fewer than two colors.
pub fn label_accuracy(generated: &[u8], real: &[u8], palette: &[[u8; 3]]) -> Result<f64, MetricError> {
    if generated.len() != real.len() || generated.is_empty() {
        return Err(MetricError::Sizes((1, generated.len() / 3), (1, real.len() / 3)));
    }
    if palette.len() < 2 {
        return Err(MetricError::Palette(palette.len()));
    }
    let label = |pixel: &[u8]| {
        let distance =
            |color: &[u8; 3]| pixel.iter().zip(color).map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2)).sum::<i32>();
        (0..palette.len()).min_by_key(|at| distance(&palette[*at]))
    };
    let pairs = generated.chunks_exact(3).zip(real.chunks_exact(3));
    let correct = pairs.filter(|(generated, real)| label(generated) == label(real)).count();
    Ok(correct as f64 / (real.len() / 3) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_color_counts() {
        let palette = [[0, 0, 0], [128, 64, 128], [0, 128, 192]];
        let real = [0, 0, 0, 128, 64, 128, 0, 128, 192, 0, 0, 0];
        let generated = [9, 3, 0, 120, 80, 110, 100, 70, 120, 0, 0, 20];
        assert_eq!(label_accuracy(&generated, &real, &palette), Ok(0.75));
        assert_eq!(label_accuracy(&real, &real, &palette), Ok(1.0));
        assert!(label_accuracy(&generated[..3], &real, &palette).is_err());
        assert!(label_accuracy(&generated, &real, &palette[..1]).is_err());
    }
}
