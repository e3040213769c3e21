//! Training Generative Adversarial Networks with Limited Data, Karras et al. 2020, arXiv:2006.06676, appendix B: a pipeline of
//! which each transformation happens with probability p, so small at first that a generator cannot learn to make them.
//!
//! ```text
//! blit       mirror, quarter turns, whole pixels up to an eighth of the side
//! geometry   size 2^N(0, 0.2²), turn U(−π, π), width against height 2^N(0, 0.2²), N(0, 0.125²) of the side
//! color      brightness N(0, 0.2²), contrast 2^N(0, 0.5²), luma flip, hue U(−π, π), saturation 2^N(0, 1)
//! filter     four bands of frequency, each × 2^N(0, 1)
//! noise      N(0, σ²) with σ = |N(0, 0.1²)|
//! cutout     a square of half the side
//! ```
//!
//! Where the paper resamples by a wavelet's filters on an image of twice the size, here it is bilinear interpolation on one, of
//! those images that move: it blurs, as the wavelet hardly does, and images that stay where they are need not be.

use std::f64::consts::PI;

use burn::tensor::{Int, Tensor, TensorData};
use gannet_ops::random::Stream;
use gannet_ops::resample::mirrored;
use gannet_ops::resample2x::{Blur, upsample2x, downsample2x};
use gannet_ops::warp::{Affine, Border, IDENTITY, compose, warp};

use super::cutout;

/// A kind of transformation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdaPart {
    /// Pixels put elsewhere.
    Blit,
    /// Images turned and stretched.
    Geometry,
    /// Colours mixed.
    Color,
    /// Frequencies strengthened and weakened.
    Filter,
    /// Noise added.
    Noise,
    /// A part hidden.
    Cutout,
}

impl AdaPart {
    /// All, with the words that recipes use.
    pub const ALL: [(&'static str, Self); 6] = [
        ("blit", Self::Blit),
        ("geometry", Self::Geometry),
        ("color", Self::Color),
        ("filter", Self::Filter),
        ("noise", Self::Noise),
        ("cutout", Self::Cutout),
    ];
}

/// Transformations, each of which happens with some probability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ada(pub Vec<AdaPart>);

impl Ada {
    /// `images [n, c, h, w]` in `[-1, 1]`, about, with numbers from `stream`; each transformation with probability `p`.
    pub fn apply(&self, images: Tensor<4>, p: f64, stream: &mut Stream) -> Tensor<4> {
        let mut chance = Chance { p, stream };
        let [n, _, h, w] = images.dims();
        self.0.iter().fold(images, |images, part| match part {
            AdaPart::Blit => {
                let maps: Vec<Affine> = (0..n).map(|_| chance.blit([w, h])).collect();
                where_moved(images, &maps, |images, maps| warp(images, maps, Border::Mirrored))
            }
            AdaPart::Geometry => {
                let maps: Vec<Affine> = (0..n).map(|_| chance.geometry([w, h])).collect();
                where_moved(images, &maps, warp_fine)
            }
            AdaPart::Color => color(images, &mut chance),
            AdaPart::Filter => filter(images, &mut chance),
            AdaPart::Noise => noise(images, &mut chance),
            AdaPart::Cutout => {
                let hit: Vec<bool> = (0..n).map(|_| chance.happens()).collect();
                cutout(images, 0.5, &hit, chance.stream)
            }
        })
    }
}

/// Draws what happens, and how.
struct Chance<'a> {
    p: f64,
    stream: &'a mut Stream,
}

impl Chance<'_> {
    fn happens(&mut self) -> bool {
        f64::from(self.stream.uniform()) < self.p
    }

    /// N(0, std²), or 0 where nothing happens.
    fn normal(&mut self, std: f64) -> f64 {
        let value = f64::from(self.stream.normal()) * std;
        if self.happens() { value } else { 0.0 }
    }

    /// 2^N(0, std²), or 1.
    fn factor(&mut self, std: f64) -> f64 {
        self.normal(std).exp2()
    }

    /// U(−π, π), or 0.
    fn angle(&mut self) -> f64 {
        let angle = f64::from(self.stream.range(-1.0, 1.0)) * PI;
        if self.happens() { angle } else { 0.0 }
    }

    fn blit(&mut self, [w, h]: [usize; 2]) -> Affine {
        let mirror = if self.happens() && self.stream.uniform() < 0.5 { -1.0 } else { 1.0 };
        let quarters = if self.happens() { self.stream.below(4) } else { 0 };
        let shift = self.happens();
        let [x, y] = [w, h].map(|side| {
            let by = f64::from(self.stream.range(-0.125, 0.125)) * side as f64;
            if shift { by.round() } else { 0.0 }
        });
        let [cos, sin] = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]][quarters];
        compose(compose([mirror, 0.0, 0.0, 0.0, 1.0, 0.0], [cos, -sin, 0.0, sin, cos, 0.0]), [1.0, 0.0, x, 0.0, 1.0, y])
    }

    fn geometry(&mut self, [w, h]: [usize; 2]) -> Affine {
        let size = self.factor(0.2);
        // Twice, each so that one of them happens with probability p.
        let p = self.p;
        self.p = 1.0 - (1.0 - p.min(1.0)).sqrt();
        let [before, behind] = [self.angle(), self.angle()];
        self.p = p;
        let aspect = self.factor(0.2);
        let (x, y) = (f64::from(self.stream.normal()) * 0.125, f64::from(self.stream.normal()) * 0.125);
        let shift = if self.happens() { [x * w as f64, y * h as f64] } else { [0.0; 2] };
        let scale = |x: f64, y: f64| [1.0 / x, 0.0, 0.0, 0.0, 1.0 / y, 0.0];
        let turn = |by: f64| [by.cos(), -by.sin(), 0.0, by.sin(), by.cos(), 0.0];
        let steps = [
            scale(size, size),
            turn(before),
            scale(aspect, 1.0 / aspect),
            turn(behind),
            [1.0, 0.0, shift[0], 0.0, 1.0, shift[1]],
        ];
        steps.into_iter().fold(IDENTITY, compose)
    }
}

/// What `warp` makes of those images that have a map of their own; the others are left as they are, and as sharp.
fn where_moved(images: Tensor<4>, maps: &[Affine], warp: impl Fn(Tensor<4>, &[Affine]) -> Tensor<4>) -> Tensor<4> {
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
    let made = warp(select(images.clone(), &moved), &maps);
    let from: Vec<usize> = (0..n).map(|at| moved.binary_search(&at).map_or(at, |place| n + place)).collect();
    select(Tensor::cat(vec![images, made], 0), &from)
}

/// Moved on images of twice the size, against jagged edges.
fn warp_fine(images: Tensor<4>, maps: &[Affine]) -> Tensor<4> {
    let maps: Vec<Affine> = maps.iter().map(|[a, b, c, d, e, f]| [*a, *b, 2.0 * c, *d, *e, 2.0 * f]).collect();
    downsample2x(warp(upsample2x(images, Blur::Triangle), &maps, Border::Mirrored), Blur::Box)
}

/// Of each image a matrix of its colours `[c, c]` and a shift.
fn color(images: Tensor<4>, chance: &mut Chance) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let (mut matrices, mut shifts) = (Vec::with_capacity(n * c * c), Vec::with_capacity(n * c));
    for _ in 0..n {
        let (matrix, shift) = color_map(chance);
        if c == 3 {
            matrices.extend(matrix.as_flattened());
            shifts.extend(shift);
        } else {
            // Grey is what a grey colour's mean becomes.
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

fn color_map(chance: &mut Chance) -> (Matrix, [f64; 3]) {
    const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    // Of the axis of greys, v vᵀ.
    const GREY: Matrix = [[1.0 / 3.0; 3]; 3];
    let brightness = chance.normal(0.2);
    let contrast = chance.factor(0.5);
    let flip = if chance.happens() && chance.stream.uniform() < 0.5 { 2.0 } else { 0.0 };
    let hue = chance.angle();
    let saturation = chance.factor(1.0);
    let plus = |a: Matrix, by: f64, b: Matrix| [0, 1, 2].map(|row| [0, 1, 2].map(|at| a[row][at] + by * b[row][at]));
    let times = |a: Matrix, b: Matrix| {
        [0, 1, 2].map(|row| [0, 1, 2].map(|at| (0..3).map(|mid| a[row][mid] * b[mid][at]).sum::<f64>()))
    };
    let flipped = plus(IDENTITY, -flip, GREY);
    // Rodrigues' rotation about the axis of greys: cos I + sin [v]× + (1 − cos) v vᵀ.
    let s = hue.sin() / 3.0_f64.sqrt();
    let cross = [[0.0, -s, s], [s, 0.0, -s], [-s, s, 0.0]];
    let turned = plus(plus(cross, hue.cos(), IDENTITY), 1.0 - hue.cos(), GREY);
    let saturated = plus(plus([[0.0; 3]; 3], saturation, IDENTITY), 1.0 - saturation, GREY);
    let behind = times(saturated, times(turned, flipped));
    let matrix = behind.map(|row| row.map(|value| value * contrast));
    let shift = matrix.map(|row| row.iter().sum::<f64>() * brightness);
    (matrix, shift)
}

/// The expected power of natural images in the four bands, from the lowest.
const POWER: [f64; 4] = [10.0 / 13.0, 1.0 / 13.0, 1.0 / 13.0, 1.0 / 13.0];

/// Each image filtered along both axes, mirrored at its border.
fn filter(images: Tensor<4>, chance: &mut Chance) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let bands = bands();
    let (mut rows, mut columns) = (Vec::with_capacity(n * h * h), Vec::with_capacity(n * w * w));
    for _ in 0..n {
        let mut gains = [1.0; 4];
        for band in 0..4 {
            // Each band in turn, and all of them brought back to the power that they had.
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

/// A filter along an axis of `side` pixels as a matrix `[side, side]`.
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

/// Zero-phase filters for the four octaves of frequency from the lowest, which sum to the identity: the autocorrelations of
/// Daubechies' wavelet of two vanishing moments (1988), applied to every second and every fourth pixel.
fn bands() -> [Vec<f64>; 4] {
    let root = 3.0_f64.sqrt();
    let low = [1.0 + root, 3.0 + root, 3.0 - root, 1.0 - root].map(|tap| tap / 8.0);
    // The autocorrelation of taps that sum to 1, so that half of the frequencies pass.
    let mut smooth = vec![0.0; 7];
    for (i, a) in low.iter().enumerate() {
        low.iter().enumerate().for_each(|(j, b)| smooth[i + 3 - j] += a * b);
    }
    let mut rest: Vec<f64> = smooth.iter().map(|tap| -tap).collect();
    rest[3] += 1.0;
    let spread = |taps: &[f64], step: usize| {
        let mut wide = vec![0.0; (taps.len() - 1) * step + 1];
        taps.iter().enumerate().for_each(|(at, tap)| wide[at * step] = *tap);
        wide
    };
    let through = |a: &[f64], b: &[f64]| {
        let mut product = vec![0.0; a.len() + b.len() - 1];
        a.iter().enumerate().for_each(|(i, a)| b.iter().enumerate().for_each(|(j, b)| product[i + j] += a * b));
        product
    };
    let two = through(&smooth, &spread(&smooth, 2));
    let all = [
        through(&two, &spread(&smooth, 4)),
        through(&two, &spread(&rest, 4)),
        through(&smooth, &spread(&rest, 2)),
        rest,
    ];
    let longest = all[0].len();
    all.map(|taps| {
        let beside = vec![0.0; (longest - taps.len()) / 2];
        [beside.clone(), taps, beside].concat()
    })
}

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
