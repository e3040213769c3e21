//! Convolution of one plane of an image with one kernel, as image filters do it; without gradients.

use crate::simd::vectorized;

/// Pixels of a row that are summed at once.
const LANES: usize = 16;

/// The sums of a plane's pixels `[h, width]` weighted by a kernel `[kernel rows, columns]` that is centered on each pixel,
/// in row-major order: → `[h, width]`.
///
/// The plane is continued by reflection about its outermost pixels, which are not repeated, as PyTorch pads with
/// `mode="reflect"`; and periodically where a kernel reaches further than that. As in PyTorch, the kernel is not flipped.
///
/// # Panics
/// Unless the kernel has an odd number of rows and of columns, and the plane whole rows.
pub fn convolve_plane(plane: &[f32], width: usize, kernel: &[f32], columns: usize) -> Vec<f32> {
    let rows = kernel.len() / columns;
    assert!(rows % 2 == 1 && columns % 2 == 1, "a kernel of {rows} × {columns} has no center");
    let height = plane.len() / width;
    // Each row ends with pixels that only the sums behind the last column read.
    let stride = width.next_multiple_of(LANES) + columns - 1;
    let padded = padded(plane, [height, width], [rows / 2, columns / 2], stride);
    let mut sums = vec![0.0; height * width];
    vectorized(
        #[inline(always)]
        || {
            for (y, line) in sums.chunks_exact_mut(width).enumerate() {
                for (block, to) in line.chunks_mut(LANES).enumerate() {
                    let mut sum = [0.0_f32; LANES];
                    for (row, weights) in kernel.chunks_exact(columns).enumerate() {
                        let from = &padded[(y + row) * stride + block * LANES..][..LANES + columns - 1];
                        for (window, weight) in from.windows(LANES).zip(weights) {
                            sum.iter_mut().zip(window).for_each(|(sum, pixel)| *sum += weight * pixel);
                        }
                    }
                    to.copy_from_slice(&sum[..to.len()]);
                }
            }
        },
    );
    sums
}

/// The plane with `before` rows and columns on each side, in rows of `stride` pixels.
fn padded(plane: &[f32], [height, width]: [usize; 2], before: [usize; 2], stride: usize) -> Vec<f32> {
    let place = |at: usize, before: usize, length: usize| reflected(at as isize - before as isize, length);
    let columns: Vec<usize> = (0..stride).map(|x| place(x, before[1], width)).collect();
    let rows = (0..height + 2 * before[0]).map(|y| &plane[place(y, before[0], height) * width..][..width]);
    rows.flat_map(|line| columns.iter().map(|x| line[*x])).collect()
}

/// The index in `0..length` that index `at` maps to when the line is reflected about its outermost pixels, which are not
/// repeated (`c b | a b c | b a`), and continued periodically.
fn reflected(at: isize, length: usize) -> usize {
    let period = (2 * (length - 1)).max(1);
    let at = at.rem_euclid(period as isize) as usize;
    at.min(period - at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn sums_are_those_of_the_definition() {
        for ([h, w], [rows, columns]) in [([5, 7], [3, 3]), ([20, 37], [7, 21]), ([4, 6], [21, 1]), ([1, 2], [3, 5])] {
            let [plane, kernel] =
                [("plane", h * w), ("kernel", rows * columns)].map(|(name, n)| Stream::new(0, name, 0).normals(n));
            let found = convolve_plane(&plane, w, &kernel, columns);
            for (at, found) in found.iter().enumerate() {
                let term = |i: usize| {
                    let y = reflected((at / w + i / columns) as isize - (rows / 2) as isize, h);
                    let x = reflected((at % w + i % columns) as isize - (columns / 2) as isize, w);
                    f64::from(kernel[i]) * f64::from(plane[y * w + x])
                };
                let expected: f64 = (0..rows * columns).map(term).sum();
                assert!((f64::from(*found) - expected).abs() < 1e-4, "{h} × {w}, {rows} × {columns}, value {at}");
            }
        }
    }

    #[test]
    fn a_line_is_reflected_about_its_ends() {
        let line = |length| (-4..=6).map(|at| reflected(at, length)).collect::<Vec<_>>();
        assert_eq!(line(3), [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert_eq!(line(1), [0; 11]);
    }
}
