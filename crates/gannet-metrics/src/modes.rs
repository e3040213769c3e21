//! How many modes of a mixture of Gaussians a generator has found, as PacGAN (Lin et al. 2018, arXiv:1712.04086, section
//! 4.1) and VEEGAN (Srivastava et al. 2017, arXiv:1705.07761) count them.

use serde::Serialize;

/// So many standard deviations from its centre a sample still belongs to a mode.
const WITHIN: f64 = 3.0;
/// So many samples make a mode found.
const ENOUGH: usize = 20;

/// What samples show of a mixture whose modes weigh the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coverage {
    /// Modes with at least 20 samples within three standard deviations.
    pub modes: usize,
    /// Modes that there are.
    pub of: usize,
    /// Share of samples within three standard deviations of a mode.
    pub high_quality: f64,
    /// KL divergence, in nats, of the samples' shares of their nearest modes from equal shares.
    pub reverse_kl: f64,
}

/// The coverage of modes at `centres`, of standard deviation `sigma` along each axis, by at least one sample.
pub fn coverage(samples: &[[f32; 2]], centres: &[[f64; 2]], sigma: f64) -> Coverage {
    let mut nearest = vec![0_usize; centres.len()];
    let mut good = vec![0_usize; centres.len()];
    for sample in samples {
        let distance =
            |centre: &[f64; 2]| (0..2).map(|axis| (f64::from(sample[axis]) - centre[axis]).powi(2)).sum::<f64>().sqrt();
        let distances = centres.iter().map(distance).enumerate();
        let Some((mode, distance)) = distances.min_by(|(_, a), (_, b)| a.total_cmp(b)) else { continue };
        nearest[mode] += 1;
        good[mode] += usize::from(distance <= WITHIN * sigma);
    }
    let count = samples.len().max(1) as f64;
    let shares = nearest.iter().map(|of| *of as f64 / count).filter(|share| *share > 0.0);
    Coverage {
        modes: good.iter().filter(|of| **of >= ENOUGH).count(),
        of: centres.len(),
        high_quality: good.iter().sum::<usize>() as f64 / count,
        reverse_kl: shares.map(|share| share * (share * centres.len() as f64).ln()).sum::<f64>().max(0.0),
    }
}

/// The coverage of `of` modes by samples whose modes a classifier named; one sample makes a mode found, and all count as
/// good.
pub fn stacked(found: &[usize], of: usize) -> Coverage {
    let mut counts = vec![0_usize; of];
    found.iter().for_each(|mode| counts[*mode] += 1);
    let shares = counts.iter().filter(|count| **count > 0).map(|count| *count as f64 / found.len() as f64);
    Coverage {
        modes: counts.iter().filter(|count| **count > 0).count(),
        of,
        high_quality: 1.0,
        reverse_kl: shares.map(|share| share * (share * of as f64).ln()).sum::<f64>().max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRES: [[f64; 2]; 4] = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]];

    #[test]
    fn modes_quality_and_shares_are_counted() {
        // 60 good ones at the first, 20 at the second (the farthest that count), 19 at the third, one astray near it.
        let mut samples = vec![[0.1, 0.0]; 60];
        samples.extend(vec![[4.0, 0.29]; 20]);
        samples.extend(vec![[0.0, 4.0]; 19]);
        samples.push([0.0, 3.0]);
        let found = coverage(&samples, &CENTRES, 0.1);
        assert_eq!((found.modes, found.of), (2, 4));
        assert!((found.high_quality - 0.99).abs() < 1e-12);
        let expected: f64 = [0.6_f64, 0.2, 0.2].iter().map(|share| share * (share * 4.0).ln()).sum();
        assert!((found.reverse_kl - expected).abs() < 1e-12);
    }

    #[test]
    fn one_mode_alone_and_all_modes_alike_are_the_extremes() {
        let alone = coverage(&[[0.0, 0.0]; 100], &CENTRES, 0.1);
        assert!((alone.reverse_kl - 4_f64.ln()).abs() < 1e-12 && alone.modes == 1);
        let alike: Vec<[f32; 2]> = CENTRES.iter().flat_map(|centre| [centre.map(|x| x as f32); 25]).collect();
        assert_eq!(coverage(&alike, &CENTRES, 0.1), Coverage { modes: 4, of: 4, high_quality: 1.0, reverse_kl: 0.0 });
    }

    #[test]
    fn named_modes_are_counted_from_the_first_sample() {
        let found = stacked(&[0, 0, 0, 2], 4);
        let expected = 0.75 * 3_f64.ln();
        assert_eq!((found.modes, found.of), (2, 4));
        assert!((found.reverse_kl - expected).abs() < 1e-12);
        assert_eq!(stacked(&[0, 1, 2, 3], 4).reverse_kl, 0.0);
    }

    #[test]
    fn samples_that_are_no_numbers_count_as_bad() {
        let found = coverage(&[[f32::NAN, 0.0]; 50], &CENTRES, 0.1);
        assert_eq!((found.modes, found.high_quality), (0, 0.0));
    }
}
