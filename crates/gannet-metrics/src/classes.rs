//! What a classifier makes of generated images: are they clear, are all classes there?

/// Summary of a classifier's probabilities over a set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassReport {
    /// Share of images whose likeliest class has more than the stated probability.
    pub confident: f64,
    /// Share of images whose likeliest class is each one.
    pub shares: Vec<f64>,
    /// Entropy of `shares` in nats; ln(classes) where all are equally frequent.
    pub entropy: f64,
}

impl ClassReport {
    /// Of `probabilities [n, classes]`, row-major; `threshold` in `(0, 1)` is where confidence begins.
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
}
