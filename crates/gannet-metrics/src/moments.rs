//! Mean and covariance of features, in f64, as they stream by.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

/// So many vectors are added to the products at once.
const BATCH: usize = 256;
/// The triangle of products is cut into bands of so many rows, one a task.
const BAND: usize = 128;

/// Running mean and covariance of feature vectors.
///
/// Sums are kept around the first vector, which costs nothing and avoids the cancellation of
/// `E x² − (E x)²` where features lie far from zero. Vectors wait until there are 256 of them, counted
/// from the first, so the bits of a result depend neither on how vectors were batched nor on threads.
#[derive(Debug, Clone)]
pub struct Moments {
    dims: usize,
    count: usize,
    origin: Vec<f64>,
    sum: Vec<f64>,
    /// Σ (x − origin)(x − origin)ᵀ row by row, without the vectors that wait. Each band is whole from its first
    /// diagonal element's column on; what is left of that stays zero.
    products: Vec<f64>,
    /// `x − origin` of the vectors that wait, fewer than [`BATCH`].
    waiting: Vec<f64>,
}

/// The sums of [`Moments`], to be stored and read back without changing a bit of mean and covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct MomentParts {
    /// How many vectors were added.
    pub count: usize,
    /// The first vector, `[dims]`; zeros where there is none.
    pub origin: Vec<f64>,
    /// Σ (x − origin), `[dims]`.
    pub sum: Vec<f64>,
    /// Upper triangle of Σ (x − origin)(x − origin)ᵀ, row by row: `dims · (dims + 1) / 2` values.
    pub products: Vec<f64>,
}

impl Moments {
    /// Of no vectors yet, of this many features.
    pub fn new(dims: usize) -> Self {
        let zeros = vec![0.0; dims];
        Self { dims, count: 0, origin: zeros.clone(), sum: zeros, products: vec![0.0; dims * dims], waiting: vec![] }
    }

    /// Adds the vectors of `features [n, dims]`, row-major.
    ///
    /// # Panics
    /// Where the length is no multiple of the number of features.
    pub fn add(&mut self, features: &[f32]) {
        assert_eq!(features.len() % self.dims, 0, "features do not fill {} columns", self.dims);
        features.chunks_exact(self.dims).for_each(|row| self.add_one(row));
    }

    fn add_one(&mut self, row: &[f32]) {
        if self.count == 0 {
            self.origin = row.iter().map(|value| f64::from(*value)).collect();
        }
        let from = self.waiting.len();
        self.waiting.extend(row.iter().zip(&self.origin).map(|(value, origin)| f64::from(*value) - origin));
        self.sum.iter_mut().zip(&self.waiting[from..]).for_each(|(sum, value)| *sum += value);
        self.count += 1;
        if self.waiting.len() == BATCH * self.dims {
            add_products(&mut self.products, &self.waiting, self.dims);
            self.waiting.clear();
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
        self.sum.iter().zip(&self.origin).map(|(sum, origin)| sum / count + origin).collect()
    }

    /// Unbiased covariance, `[dims, dims]`; zero for fewer than two vectors.
    pub fn covariance(&self) -> Mat<f64> {
        let (count, dims) = (self.count as f64, self.dims);
        let mut values = self.all_products();
        // The upper triangle of rows is the lower one of columns, where faer looks for it; the other mirrors it.
        values.par_chunks_mut(dims).enumerate().for_each(|(i, row)| {
            let of_row = self.sum[i] / count.max(1.0);
            for (product, sum) in row[i..].iter_mut().zip(&self.sum[i..]) {
                *product = (*product - of_row * sum) / (count - 1.0).max(1.0);
            }
        });
        let upper = MatRef::from_row_major_slice(&values, dims, dims);
        Mat::from_fn(dims, dims, |i, j| upper[(i.min(j), i.max(j))])
    }

    /// The sums, vectors that wait included.
    pub fn to_parts(&self) -> MomentParts {
        let all = self.all_products();
        let products = (0..self.dims).flat_map(|i| all[i * self.dims + i..(i + 1) * self.dims].iter().copied());
        MomentParts {
            count: self.count,
            origin: self.origin.clone(),
            sum: self.sum.clone(),
            products: products.collect(),
        }
    }

    /// The moments that have these sums: the same mean and covariance to the last bit. Vectors added later are
    /// batched from here on, so that they may round otherwise than without the detour.
    ///
    /// # Panics
    /// Where the lengths are not those of [`MomentParts`].
    pub fn from_parts(parts: MomentParts) -> Self {
        let dims = parts.origin.len();
        let MomentParts { count, origin, sum, products: triangle } = parts;
        assert_eq!((sum.len(), triangle.len()), (dims, dims * (dims + 1) / 2), "the sums do not fit {dims} features");
        let (mut products, mut rest) = (vec![0.0; dims * dims], triangle.as_slice());
        for i in 0..dims {
            let (row, after) = rest.split_at(dims - i);
            products[i * dims + i..(i + 1) * dims].copy_from_slice(row);
            rest = after;
        }
        Self { dims, count, origin, sum, products, waiting: vec![] }
    }

    fn all_products(&self) -> Vec<f64> {
        let mut products = self.products.clone();
        add_products(&mut products, &self.waiting, self.dims);
        products
    }
}

/// Adds `rowsᵀ · rows`, of `rows [n, dims]`, to the bands of `products [dims, dims]`; see [`Moments::products`].
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
