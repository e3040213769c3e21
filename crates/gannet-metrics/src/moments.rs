//! Mean and covariance of features, in f64, as they stream by.

use faer::Mat;

/// Running mean and covariance of feature vectors.
///
/// Sums are kept around the first vector, which costs nothing and avoids the cancellation of
/// `E x² − (E x)²` where features lie far from zero. Vectors are added one by one, so the result
/// does not depend on how they were batched.
#[derive(Debug, Clone)]
pub struct Moments {
    dims: usize,
    count: usize,
    origin: Vec<f64>,
    sum: Vec<f64>,
    /// Upper triangle of Σ (x − origin)(x − origin)ᵀ, row by row, each row whole.
    products: Vec<f64>,
}

impl Moments {
    /// Of no vectors yet, of this many features.
    pub fn new(dims: usize) -> Self {
        Self { dims, count: 0, origin: Vec::new(), sum: vec![0.0; dims], products: vec![0.0; dims * dims] }
    }

    /// Adds the vectors of `features [n, dims]`, row-major.
    ///
    /// # Panics
    /// Where the length is no multiple of the number of features.
    pub fn add(&mut self, features: &[f32]) {
        assert_eq!(features.len() % self.dims, 0, "features do not fill {} columns", self.dims);
        for row in features.chunks_exact(self.dims) {
            if self.count == 0 {
                self.origin = row.iter().map(|v| f64::from(*v)).collect();
            }
            let centred: Vec<f64> = row.iter().zip(&self.origin).map(|(v, o)| f64::from(*v) - o).collect();
            for (i, a) in centred.iter().enumerate() {
                self.sum[i] += a;
                let products = &mut self.products[i * self.dims..][..self.dims];
                for (product, b) in products[i..].iter_mut().zip(&centred[i..]) {
                    *product += a * b;
                }
            }
            self.count += 1;
        }
    }

    /// How many vectors were added.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many features a vector has.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Mean of each feature.
    pub fn mean(&self) -> Vec<f64> {
        let count = self.count.max(1) as f64;
        self.sum.iter().enumerate().map(|(i, sum)| sum / count + self.origin.get(i).unwrap_or(&0.0)).collect()
    }

    /// Unbiased covariance, `[dims, dims]`; zero for fewer than two vectors.
    pub fn covariance(&self) -> Mat<f64> {
        let count = self.count as f64;
        Mat::from_fn(self.dims, self.dims, |i, j| {
            let (i, j) = (i.min(j), i.max(j));
            let product = self.products[i * self.dims + j] - self.sum[i] * self.sum[j] / count.max(1.0);
            product / (count - 1.0).max(1.0)
        })
    }
}
