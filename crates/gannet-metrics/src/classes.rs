//! A classifier's view of generated images: how confident it is, and how often each class occurs.

use serde::Serialize;

use crate::MetricError;

/// Summary of a classifier's probabilities over a set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassReport {
    /// Share of images whose likeliest class has a probability above the threshold.
    pub confident: f64,
    /// Share of images whose likeliest class is each one, `[classes]`.
    pub shares: Vec<f64>,
    /// Entropy of `shares` in nats; ln(classes) where all are equally frequent.
    pub entropy: f64,
}

impl ClassReport {
    /// The report of `probabilities [n, classes]`, row-major, with a confidence `threshold` in `(0, 1)`.
    pub fn new(probabilities: &[f32], classes: usize, threshold: f32) -> Self {
        let n = (probabilities.len() / classes).max(1) as f64;
        let mut counts = vec![0_usize; classes];
        let mut confident = 0;
        for row in probabilities.chunks_exact(classes) {
            let best = (0..classes).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
            counts[best] += 1;
            confident += usize::from(row[best] > threshold);
        }
        let shares: Vec<f64> = counts.iter().map(|count| *count as f64 / n).collect();
        let entropy = shares.iter().filter(|share| **share > 0.0).map(|share| share * share.recip().ln()).sum();
        Self { confident: confident as f64 / n, shares, entropy }
    }
}

/// Classes of generated images compared with those of a reference set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassMatch {
    /// Number of classes that at least one image has.
    pub found: usize,
    /// `KL(shares ‖ reference)` in nats: zero where all shares equal the reference's, infinite where images have a class that
    /// the reference lacks.
    pub kl: f64,
}

impl ClassReport {
    /// Compares the images' classes with the share of each class in a `reference` set, which sum to 1.
    ///
    /// # Errors
    /// [`MetricError::Lengths`] where the reference has another number of classes.
    pub fn compare(&self, reference: &[f64]) -> Result<ClassMatch, MetricError> {
        if reference.len() != self.shares.len() {
            return Err(MetricError::Lengths(reference.len(), "reference shares", self.shares.len(), "classes"));
        }
        let present = || self.shares.iter().zip(reference).filter(|(share, _)| **share > 0.0);
        // Rounding can leave a little less than zero.
        let kl = present().map(|(share, reference)| share * (share / reference).ln()).sum::<f64>().max(0.0);
        Ok(ClassMatch { found: present().count(), kl })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_confidence_and_classes() {
        let report = ClassReport::new(&[0.99, 0.01, 0.4, 0.6, 0.02, 0.98, 0.9, 0.1], 2, 0.95);
        assert_eq!(report.confident, 0.5);
        assert_eq!(report.shares, [0.5, 0.5]);
        assert!((report.entropy - 2_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn classes_are_compared_with_a_reference() {
        let report = ClassReport::new(&[0.9, 0.1, 0.0, 0.4, 0.6, 0.0, 0.2, 0.8, 0.0, 0.3, 0.7, 0.0], 3, 0.95);
        let found = report.compare(&[0.5, 0.25, 0.25]).unwrap();
        let expected = 0.25 * 0.5_f64.ln() + 0.75 * 3_f64.ln();
        assert_eq!(found.found, 2);
        assert!((found.kl - expected).abs() < 1e-12);
        assert_eq!(report.compare(&report.shares).unwrap().kl, 0.0);
        assert_eq!(report.compare(&[0.0, 0.5, 0.5]).unwrap().kl, f64::INFINITY);
        assert_eq!(report.compare(&[1.0]), Err(MetricError::Lengths(1, "reference shares", 3, "classes")));
    }
}
