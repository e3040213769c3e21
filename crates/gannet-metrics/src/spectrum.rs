//! Watch your Up-Convolution: CNN Based Generative Deep Neural Networks are Failing to Reproduce Spectral Distributions,
//! Durall et al. 2020, arXiv:2003.01826: power by spatial frequency, which shows artifacts of upsampling.
//!
//! ```text
//! P(u, v) = |Σ image(y, x) e^{−2πi (uy/h + vx/w)}|² / hw
//! A(r)    = mean of P over the ring of frequencies that round to r
//! ```
//!
//! A spectrum is the mean over images of `10 log₁₀ (A(r) + 10⁻¹⁰)`, in dB. The radius of a frequency is `√((u/h)² + (v/w)²)`
//! cycles per pixel times the shorter side. Rings beyond half a cycle per pixel are incomplete and left out.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::MetricError;
use crate::features::check_rows_finite;

/// Added to every power, so that its logarithm is finite for constant images.
const FLOOR: f64 = 1e-10;
/// Images that are transformed in parallel before their spectra are summed.
const BATCH: usize = 64;

/// Running mean spectrum of images of one size.
#[derive(Clone)]
pub struct Spectrum {
    height: usize,
    width: usize,
    count: usize,
    sum: Vec<f64>,
    /// The ring of each frequency, `[width, height]`.
    rings: Vec<Option<usize>>,
    /// Number of frequencies of each ring.
    sizes: Vec<f64>,
    rows: Arc<dyn Fft<f64>>,
    columns: Arc<dyn Fft<f64>>,
}

impl Spectrum {
    /// The spectrum of no images, of this size in pixels.
    ///
    /// # Panics
    /// Where a side is zero.
    pub fn new(height: usize, width: usize) -> Self {
        assert!(height > 0 && width > 0, "an image needs at least one pixel");
        let rings: Vec<_> = (0..width).flat_map(|v| (0..height).map(move |u| ring(u, v, height, width))).collect();
        let mut sizes = vec![0.0; height.min(width) / 2 + 1];
        rings.iter().flatten().for_each(|ring| sizes[*ring] += 1.0);
        let mut planner = FftPlanner::new();
        let (rows, columns) = (planner.plan_fft_forward(width), planner.plan_fft_forward(height));
        Self { height, width, count: 0, sum: vec![0.0; sizes.len()], rings, sizes, rows, columns }
    }

    /// Adds gray `images [n, height, width]`.
    ///
    /// # Errors
    /// [`MetricError::NotFinite`] where a value is not finite; then no image is added.
    ///
    /// # Panics
    /// Where the number of values is not a multiple of `height · width`.
    pub fn add(&mut self, images: &[f32]) -> Result<(), MetricError> {
        let pixels = self.height * self.width;
        assert_eq!(
            images.len() % pixels,
            0,
            "the number of values is not a multiple of {}×{} pixels",
            self.height,
            self.width
        );
        check_rows_finite(images, pixels)?;
        for batch in images.chunks(BATCH * pixels) {
            let spectra: Vec<Vec<f64>> = batch.par_chunks(pixels).map(|image| self.decibels(image)).collect();
            for spectrum in spectra {
                self.sum.iter_mut().zip(spectrum).for_each(|(sum, power)| *sum += power);
                self.count += 1;
            }
        }
        Ok(())
    }

    /// Height and width of the images.
    pub fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Number of images.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Mean power in dB by radius, `[min(height, width) / 2 + 1]`; the first value is due to the mean brightness.
    ///
    /// # Errors
    /// [`MetricError::TooFew`] where there are no images.
    pub fn mean(&self) -> Result<Vec<f64>, MetricError> {
        if self.count == 0 {
            return Err(MetricError::TooFew { metric: "a spectrum", needed: 1, found: 0 });
        }
        Ok(self.sum.iter().map(|sum| sum / self.count as f64).collect())
    }

    /// The spectrum of one image, by radius.
    fn decibels(&self, image: &[f32]) -> Vec<f64> {
        let mut powers = vec![0.0; self.sizes.len()];
        let transformed = self.transform(image);
        for (ring, value) in self.rings.iter().zip(&transformed) {
            if let Some(ring) = ring {
                powers[*ring] += value.norm_sqr();
            }
        }
        let pixels = image.len() as f64;
        powers.iter().zip(&self.sizes).map(|(power, size)| 10.0 * (power / (size * pixels) + FLOOR).log10()).collect()
    }

    /// Fourier coefficients `[width, height]`, column by column.
    fn transform(&self, image: &[f32]) -> Vec<Complex<f64>> {
        let mut rows: Vec<_> = image.iter().map(|value| Complex::new(f64::from(*value), 0.0)).collect();
        self.rows.process(&mut rows);
        let column = |x| rows.iter().skip(x).step_by(self.width).copied();
        let mut columns: Vec<_> = (0..self.width).flat_map(column).collect();
        self.columns.process(&mut columns);
        columns
    }
}

/// The ring of frequency `u, v`; none beyond the last ring.
fn ring(u: usize, v: usize, height: usize, width: usize) -> Option<usize> {
    // Indices above half of a side are negative frequencies.
    let cycles = |frequency: usize, side: usize| frequency.min(side - frequency) as f64 / side as f64;
    let shorter = height.min(width);
    let ring = (cycles(u, height).hypot(cycles(v, width)) * shorter as f64).round() as usize;
    (ring <= shorter / 2).then_some(ring)
}

/// Mean absolute difference, in dB, of two mean spectra over all radii except the first, which is brightness.
///
/// # Errors
/// Images of different sizes or of a single pixel along a side, no images on a side.
pub fn spectral_distance(a: &Spectrum, b: &Spectrum) -> Result<f64, MetricError> {
    let sizes = ((a.height, a.width), (b.height, b.width));
    if sizes.0 != sizes.1 {
        return Err(MetricError::Sizes(sizes.0, sizes.1));
    }
    if a.sum.len() < 2 {
        return Err(MetricError::TooSmall { metric: "a distance of spectra", needed: 2, found: sizes.0 });
    }
    let (a, b) = (a.mean()?, b.mean()?);
    Ok(a[1..].iter().zip(&b[1..]).map(|(a, b)| (a - b).abs()).sum::<f64>() / (a.len() - 1) as f64)
}
