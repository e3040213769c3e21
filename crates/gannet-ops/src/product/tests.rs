use super::*;
use crate::kernel::tile::tiles;
use crate::random::Stream;

fn normals(count: usize, name: &str) -> Vec<f32> {
    Stream::new(0, name, 0).normals(count)
}

/// `Σₖ left(k) · right(k)` and `Σₖ |left(k) · right(k)|`, in f64.
fn exact(depth: usize, left: impl Fn(usize) -> f32, right: impl Fn(usize) -> f32) -> (f64, f64) {
    let terms = (0..depth).map(|k| f64::from(left(k)) * f64::from(right(k)));
    terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()))
}

fn assert_close(found: f32, (sum, size): (f64, f64), what: &str) {
    assert!((f64::from(found) - sum).abs() <= 1e-6 * size, "{what}: {found} instead of {sum}");
}

#[test]
fn every_tile_is_exact() {
    for rows in 1..=ROWS {
        for (depth, [rs, ks], stride) in [(1, [1, 1], 32), (7, [9, 1], 32), (40, [40, 1], 48), (33, [1, 12], 100)] {
            let a = normals((rows - 1) * rs + (depth - 1) * ks + 1, "a");
            let b = normals((depth - 1) * stride + COLUMNS, "b");
            for tile in tiles() {
                let mut acc = [[0.0; COLUMNS]; ROWS];
                tile(&a, [rs, ks], rows, Rows { values: &b, stride }, depth, &mut acc);
                for (row, column) in (0..rows).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))) {
                    let expected = exact(depth, |k| a[row * rs + k * ks], |k| b[k * stride + column]);
                    assert_close(acc[row][column], expected, "a tile");
                }
            }
        }
    }
}

#[test]
fn reading_beyond_the_end_is_refused() {
    let (short, long) = ([0.0; 70], [0.0; 4 * COLUMNS]);
    for tile in tiles() {
        // Three rows of four values, 5 apart, need 14 values, not 13; four rows of 32 need 128, not 126.
        for (a, b) in [(&short[..13], &long[..]), (&short[..], &long[..126])] {
            let refused = std::panic::catch_unwind(|| {
                tile(a, [5, 1], 3, Rows { values: b, stride: COLUMNS }, 4, &mut [[0.0; COLUMNS]; ROWS]);
            });
            assert!(refused.is_err());
        }
    }
}

#[test]
fn products_of_any_size_are_exact() {
    for [rows, depth, columns] in [[1, 1, 1], [9, 70, 33], [8, 1100, 32], [23, 513, 7_usize]] {
        let (a, b) = (normals(rows * depth, "a"), normals(depth * columns, "b"));
        let packed = Panels::new(Precision::F32, depth, columns, |panel, to| {
            for (k, to) in to.iter_mut().enumerate() {
                let from = &b[k * columns..][..columns][panel * COLUMNS..];
                let count = from.len().min(COLUMNS);
                to[..count].copy_from_slice(&from[..count]);
            }
        });
        let mut to = vec![f32::NAN; rows * columns];
        multiply(Rows { values: &a, stride: depth }, rows, &packed, &mut to, columns);
        for (index, found) in to.into_iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let expected = exact(depth, |k| a[row * depth + k], |k| b[k * columns + column]);
            assert_close(found, expected, "a product");
        }
    }
}

#[test]
fn transposed_products_are_added() {
    for [rows, depth, columns] in [[1, 1, 1], [9, 70, 33], [8, 1100, 32], [23, 513, 7_usize]] {
        let width = columns.next_multiple_of(COLUMNS);
        let (a, b) = (normals(rows * depth, "a"), normals(depth * width, "b"));
        let mut to = vec![0.0; rows * columns];
        for _ in 0..2 {
            let (left, right) = (Rows { values: &a, stride: rows }, Rows { values: &b, stride: width });
            add_transposed(Precision::F32, &[Transposed { left, right, depth }], [rows, columns], &mut to, columns);
        }
        for (index, found) in to.into_iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let expected = exact(depth, |k| a[k * rows + row], |k| b[k * width + column]);
            assert_close(found / 2.0, expected, "a transposed product");
        }
    }
}
