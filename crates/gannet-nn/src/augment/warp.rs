//! Images whose pixels are moved.

use burn::tensor::{Int, Tensor, TensorData};
use gannet_ops::resample::mirrored;
use gannet_ops::twofold::{Blur, double, halve};

/// What lies beyond the border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// Grey, which is 0.
    Grey,
    /// The image, mirrored.
    Mirrored,
}

/// Where each pixel comes from: of an output pixel at `(x, y)` from the middle, in pixels, the place
/// `(a x + b y + c, d x + e y + f)` of the input, as `[a, b, c, d, e, f]`.
pub type Affine = [f64; 6];

/// The map that leaves pixels where they are.
pub const IDENTITY: Affine = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// `first`, and of the place that it gives `then`.
pub fn after(first: Affine, then: Affine) -> Affine {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = then;
    [g * a + h * d, g * b + h * e, g * c + h * f + i, j * a + k * d, j * b + k * e, j * c + k * f + l]
}

/// `images [n, c, h, w]`, each by its own map, with bilinear interpolation.
pub fn warp(images: Tensor<4>, maps: &[Affine], border: Border) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    assert_eq!(n, maps.len(), "a map for each image");
    let mut taps: [(Vec<i64>, Vec<f32>); 4] = Default::default();
    for map in maps {
        for (y, x) in (0..h).flat_map(|y| (0..w).map(move |x| (y, x))) {
            let [from_x, from_y] = place(map, [x, y], [w, h]);
            let (left, top) = (from_x.floor(), from_y.floor());
            for (number, (indices, weights)) in taps.iter_mut().enumerate() {
                let (dx, dy) = ((number % 2) as f64, (number / 2) as f64);
                let weight = (1.0 - (from_x - left - dx).abs()) * (1.0 - (from_y - top - dy).abs());
                let at = pixel([left + dx, top + dy], [w, h], border);
                indices.push(at.unwrap_or(0) as i64);
                weights.push(if at.is_some() { weight as f32 } else { 0.0 });
            }
        }
    }
    let flat = images.clone().reshape([n, c, h * w]);
    let moved =
        taps.into_iter().filter(|(_, weights)| weights.iter().any(|weight| *weight != 0.0)).map(|(at, weights)| {
            let at = Tensor::<3, Int>::from_data(TensorData::new(at, [n, 1, h * w]), &images.device());
            let weights =
                Tensor::<3>::from_data(TensorData::new(weights, [n, 1, h * w]), (&images.device(), images.dtype()));
            flat.clone().gather(2, at.repeat_dim(1, c)) * weights
        });
    moved.reduce(|sum, part| sum + part).unwrap_or_else(|| flat.zeros_like()).reshape([n, c, h, w])
}

/// The same on images of twice the size, against jagged edges.
pub fn warp_fine(images: Tensor<4>, maps: &[Affine], border: Border) -> Tensor<4> {
    let maps: Vec<Affine> = maps.iter().map(|[a, b, c, d, e, f]| [*a, *b, 2.0 * c, *d, *e, 2.0 * f]).collect();
    halve(warp(double(images, Blur::Triangle), &maps, border), Blur::Box)
}

/// Where an output pixel comes from, counted from the middle of the first pixel.
fn place(map: &Affine, [x, y]: [usize; 2], [w, h]: [usize; 2]) -> [f64; 2] {
    let (middle_x, middle_y) = ((w as f64 - 1.0) / 2.0, (h as f64 - 1.0) / 2.0);
    let (x, y) = (x as f64 - middle_x, y as f64 - middle_y);
    let [a, b, c, d, e, f] = map;
    // Rounding must not make a whole step a fraction of one.
    [a * x + b * y + c + middle_x, d * x + e * y + f + middle_y].map(|at| (at * 1e6).round() / 1e6)
}

fn pixel([x, y]: [f64; 2], [w, h]: [usize; 2], border: Border) -> Option<usize> {
    let inside = |at: f64, side: usize| at >= 0.0 && at < side as f64;
    match border {
        Border::Grey if !(inside(x, w) && inside(y, h)) => None,
        Border::Grey => Some(y as usize * w + x as usize),
        Border::Mirrored => Some(mirrored(y as isize, h) * w + mirrored(x as isize, w)),
    }
}
