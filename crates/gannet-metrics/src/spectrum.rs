//! Watch your Up-Convolution: CNN Based Generative Deep Neural Networks are Failing to Reproduce Spectral Distributions,
//! Durall et al. 2020, arXiv:2003.01826: power by spatial frequency, in which upsampling leaves its traces.
//!
//! ```text
//! P(u, v) = |Σ image(y, x) e^{−2πi (uy/h + vx/w)}|² / hw
//! A(r)    = mean of P over the ring of frequencies that round to r
//! ```
//!
//! A spectrum is the mean over images of `10 log₁₀ (A(r) + 10⁻¹⁰)`, in dB. A frequency's radius is `√((u/h)² + (v/w)²)`
//! cycles per pixel times the shorter side; rings end at half a cycle per pixel, beyond which they are not whole.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::MetricError;
use crate::features::check_rows_finite;

/// Added to every power, so that images of one colour have a logarithm.
const FLOOR: f64 = 1e-10;
/// So many images are transformed before their spectra are added up.
const BATCH: usize = 64;

/// The mean spectrum of images of one size, as they stream by.
#[derive(Clone)]
pub struct Spectrum {
    height: usize,
    width: usize,
    count: usize,
    sum: Vec<f64>,
    /// The ring of each frequency, `[width, height]`, and how many frequencies each ring has.
    rings: Vec<Option<usize>>,
    sizes: Vec<f64>,
    rows: Arc<dyn Fft<f64>>,
    columns: Arc<dyn Fft<f64>>,
}

impl Spectrum {
    /// Of no images yet, of this size in pixels.
    ///
    /// # Panics
    /// Where a side is zero.
    pub fn new(height: usize, width: usize) -> Self {
        assert!(height > 0 && width > 0, "an image has at least one pixel");
        let rings: Vec<_> = (0..width).flat_map(|v| (0..height).map(move |u| ring(u, v, height, width))).collect();
        let mut sizes = vec![0.0; height.min(width) / 2 + 1];
        rings.iter().flatten().for_each(|ring| sizes[*ring] += 1.0);
        let mut planner = FftPlanner::new();
        let (rows, columns) = (planner.plan_fft_forward(width), planner.plan_fft_forward(height));
        Self { height, width, count: 0, sum: vec![0.0; sizes.len()], rings, sizes, rows, columns }
    }

    /// Adds grey `images [n, height, width]`.
    ///
    /// # Errors
    /// [`MetricError::NotFinite`]; then none of them was added.
    ///
    /// # Panics
    /// Where the values do not fill whole images.
    pub fn add(&mut self, images: &[f32]) -> Result<(), MetricError> {
        let pixels = self.height * self.width;
        assert_eq!(images.len() % pixels, 0, "values do not fill images of {}×{}", self.height, self.width);
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

    /// How many images were added.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Mean power in dB by radius, `[min(height, width) / 2 + 1]`; the first is the images' mean brightness.
    ///
    /// # Errors
    /// [`MetricError::TooFew`] where there is no image.
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

    /// Fourier coefficients, `[width, height]`: a column after the other.
    fn transform(&self, image: &[f32]) -> Vec<Complex<f64>> {
        let mut rows: Vec<_> = image.iter().map(|value| Complex::new(f64::from(*value), 0.0)).collect();
        self.rows.process(&mut rows);
        let column = |x| rows.iter().skip(x).step_by(self.width).copied();
        let mut columns: Vec<_> = (0..self.width).flat_map(column).collect();
        self.columns.process(&mut columns);
        columns
    }
}

/// The ring of frequency `u, v`, if it belongs to one.
fn ring(u: usize, v: usize, height: usize, width: usize) -> Option<usize> {
    // Frequencies above half of a side are negative ones.
    let cycles = |frequency: usize, side: usize| frequency.min(side - frequency) as f64 / side as f64;
    let shorter = height.min(width);
    let ring = (cycles(u, height).hypot(cycles(v, width)) * shorter as f64).round() as usize;
    (ring <= shorter / 2).then_some(ring)
}

/// Mean absolute difference, in dB, of two mean spectra over all radii but the first, brightness.
///
/// # Errors
/// Images of different sizes or of a single pixel along a side, no image on a side.
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
