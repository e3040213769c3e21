//! Resizing of images by the filters of PyTorch, Pillow, TensorFlow 1 and MATLAB.
//!
//! A pixel is a unit square, and the first pixel's center lies at ½, except in [`Filter::Tf1`]. All filters are linear and
//! separable, so a resize is two products with small matrices: `y = rows · x · columnsᵀ`. [`Taps`] holds the nonzero
//! entries of such a matrix.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

/// The filter of a resize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// Bilinear with antialiasing: a triangle that widens by the factor of a reduction, so that every input pixel counts.
    /// PyTorch's `interpolate(mode="bilinear", antialias=True)`.
    Triangle,
    /// Bilinear without antialiasing: the two nearest pixels along each axis. PyTorch's `interpolate(mode="bilinear")`.
    Bilinear,
    /// Bilinear without antialiasing, with the first pixel's center at 0: TensorFlow 1's `resize_bilinear`, which the
    /// original Fréchet Inception distance uses.
    Tf1,
    /// Cubic convolution with a = −½ (Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing") and
    /// antialiasing, as Pillow's `BICUBIC`. Taps outside the image are dropped and the rest rescaled to sum to 1.
    Bicubic,
    /// Cubic convolution with a = −½ and antialiasing, with the image mirrored at its border: MATLAB's `imresize`, which
    /// super-resolution benchmarks use.
    Imresize,
    /// The mean of the input pixels that an output pixel covers, also in part. PyTorch's `interpolate(mode="area")`.
    Area,
    /// Cubic convolution with a = −¾ without antialiasing: the four nearest pixels along each axis, border pixels repeated.
    /// PyTorch's `interpolate(mode="bicubic")`.
    PlainBicubic,
}

/// The taps of a resize along one axis: for each output pixel the input pixels and their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Taps {
    /// Taps per output pixel; shorter lists are padded with taps of weight 0.
    per: usize,
    /// Input index and weight of each tap, `per` for each output pixel. The weights of an output pixel sum to 1.
    taps: Vec<(usize, f64)>,
}

impl Taps {
    /// The taps from `input` pixels to `output` pixels; both are at least 1.
    pub fn new(filter: Filter, input: usize, output: usize) -> Self {
        let of = |at| match filter {
            Filter::Triangle => windowed(at, input, output, 1.0, triangle, |at| inside(at, input)),
            Filter::Bicubic => windowed(at, input, output, 2.0, cubic, |at| inside(at, input)),
            Filter::Imresize => windowed(at, input, output, 2.0, cubic, |at| Some(mirrored(at, input))),
            // PyTorch and TensorFlow compute these positions in single precision.
            Filter::Bilinear => {
                let scale = input as f32 / output as f32;
                between(f64::from((scale * (at as f32 + 0.5) - 0.5).max(0.0)), input)
            }
            Filter::Tf1 => between(f64::from(at as f32 * (input as f64 / output as f64) as f32), input),
            Filter::Area => covered(at, input, output),
            Filter::PlainBicubic => {
                let scale = input as f32 / output as f32;
                among_four(f64::from(scale * (at as f32 + 0.5) - 0.5), input)
            }
        };
        let rows: Vec<Vec<(usize, f64)>> = (0..output).map(of).collect();
        let per = rows.iter().map(Vec::len).max().unwrap_or(0);
        let pad = |mut row: Vec<(usize, f64)>| {
            row.resize(per, (0, 0.0));
            row
        };
        Self { per, taps: rows.into_iter().flat_map(pad).collect() }
    }

    /// The taps of each output pixel.
    fn rows(&self) -> impl Iterator<Item = &[(usize, f64)]> {
        self.taps.chunks_exact(self.per)
    }

    /// The taps of the output pixels in `range`, which must not be empty, and the input pixels that they read; the taps count from
    /// the first of these.
    pub fn part(&self, range: Range<usize>) -> (Range<usize>, Self) {
        let taps = &self.taps[range.start * self.per..range.end * self.per];
        let read = || taps.iter().filter(|(_, weight)| *weight != 0.0).map(|(at, _)| *at);
        let (first, last) = (read().min().unwrap_or(0), read().max().unwrap_or(0));
        // A tap of weight 0 may lie elsewhere.
        let rebase = |(at, weight): &(usize, f64)| if *weight == 0.0 { (0, 0.0) } else { (at - first, *weight) };
        let rebased = taps.iter().map(rebase).collect();
        (first..last + 1, Self { per: self.per, taps: rebased })
    }

    /// Number of output pixels.
    fn output(&self) -> usize {
        self.taps.len() / self.per
    }
}

/// Resizes one plane `[h, width]`, row by row, with `rows` along its height and `columns` along its width.
///
/// The result is row-major, with as many rows and columns as the taps have output pixels.
pub fn resize_plane(plane: &[f32], width: usize, rows: &Taps, columns: &Taps) -> Vec<f32> {
    let (wide, height) = (columns.output(), plane.len() / width);
    let mut narrowed = Vec::with_capacity(height * wide);
    for line in plane.chunks_exact(width) {
        let pixel = |taps: &[(usize, f64)]| taps.iter().map(|(at, weight)| weight * f64::from(line[*at])).sum::<f64>();
        narrowed.extend(columns.rows().map(|taps| pixel(taps) as f32));
    }
    let mut resized = Vec::with_capacity(rows.output() * wide);
    let mut sum = vec![0.0_f64; wide];
    for taps in rows.rows() {
        sum.fill(0.0);
        for (at, weight) in taps.iter().filter(|(_, weight)| *weight != 0.0) {
            let line = &narrowed[at * wide..][..wide];
            sum.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        }
        resized.extend(sum.iter().map(|sum| *sum as f32));
    }
    resized
}

/// Resizes `x [n, c, h, w]` to `[n, c, h', w']` with `[h', w'] = size` by [`Filter::Triangle`]. All sizes are at least 1.
///
/// It is differentiable.
pub fn resize(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    resize_by(Filter::Triangle, x, size)
}

/// Resizes `x [n, c, h, w]` to `[n, c, h', w']` with `[h', w'] = size` by `filter`. All sizes are at least 1.
///
/// It is differentiable.
pub fn resize_by(filter: Filter, x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let rows = matrix(filter, h, size[0], &x).reshape([1, 1, size[0], h]);
    let columns = matrix(filter, w, size[1], &x).transpose();
    // Along the width it is one product for all rows of all images; along the height one product per channel.
    let narrowed = x.reshape([n * c * h, w]).matmul(columns).reshape([n, c, h, size[1]]);
    rows.matmul(narrowed)
}

/// The matrix `[output, input]` of a resize along one axis, with the device and precision of `like`.
fn matrix(filter: Filter, input: usize, output: usize, like: &Tensor<4>) -> Tensor<2> {
    let data = TensorData::new(weights(filter, input, output), [output, input]);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}

/// The matrix `[output, input]` of a resize along one axis, row-major. Each row sums to 1.
fn weights(filter: Filter, input: usize, output: usize) -> Vec<f64> {
    let mut dense = vec![0.0; input * output];
    let taps = Taps::new(filter, input, output);
    for (row, taps) in dense.chunks_exact_mut(input).zip(taps.rows()) {
        taps.iter().for_each(|(at, weight)| row[*at] += weight);
    }
    dense
}

/// The taps of output pixel `at`: the input pixels under a kernel with support `reach` on either side of its center.
///
/// Where the image shrinks, the kernel is widened to `reach` output pixels. `place` maps an index that may lie outside the
/// image to one inside, or drops it.
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
    // Near the border a part of the kernel may be dropped, so the weights are rescaled to sum to 1.
    let total: f64 = taps.iter().map(|(_, weight)| weight).sum();
    taps.into_iter().map(|(pixel, weight)| (pixel, weight / total)).collect()
}

/// The taps of linear interpolation at position `at`, which is 0 at the first pixel.
fn between(at: f64, input: usize) -> Vec<(usize, f64)> {
    let low = (at as usize).min(input - 1);
    let part = at - low as f64;
    vec![(low, 1.0 - part), ((low + 1).min(input - 1), part)]
}

/// Equal taps for the pixels that output pixel `at` covers.
fn covered(at: usize, input: usize, output: usize) -> Vec<(usize, f64)> {
    let (first, end) = (at * input / output, ((at + 1) * input).div_ceil(output));
    (first..end).map(|pixel| (pixel, 1.0 / (end - first) as f64)).collect()
}

/// The taps of cubic convolution with a = −¾ at position `at`, which is 0 at the first pixel.
fn among_four(at: f64, input: usize) -> Vec<(usize, f64)> {
    let first = at.floor() - 1.0;
    let tap = |number: usize| {
        let pixel = first + number as f64;
        (pixel.clamp(0.0, (input - 1) as f64) as usize, cubic_of(-0.75, at - pixel))
    };
    (0..4).map(tap).collect()
}

/// The index as it is, or nothing if it lies outside.
fn inside(at: isize, length: usize) -> Option<usize> {
    usize::try_from(at).ok().filter(|at| *at < length)
}

/// The index in `0..length` that index `at` maps to when the line is mirrored at its borders, which repeats the border
/// pixel (`b a | a b c | c b`) and continues periodically.
pub fn mirrored(at: isize, length: usize) -> usize {
    let at = at.rem_euclid(2 * length as isize) as usize;
    at.min(2 * length - 1 - at)
}

/// The kernel of linear interpolation, with support 1.
fn triangle(distance: f64) -> f64 {
    (1.0 - distance.abs()).max(0.0)
}

/// The kernel of cubic convolution with a = −½ (Keys 1981), with support 2.
fn cubic(distance: f64) -> f64 {
    cubic_of(-0.5, distance)
}

/// The kernel of cubic convolution, with support 2; `a` is its slope at distance 1.
fn cubic_of(a: f64, distance: f64) -> f64 {
    let x = distance.abs();
    if x <= 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
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
    fn enlarging_and_reducing_equal_pytorch() {
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

    /// Channel number `channel` of an image `[h, w, 3]`, resized to `size`.
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

    /// On a scale of 0 to 255. In single precision a position among 350 pixels has an error of 2e-5, and neighboring pixels
    /// differ by up to 100.
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
    fn a_part_of_the_taps_reads_a_part_of_the_pixels() {
        let (width, height) = (3, 10);
        let plane: Vec<f32> = (0..width * height).map(|at| ((at * at) % 17) as f32).collect();
        let [rows, columns] = [height, width].map(|side| Taps::new(Filter::Imresize, side, 4 * side));
        let whole = resize_plane(&plane, width, &rows, &columns);
        let (read, part) = rows.part(12..23);
        assert_eq!(read, 1..8);
        let found = resize_plane(&plane[read.start * width..read.end * width], width, &part, &columns);
        assert_eq!(found, whole[12 * 12..23 * 12]);
    }

    #[test]
    fn triangle_weights_are_positive_and_sum_to_one() {
        for (input, output) in [(1, 1), (1, 5), (5, 1), (28, 32), (64, 32), (37, 32), (7, 100), (299, 13)] {
            for row in weights(Filter::Triangle, input, output).chunks_exact(input) {
                assert!(row.iter().all(|weight| *weight >= 0.0), "{input} to {output}");
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{input} to {output}");
            }
        }
    }

    #[test]
    fn every_input_pixel_counts_in_a_reduction() {
        let weights = weights(Filter::Triangle, 64, 9);
        for pixel in 0..64 {
            assert!(weights.iter().skip(pixel).step_by(64).sum::<f64>() > 0.0, "pixel {pixel} is lost");
        }
    }

    fn image(shape: [usize; 4]) -> TensorData {
        TensorData::new(Stream::new(0, "image", 0).normals(shape.iter().product()), shape)
    }

    #[test]
    fn resizing_to_the_same_size_is_the_identity() {
        let x = Tensor::<4>::from_data(image([2, 3, 9, 7]), &device("cpu").unwrap());
        assert_eq!(resize(x.clone(), [9, 7]).into_data(), x.into_data());
    }

    /// ⟨resize(x), y⟩ = ⟨x, gradient⟩ in f64, because the map is linear.
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
