//! How many modes of a mixture of Gaussians a generator has found, as PacGAN (Lin et al. 2018, arXiv:1712.04086, section
//! 4.1) and VEEGAN (Srivastava et al. 2017, arXiv:1705.07761) count them.

use serde::Serialize;

/// A sample belongs to a mode up to this distance from its center, in standard deviations.
const MAX_DEVIATIONS: f64 = 3.0;
/// Number of samples from which a mode counts as found.
const MIN_SAMPLES: usize = 20;

/// Coverage of a mixture whose modes have equal weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coverage {
    /// Number of modes found: with at least 20 samples within three standard deviations.
    pub modes: usize,
    /// Number of modes of the mixture.
    pub of: usize,
    /// Share of samples within three standard deviations of a mode.
    pub high_quality: f64,
    /// KL divergence, in nats, of the samples' shares of their nearest modes from equal shares.
    pub reverse_kl: f64,
}

/// Coverage of modes at `centers`, of standard deviation `sigma` along each axis. Samples that are not finite are not of high
/// quality.
pub fn coverage(samples: &[[f32; 2]], centers: &[[f64; 2]], sigma: f64) -> Coverage {
    let mut nearest = vec![0_usize; centers.len()];
    let mut good = vec![0_usize; centers.len()];
    for sample in samples {
        let distance =
            |center: &[f64; 2]| (0..2).map(|axis| (f64::from(sample[axis]) - center[axis]).powi(2)).sum::<f64>().sqrt();
        let distances = centers.iter().map(distance).enumerate();
        let Some((mode, distance)) = distances.min_by(|(_, a), (_, b)| a.total_cmp(b)) else { continue };
        nearest[mode] += 1;
        good[mode] += usize::from(distance <= MAX_DEVIATIONS * sigma);
    }
    let count = samples.len().max(1) as f64;
    let shares = nearest.iter().map(|of| *of as f64 / count).filter(|share| *share > 0.0);
    Coverage {
        modes: good.iter().filter(|of| **of >= MIN_SAMPLES).count(),
        of: centers.len(),
        high_quality: good.iter().sum::<usize>() as f64 / count,
        reverse_kl: shares.map(|share| share * (share * centers.len() as f64).ln()).sum::<f64>().max(0.0),
    }
}

/// Coverage of `classes` modes by samples whose mode a classifier has predicted, as of Stacked MNIST. A mode is found from its
/// first sample on, and all samples count as high quality.
pub fn class_coverage(labels: &[usize], classes: usize) -> Coverage {
    let mut counts = vec![0_usize; classes];
    labels.iter().for_each(|label| counts[*label] += 1);
    let shares = counts.iter().filter(|count| **count > 0).map(|count| *count as f64 / labels.len() as f64);
    Coverage {
        modes: counts.iter().filter(|count| **count > 0).count(),
        of: classes,
        high_quality: 1.0,
        reverse_kl: shares.map(|share| share * (share * classes as f64).ln()).sum::<f64>().max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTERS: [[f64; 2]; 4] = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]];

    #[test]
    fn modes_quality_and_shares_are_counted() {
        // 60 good ones at the first, 20 at the second (the farthest that count), 19 at the third, one outlier near it.
        let mut samples = vec![[0.1, 0.0]; 60];
        samples.extend(vec![[4.0, 0.29]; 20]);
        samples.extend(vec![[0.0, 4.0]; 19]);
        samples.push([0.0, 3.0]);
        let found = coverage(&samples, &CENTERS, 0.1);
        assert_eq!((found.modes, found.of), (2, 4));
        assert!((found.high_quality - 0.99).abs() < 1e-12);
        let expected: f64 = [0.6_f64, 0.2, 0.2].iter().map(|share| share * (share * 4.0).ln()).sum();
        assert!((found.reverse_kl - expected).abs() < 1e-12);
    }

    #[test]
    fn a_single_mode_and_equal_modes_are_the_extremes() {
        let single = coverage(&[[0.0, 0.0]; 100], &CENTERS, 0.1);
        assert!((single.reverse_kl - 4_f64.ln()).abs() < 1e-12 && single.modes == 1);
        let equal: Vec<[f32; 2]> = CENTERS.iter().flat_map(|center| [center.map(|x| x as f32); 25]).collect();
        assert_eq!(coverage(&equal, &CENTERS, 0.1), Coverage { modes: 4, of: 4, high_quality: 1.0, reverse_kl: 0.0 });
    }

    #[test]
    fn predicted_modes_are_counted_from_the_first_sample() {
        let found = class_coverage(&[0, 0, 0, 2], 4);
        let expected = 0.75 * 3_f64.ln();
        assert_eq!((found.modes, found.of), (2, 4));
        assert!((found.reverse_kl - expected).abs() < 1e-12);
        assert_eq!(class_coverage(&[0, 1, 2, 3], 4).reverse_kl, 0.0);
    }

    #[test]
    fn samples_that_are_not_finite_count_as_bad() {
        let found = coverage(&[[f32::NAN, 0.0]; 50], &CENTERS, 0.1);
        assert_eq!((found.modes, found.high_quality), (0, 0.0));
    }
}
