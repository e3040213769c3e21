//! Training Generative Adversarial Networks with Limited Data, Karras et al. 2020, arXiv:2006.06676, appendix B: a pipeline
//! of transformations, each applied with probability p, which starts so small that the generator does not learn to imitate them.
//!
//! ```text
//! blit       mirror, rotation by 90°, shift by whole pixels up to an eighth of the side
//! geometry   size 2^N(0, 0.2²), rotation U(−π, π), width against height 2^N(0, 0.2²), shift N(0, 0.125²) of the side
//! color      brightness N(0, 0.2²), contrast 2^N(0, 0.5²), luma flip, hue U(−π, π), saturation 2^N(0, 1)
//! filter     four bands of frequency, each × 2^N(0, 1)
//! noise      N(0, σ²) with σ = |N(0, 0.1²)|
//! cutout     a square of half the side
//! ```
//!
//! Where the paper resamples with a wavelet's filters on an image of twice the size, this is bilinear interpolation on such an
//! image. It blurs, as the wavelet hardly does; so images without a geometric transformation are not resampled.

use std::f64::consts::PI;

use burn::tensor::{Int, Tensor, TensorData};
use gannet_choice::choice;
use gannet_ops::random::Stream;
use gannet_ops::resample::mirrored;
use gannet_ops::resample2x::{Blur, downsample2x, upsample2x};
use gannet_ops::warp::{Affine, Border, IDENTITY, compose, warp};

use super::bands::bands;
use super::cutout::cutout;
use super::kind::parse_policy;

choice! {
    /// A transformation of ADA.
    AdaPart {
        /// Mirroring, rotation by 90° and shifts by whole pixels.
        Blit = "blit",
        /// Scaling, rotation and shifts.
        Geometry = "geometry",
        /// A linear map of the colors.
        Color = "color",
        /// Amplification of bands of frequency.
        Filter = "filter",
        /// Additive noise.
        Noise = "noise",
        /// A square hidden in gray.
        Cutout = "cutout",
    }
}

impl AdaPart {
    /// The transformations that the paper recommends: bgc.
    pub const USUAL: [Self; 3] = [Self::Blit, Self::Geometry, Self::Color];
}

/// Transformations, each of which is applied with some probability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ada(pub Vec<AdaPart>);

impl Ada {
    /// The transformations of a policy such as `blit,color`; [`AdaPart::USUAL`] where it is empty.
    ///
    /// # Errors
    /// A word is not one of [`AdaPart`].
    pub fn from_policy(policy: &str) -> Result<Self, String> {
        Ok(Self(parse_policy(policy, &AdaPart::USUAL)?))
    }

    /// `images [n, c, h, w]`, about in `[-1, 1]`, transformed with random numbers from `stream`, each transformation with
    /// probability `p`.
    pub fn apply(&self, images: Tensor<4>, p: f64, stream: &mut Stream) -> Tensor<4> {
        let mut chance = Chance { p, stream };
        let [n, _, h, w] = images.dims();
        self.0.iter().fold(images, |images, part| match part {
            AdaPart::Blit => {
                let maps: Vec<Affine> = (0..n).map(|_| chance.blit([w, h])).collect();
                warp_moved(images, &maps, |images, maps| warp(images, maps, Border::Mirrored))
            }
            AdaPart::Geometry => {
                let maps: Vec<Affine> = (0..n).map(|_| chance.geometry([w, h])).collect();
                warp_moved(images, &maps, warp_fine)
            }
            AdaPart::Color => color(images, &mut chance),
            AdaPart::Filter => filter(images, &mut chance),
            AdaPart::Noise => noise(images, &mut chance),
            AdaPart::Cutout => {
                let hit: Vec<bool> = (0..n).map(|_| chance.applies()).collect();
                cutout(images, 0.5, &hit, chance.stream)
            }
        })
    }
}

/// Draws whether a transformation is applied, and its parameters.
struct Chance<'a> {
    p: f64,
    stream: &'a mut Stream,
}

impl Chance<'_> {
    /// Whether a transformation is applied: with probability p.
    fn applies(&mut self) -> bool {
        f64::from(self.stream.uniform()) < self.p
    }

    /// N(0, std²), or 0 where the transformation is not applied.
    fn normal(&mut self, std: f64) -> f64 {
        let value = f64::from(self.stream.normal()) * std;
        if self.applies() { value } else { 0.0 }
    }

    /// 2^N(0, std²), or 1.
    fn factor(&mut self, std: f64) -> f64 {
        self.normal(std).exp2()
    }

    /// U(−π, π), or 0.
    fn angle(&mut self) -> f64 {
        let angle = f64::from(self.stream.range(-1.0, 1.0)) * PI;
        if self.applies() { angle } else { 0.0 }
    }

    fn blit(&mut self, [w, h]: [usize; 2]) -> Affine {
        let mirror = if self.applies() && self.stream.uniform() < 0.5 { -1.0 } else { 1.0 };
        let quarters = if self.applies() { self.stream.below(4) } else { 0 };
        let shift = self.applies();
        let [x, y] = [w, h].map(|side| {
            let by = f64::from(self.stream.range(-0.125, 0.125)) * side as f64;
            if shift { by.round() } else { 0.0 }
        });
        let [cos, sin] = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]][quarters];
        compose(compose([mirror, 0.0, 0.0, 0.0, 1.0, 0.0], [cos, -sin, 0.0, sin, cos, 0.0]), [1.0, 0.0, x, 0.0, 1.0, y])
    }

    fn geometry(&mut self, [w, h]: [usize; 2]) -> Affine {
        let size = self.factor(0.2);
        // Two rotations, each with such a probability that one or both are applied with probability p.
        let p = self.p;
        self.p = 1.0 - (1.0 - p.min(1.0)).sqrt();
        let [before, after] = [self.angle(), self.angle()];
        self.p = p;
        let aspect = self.factor(0.2);
        let (x, y) = (f64::from(self.stream.normal()) * 0.125, f64::from(self.stream.normal()) * 0.125);
        let shift = if self.applies() { [x * w as f64, y * h as f64] } else { [0.0; 2] };
        let scale = |x: f64, y: f64| [1.0 / x, 0.0, 0.0, 0.0, 1.0 / y, 0.0];
        let rotation = |by: f64| [by.cos(), -by.sin(), 0.0, by.sin(), by.cos(), 0.0];
        let steps = [
            scale(size, size),
            rotation(before),
            scale(aspect, 1.0 / aspect),
            rotation(after),
            [1.0, 0.0, shift[0], 0.0, 1.0, shift[1]],
        ];
        steps.into_iter().fold(IDENTITY, compose)
    }
}

/// Warps the images whose map is not the identity; the others are left unchanged, without blur.
fn warp_moved(images: Tensor<4>, maps: &[Affine], warp: impl Fn(Tensor<4>, &[Affine]) -> Tensor<4>) -> Tensor<4> {
    let n = maps.len();
    let moved: Vec<usize> = (0..n).filter(|at| maps[*at] != IDENTITY).collect();
    if moved.is_empty() {
        return images;
    }
    let select = |images: Tensor<4>, from: &[usize]| {
        let from = from.iter().map(|at| *at as i32).collect::<Vec<_>>();
        let from = Tensor::<1, Int>::from_data(TensorData::from(from.as_slice()), &images.device());
        images.select(0, from)
    };
    let maps: Vec<Affine> = moved.iter().map(|at| maps[*at]).collect();
    let warped = warp(select(images.clone(), &moved), &maps);
    let from: Vec<usize> = (0..n).map(|at| moved.binary_search(&at).map_or(at, |place| n + place)).collect();
    select(Tensor::cat(vec![images, warped], 0), &from)
}

/// Warps on images of twice the size, against aliasing.
fn warp_fine(images: Tensor<4>, maps: &[Affine]) -> Tensor<4> {
    let maps: Vec<Affine> = maps.iter().map(|[a, b, c, d, e, f]| [*a, *b, 2.0 * c, *d, *e, 2.0 * f]).collect();
    downsample2x(warp(upsample2x(images, Blur::Triangle), &maps, Border::Mirrored), Blur::Box)
}

/// Applies to each image's colors a matrix `[c, c]` and a shift.
fn color(images: Tensor<4>, chance: &mut Chance) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let (mut matrices, mut shifts) = (Vec::with_capacity(n * c * c), Vec::with_capacity(n * c));
    for _ in 0..n {
        let (matrix, shift) = color_map(chance);
        if c == 3 {
            matrices.extend(matrix.as_flattened());
            shifts.extend(shift);
        } else {
            // A gray image has the gain and shift of the mean of a gray color.
            let gain = matrix.as_flattened().iter().sum::<f64>() / 3.0;
            matrices.extend((0..c * c).map(|at| if at % (c + 1) == 0 { gain } else { 0.0 }));
            shifts.extend(std::iter::repeat_n(shift.iter().sum::<f64>() / 3.0, c));
        }
    }
    let like = (&images.device(), images.dtype());
    let matrices = Tensor::<3>::from_data(TensorData::new(matrices, [n, c, c]), like);
    let shifts = Tensor::<3>::from_data(TensorData::new(shifts, [n, c, 1]), like);
    (matrices.matmul(images.reshape([n, c, h * w])) + shifts).reshape([n, c, h, w])
}

type Matrix = [[f64; 3]; 3];

/// The matrix and the shift of an image's colors.
fn color_map(chance: &mut Chance) -> (Matrix, [f64; 3]) {
    const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    // The projection on the axis of grays, v vᵀ.
    const GRAY: Matrix = [[1.0 / 3.0; 3]; 3];
    let brightness = chance.normal(0.2);
    let contrast = chance.factor(0.5);
    let flip = if chance.applies() && chance.stream.uniform() < 0.5 { 2.0 } else { 0.0 };
    let hue = chance.angle();
    let saturation = chance.factor(1.0);
    let plus = |a: Matrix, by: f64, b: Matrix| [0, 1, 2].map(|row| [0, 1, 2].map(|at| a[row][at] + by * b[row][at]));
    let times = |a: Matrix, b: Matrix| {
        [0, 1, 2].map(|row| [0, 1, 2].map(|at| (0..3).map(|mid| a[row][mid] * b[mid][at]).sum::<f64>()))
    };
    let flipped = plus(IDENTITY, -flip, GRAY);
    // Rodrigues' rotation about the axis of grays: cos I + sin [v]× + (1 − cos) v vᵀ.
    let s = hue.sin() / 3.0_f64.sqrt();
    let cross = [[0.0, -s, s], [s, 0.0, -s], [-s, s, 0.0]];
    let rotated = plus(plus(cross, hue.cos(), IDENTITY), 1.0 - hue.cos(), GRAY);
    let saturated = plus(plus([[0.0; 3]; 3], saturation, IDENTITY), 1.0 - saturation, GRAY);
    let product = times(saturated, times(rotated, flipped));
    let matrix = product.map(|row| row.map(|value| value * contrast));
    let shift = matrix.map(|row| row.iter().sum::<f64>() * brightness);
    (matrix, shift)
}

/// The expected power of natural images in the four bands, from the lowest.
const POWER: [f64; 4] = [10.0 / 13.0, 1.0 / 13.0, 1.0 / 13.0, 1.0 / 13.0];

/// Filters each image along both axes, with its border mirrored.
fn filter(images: Tensor<4>, chance: &mut Chance) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let bands = bands();
    let (mut rows, mut columns) = (Vec::with_capacity(n * h * h), Vec::with_capacity(n * w * w));
    for _ in 0..n {
        let mut gains = [1.0; 4];
        for band in 0..4 {
            // Each band in turn is amplified, and all are rescaled to the power before.
            let factor = chance.factor(1.0);
            let mut own = [1.0; 4];
            own[band] = factor;
            let power: f64 = own.iter().zip(POWER).map(|(gain, power)| gain * gain * power).sum();
            gains.iter_mut().zip(own).for_each(|(gain, own)| *gain *= own / power.sqrt());
        }
        let length = bands[0].len();
        let taps: Vec<f64> = (0..length).map(|at| (0..4).map(|band| gains[band] * bands[band][at]).sum()).collect();
        rows.extend(banded(&taps, h));
        columns.extend(banded(&taps, w));
    }
    let like = (&images.device(), images.dtype());
    let rows = Tensor::<4>::from_data(TensorData::new(rows, [n, 1, h, h]), like);
    let columns = Tensor::<4>::from_data(TensorData::new(columns, [n, 1, w, w]), like);
    let tall = rows.repeat_dim(1, c).matmul(images);
    tall.matmul(columns.swap_dims(2, 3).repeat_dim(1, c))
}

/// A filter along an axis of `side` pixels, as a matrix `[side, side]`.
fn banded(taps: &[f64], side: usize) -> Vec<f64> {
    let mut matrix = vec![0.0; side * side];
    let middle = (taps.len() / 2) as isize;
    for at in 0..side {
        for (tap, weight) in taps.iter().enumerate() {
            matrix[at * side + mirrored(at as isize + tap as isize - middle, side)] += weight;
        }
    }
    matrix
}

/// Adds noise of a random standard deviation to each image.
fn noise(images: Tensor<4>, chance: &mut Chance) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let mut values = Vec::with_capacity(n * c * h * w);
    for _ in 0..n {
        let sigma = chance.normal(0.1).abs() as f32;
        values.extend((0..c * h * w).map(|_| sigma * chance.stream.normal()));
    }
    let noise = Tensor::from_data(TensorData::new(values, [n, c, h, w]), (&images.device(), images.dtype()));
    images + noise
}
