//! Resizing of images, by the filters that the field's programs use.
//!
//! Pixels are areas: the first one's center lies at ½, except in [`Filter::Tf1`]. All filters are linear and separable, hence
//! two small matrices: `y = rows · x · columnsᵀ`. [`Taps`] holds the part of such a matrix that is not zero.

use burn::tensor::{Tensor, TensorData};

/// How an image is resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// A triangle that widens where the image shrinks, so that every pixel counts: bilinear with antialiasing, as PyTorch's
    /// `interpolate(mode="bilinear", antialias=True)`.
    Triangle,
    /// The two nearest pixels, however much the image shrinks: as PyTorch's `interpolate(mode="bilinear")`.
    Bilinear,
    /// The same with pixels as points whose first lies at 0: TensorFlow 1's `resize_bilinear`, by which the Fréchet Inception
    /// distance was first measured.
    Tf1,
    /// Cubic convolution with a = −½ (Keys 1981) that widens where the image shrinks, as Pillow's `BICUBIC`; what lies beyond
    /// the border is left out.
    Bicubic,
    /// The same with the image mirrored beyond its border, as MATLAB's `imresize`, by which super-resolution is measured.
    Imresize,
}

/// What each pixel of a line is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Taps {
    /// Pixels that one is made of.
    per: usize,
    /// Places in the input and their weights, `per` for each output; weights sum to 1.
    taps: Vec<(usize, f64)>,
}

impl Taps {
    /// From a line of `input` pixels to one of `output`, both at least 1.
    pub fn new(filter: Filter, input: usize, output: usize) -> Self {
        let of = |at| match filter {
            Filter::Triangle => windowed(at, input, output, 1.0, triangle, |at| inside(at, input)),
            Filter::Bicubic => windowed(at, input, output, 2.0, cubic, |at| inside(at, input)),
            Filter::Imresize => windowed(at, input, output, 2.0, cubic, |at| Some(mirrored(at, input))),
            // These two in single precision, as PyTorch and TensorFlow have them.
            Filter::Bilinear => {
                let scale = input as f32 / output as f32;
                between(f64::from((scale * (at as f32 + 0.5) - 0.5).max(0.0)), input)
            }
            Filter::Tf1 => between(f64::from(at as f32 * (input as f64 / output as f64) as f32), input),
        };
        let rows: Vec<Vec<(usize, f64)>> = (0..output).map(of).collect();
        let per = rows.iter().map(Vec::len).max().unwrap_or(0);
        let pad = |mut row: Vec<(usize, f64)>| {
            row.resize(per, (0, 0.0));
            row
        };
        Self { per, taps: rows.into_iter().flat_map(pad).collect() }
    }

    fn rows(&self) -> impl Iterator<Item = &[(usize, f64)]> {
        self.taps.chunks_exact(self.per)
    }

    /// Pixels of the line that is made.
    fn output(&self) -> usize {
        self.taps.len() / self.per
    }
}

/// A plane of `width` pixels a row → `[rows, columns]` made of it by these taps.
pub fn resize_plane(plane: &[f32], width: usize, rows: &Taps, columns: &Taps) -> Vec<f32> {
    let (wide, height) = (columns.output(), plane.len() / width);
    let mut narrowed = Vec::with_capacity(height * wide);
    for line in plane.chunks_exact(width) {
        let pixel = |taps: &[(usize, f64)]| taps.iter().map(|(at, weight)| weight * f64::from(line[*at])).sum::<f64>();
        narrowed.extend(columns.rows().map(|taps| pixel(taps) as f32));
    }
    let mut made = Vec::with_capacity(rows.output() * wide);
    let mut sum = vec![0.0_f64; wide];
    for taps in rows.rows() {
        sum.fill(0.0);
        for (at, weight) in taps.iter().filter(|(_, weight)| *weight != 0.0) {
            let line = &narrowed[at * wide..][..wide];
            sum.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        }
        made.extend(sum.iter().map(|sum| *sum as f32));
    }
    made
}

/// `x [n, c, h, w]` → `[n, c, h', w']` with `[h', w'] = size`, all at least 1, by [`Filter::Triangle`]; it has a gradient.
pub fn resize(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    resize_by(Filter::Triangle, x, size)
}

/// The same by any filter.
pub fn resize_by(filter: Filter, x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let rows = matrix(filter, h, size[0], &x).reshape([1, 1, size[0], h]);
    let columns = matrix(filter, w, size[1], &x).transpose();
    // All lines of all images at once; the other axis is one product an image.
    let narrowed = x.reshape([n * c * h, w]).matmul(columns).reshape([n, c, h, size[1]]);
    rows.matmul(narrowed)
}

/// The weights as a tensor of the same kind as `like`.
fn matrix(filter: Filter, input: usize, output: usize, like: &Tensor<4>) -> Tensor<2> {
    let data = TensorData::new(weights(filter, input, output), [output, input]);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}

/// `[output, input]`, row-major: what each input pixel gives to each output pixel. Rows sum to 1.
fn weights(filter: Filter, input: usize, output: usize) -> Vec<f64> {
    let mut dense = vec![0.0; input * output];
    let taps = Taps::new(filter, input, output);
    for (row, taps) in dense.chunks_exact_mut(input).zip(taps.rows()) {
        taps.iter().for_each(|(at, weight)| row[*at] += weight);
    }
    dense
}

/// Pixels under a kernel that reaches `reach` pixels to either side, or as many output pixels where the image shrinks.
/// `place` is where a pixel's value comes from.
fn windowed(
    at: usize,
    input: usize,
    output: usize,
    reach: f64,
    kernel: fn(f64) -> f64,
    place: impl Fn(isize) -> Option<usize>,
) -> Vec<(usize, f64)> {
    let scale = input as f64 / output as f64;
    let widened = scale.max(1.0);
    let center = (at as f64 + 0.5) * scale;
    let first = (center - reach * widened).floor() as isize;
    let last = (center + reach * widened).ceil() as isize;
    let tap = |pixel: isize| {
        let weight = kernel((pixel as f64 + 0.5 - center) / widened);
        (weight != 0.0).then_some(()).and_then(|()| Some((place(pixel)?, weight)))
    };
    let taps: Vec<(usize, f64)> = (first..=last).filter_map(tap).collect();
    // At the borders a part of the kernel may lie outside: the rest stands for it.
    let total: f64 = taps.iter().map(|(_, weight)| weight).sum();
    taps.into_iter().map(|(pixel, weight)| (pixel, weight / total)).collect()
}

/// The pixels on either side of a point that lies `at` pixels from the first.
fn between(at: f64, input: usize) -> Vec<(usize, f64)> {
    let low = (at as usize).min(input - 1);
    let part = at - low as f64;
    vec![(low, 1.0 - part), ((low + 1).min(input - 1), part)]
}

fn inside(at: isize, length: usize) -> Option<usize> {
    usize::try_from(at).ok().filter(|at| *at < length)
}

/// The pixel of a line of `length` that place `at` shows, where the line is its own mirror image on either side.
pub fn mirrored(at: isize, length: usize) -> usize {
    let at = at.rem_euclid(2 * length as isize) as usize;
    at.min(2 * length - 1 - at)
}

fn triangle(distance: f64) -> f64 {
    (1.0 - distance.abs()).max(0.0)
}

fn cubic(distance: f64) -> f64 {
    let x = distance.abs();
    if x <= 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use burn::tensor::DType;
    use safetensors::SafeTensors;

    use super::*;
    use crate::device::device;
    use crate::random::Stream;

    fn reference(file: &SafeTensors, name: &str) -> Tensor<4> {
        let view = file.tensor(name).unwrap();
        let values: Vec<f32> = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Tensor::from_data(TensorData::new(values, view.shape().to_vec()), &device("cpu").unwrap())
    }

    #[test]
    fn sizes_up_and_down_equal_pytorch() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/resize.safetensors");
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        for case in ["28_to_32", "64_to_32", "50x37_to_32x32"] {
            let found = resize(reference(&file, &format!("{case}.input")), [32, 32]);
            let expected = reference(&file, &format!("{case}.output"));
            assert_eq!(found.dims(), expected.dims());
            let error = (found - expected).abs().max().into_scalar::<f32>();
            assert!(error < 1e-6, "{case}: off by {error}");
        }
    }

    fn plane(file: &SafeTensors, name: &str) -> (Vec<f32>, Vec<usize>) {
        let view = file.tensor(name).unwrap();
        let values = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        (values, view.shape().to_vec())
    }

    /// Channel `channel` of `[h, w, 3]` resized to `size`.
    fn resized(filter: Filter, (values, shape): &(Vec<f32>, Vec<usize>), channel: usize, size: [usize; 2]) -> Vec<f32> {
        let plane: Vec<f32> = values.iter().skip(channel).step_by(3).copied().collect();
        let taps = [0, 1].map(|axis| Taps::new(filter, shape[axis], size[axis]));
        resize_plane(&plane, shape[1], &taps[0], &taps[1])
    }

    fn image_of(h: usize, w: usize) -> (Vec<f32>, Vec<usize>) {
        let value =
            |y: usize, x: usize, c: usize| ((x * 3 + y * 7 + c * 53 + ((x / 4) ^ (y / 3)) * 11) * 3 % 256) as f32;
        let places = (0..h).flat_map(|y| (0..w).flat_map(move |x| (0..3).map(move |c| (y, x, c))));
        (places.map(|(y, x, c)| value(y, x, c)).collect(), vec![h, w, 3])
    }

    /// Of 255: a place among 350 pixels is known to 2e-5 in single precision, and neighbors differ by up to 100.
    const TOLERANCE: f32 = 2e-3;

    #[test]
    fn filters_equal_those_of_the_reference_programs() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/resize_modes.safetensors");
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let names = [("clean", Filter::Bicubic), ("legacy_pytorch", Filter::Bilinear), ("tf1", Filter::Tf1)];
        for ([h, w], (name, filter)) in [[40, 48], [350, 310]].map(|size| names.map(|name| (size, name))).concat() {
            let (expected, _) = plane(&file, &format!("{h}x{w}.{name}"));
            for channel in 0..3 {
                let found = resized(filter, &image_of(h, w), channel, [299, 299]);
                let rows = [0, 149, 298].into_iter().flat_map(|row| &found[row * 299..(row + 1) * 299]);
                for (at, (found, expected)) in rows.zip(expected.iter().skip(channel).step_by(3)).enumerate() {
                    let off = (found.clamp(0.0, 255.0) - expected).abs();
                    assert!(off < TOLERANCE, "{name} of {h}x{w}, value {at}: {found} instead of {expected}");
                }
            }
        }
        let (input, (expected, shape)) = (plane(&file, "imresize.input"), plane(&file, "imresize.up"));
        for channel in 0..3 {
            let found = resized(Filter::Imresize, &input, channel, [shape[0], shape[1]]);
            for (found, expected) in found.iter().zip(expected.iter().skip(channel).step_by(3)) {
                assert!((found - expected).abs() < TOLERANCE, "imresize: {found} instead of {expected}");
            }
        }
    }

    #[test]
    fn weights_are_positive_and_each_pixel_s_sum_is_one() {
        for (input, output) in [(1, 1), (1, 5), (5, 1), (28, 32), (64, 32), (37, 32), (7, 100), (299, 13)] {
            for row in weights(Filter::Triangle, input, output).chunks_exact(input) {
                assert!(row.iter().all(|weight| *weight >= 0.0), "{input} to {output}");
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{input} to {output}");
            }
        }
    }

    #[test]
    fn every_pixel_counts_where_an_image_shrinks() {
        let weights = weights(Filter::Triangle, 64, 9);
        for pixel in 0..64 {
            assert!(weights.iter().skip(pixel).step_by(64).sum::<f64>() > 0.0, "pixel {pixel} is lost");
        }
    }

    fn image(shape: [usize; 4]) -> TensorData {
        TensorData::new(Stream::new(0, "image", 0).normals(shape.iter().product()), shape)
    }

    #[test]
    fn the_same_size_is_the_same_image() {
        let x = Tensor::<4>::from_data(image([2, 3, 9, 7]), &device("cpu").unwrap());
        assert_eq!(resize(x.clone(), [9, 7]).into_data(), x.into_data());
    }

    /// ⟨resize(x), y⟩ = ⟨x, gradient⟩, in f64, because the map is linear.
    #[test]
    fn the_gradient_is_the_adjoint() {
        let device = device("cpu").unwrap().autodiff();
        let x = Tensor::<4>::from_data(image([2, 3, 11, 6]), (&device, DType::F64)).require_grad();
        let y = Tensor::<4>::from_data(image([2, 3, 5, 8]), (&device, DType::F64));
        let product = (resize(x.clone(), [5, 8]) * y).sum();
        let gradient = x.grad(&product.clone().backward()).unwrap();
        let back = (x.inner() * gradient).sum().into_scalar::<f64>();
        let product = product.into_scalar::<f64>();
        assert!(product.abs() > 1.0 && (product - back).abs() < 1e-12 * product.abs(), "{product} and {back}");
    }
}
