//! Running mean and covariance of features, in f64.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Vectors that are added to the products at once.
const BATCH: usize = 256;
/// Rows of the triangle of products that are one task.
const BAND: usize = 128;

/// Running mean and covariance of feature vectors.
///
/// Sums are relative to the first vector, which avoids the cancellation of `E x² − (E x)²` where features are far from zero.
/// Vectors are buffered until there are 256 of them, counted from the first, so that the bits of a result depend neither on
/// how vectors were batched nor on threads.
#[derive(Debug, Clone)]
pub struct Moments {
    dims: usize,
    count: usize,
    shift: Vec<f64>,
    sum: Vec<f64>,
    /// Σ (x − shift)(x − shift)ᵀ, row-major, without the buffered vectors. Each band is filled from the column of its first
    /// diagonal element on; columns to the left stay zero.
    products: Vec<f64>,
    /// `x − shift` of the buffered vectors, fewer than [`BATCH`].
    buffer: Vec<f64>,
}

/// The sums of [`Moments`], to be stored and read back without changing a bit of the mean and the covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct MomentParts {
    /// Number of vectors.
    pub count: usize,
    /// The first vector, `[dims]`; zeros where there is none.
    pub shift: Vec<f64>,
    /// Σ (x − shift), `[dims]`.
    pub sum: Vec<f64>,
    /// Upper triangle of Σ (x − shift)(x − shift)ᵀ, row-major: `dims · (dims + 1) / 2` values.
    pub products: Vec<f64>,
}

impl Moments {
    /// The moments of no vectors, with this number of features.
    pub fn new(dims: usize) -> Self {
        let zeros = vec![0.0; dims];
        Self { dims, count: 0, shift: zeros.clone(), sum: zeros, products: vec![0.0; dims * dims], buffer: vec![] }
    }

    /// Adds the vectors of `features [n, dims]`, row-major.
    ///
    /// # Panics
    /// Where the number of values is not a multiple of the number of features.
    pub fn add(&mut self, features: &[f32]) {
        assert_eq!(features.len() % self.dims, 0, "the number of values is not a multiple of {} features", self.dims);
        features.chunks_exact(self.dims).for_each(|row| self.add_one(row));
    }

    fn add_one(&mut self, row: &[f32]) {
        if self.count == 0 {
            self.shift = row.iter().map(|value| f64::from(*value)).collect();
        }
        let from = self.buffer.len();
        self.buffer.extend(row.iter().zip(&self.shift).map(|(value, shift)| f64::from(*value) - shift));
        self.sum.iter_mut().zip(&self.buffer[from..]).for_each(|(sum, value)| *sum += value);
        self.count += 1;
        if self.buffer.len() == BATCH * self.dims {
            add_products(&mut self.products, &self.buffer, self.dims);
            self.buffer.clear();
        }
    }

    /// Number of vectors.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Number of features of a vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Mean of each feature, `[dims]`; zeros where there are no vectors.
    pub fn mean(&self) -> Vec<f64> {
        let count = self.count.max(1) as f64;
        self.sum.iter().zip(&self.shift).map(|(sum, shift)| sum / count + shift).collect()
    }

    /// Unbiased covariance, `[dims, dims]`; zero for fewer than two vectors.
    pub fn covariance(&self) -> Mat<f64> {
        let (count, dims) = (self.count as f64, self.dims);
        let mut values = self.all_products();
        // Only the upper triangle is filled; the matrix below mirrors it.
        values.par_chunks_mut(dims).enumerate().for_each(|(i, row)| {
            let of_row = self.sum[i] / count.max(1.0);
            for (product, sum) in row[i..].iter_mut().zip(&self.sum[i..]) {
                *product = (*product - of_row * sum) / (count - 1.0).max(1.0);
            }
        });
        let upper = MatRef::from_row_major_slice(&values, dims, dims);
        Mat::from_fn(dims, dims, |i, j| upper[(i.min(j), i.max(j))])
    }

    /// The sums over all vectors, buffered ones included.
    pub fn to_parts(&self) -> MomentParts {
        let all = self.all_products();
        let products = (0..self.dims).flat_map(|i| all[i * self.dims + i..(i + 1) * self.dims].iter().copied());
        MomentParts {
            count: self.count,
            shift: self.shift.clone(),
            sum: self.sum.clone(),
            products: products.collect(),
        }
    }

    /// The moments with these sums, whose mean and covariance are restored to the last bit. The buffer starts empty, so that
    /// vectors added later may round differently than if the moments had not been stored.
    ///
    /// # Panics
    /// Where the lengths are not those that [`MomentParts`] documents.
    pub fn from_parts(parts: MomentParts) -> Self {
        let dims = parts.shift.len();
        let MomentParts { count, shift, sum, products: triangle } = parts;
        assert_eq!(
            (sum.len(), triangle.len()),
            (dims, dims * (dims + 1) / 2),
            "the sums are not those of {dims} features"
        );
        let (mut products, mut rest) = (vec![0.0; dims * dims], triangle.as_slice());
        for i in 0..dims {
            let (row, after) = rest.split_at(dims - i);
            products[i * dims + i..(i + 1) * dims].copy_from_slice(row);
            rest = after;
        }
        Self { dims, count, shift, sum, products, buffer: vec![] }
    }

    fn all_products(&self) -> Vec<f64> {
        let mut products = self.products.clone();
        add_products(&mut products, &self.buffer, self.dims);
        products
    }
}

/// Adds the upper triangle of `rowsᵀ · rows`, of `rows [n, dims]`, to `products [dims, dims]`, band by band; see
/// [`Moments::products`].
pub(crate) fn add_products(products: &mut [f64], rows: &[f64], dims: usize) {
    if rows.is_empty() {
        return;
    }
    let rows = MatRef::from_row_major_slice(rows, rows.len() / dims, dims);
    products.par_chunks_mut(BAND * dims).enumerate().for_each(|(band, products)| {
        let (from, height) = (band * BAND, products.len() / dims);
        let products = MatMut::from_row_major_slice_mut(products, height, dims).subcols_mut(from, dims - from);
        let (left, right) = (rows.subcols(from, height), rows.subcols(from, dims - from));
        matmul(products, Accum::Add, left.transpose(), right, 1.0, Par::Seq);
    });
}
