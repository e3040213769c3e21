//! Images averaged to at most 8 × 8 cells, which keep composition and brightness only.

/// Cells along a side, of images with at least as many pixels.
pub const SIDE: usize = 8;

/// The means of the cells `[min(h, 8), min(w, 8)]` of consecutive planes `[h, w]`.
pub fn cell_means(planes: &[f32], [h, w]: [usize; 2]) -> Vec<f32> {
    let [rows, columns] = [h, w].map(|side| side.min(SIDE));
    let span = |cell: usize, cells: usize, side: usize| cell * side / cells..(cell + 1) * side / cells;
    let mut means = Vec::with_capacity(planes.len() / (h * w).max(1) * rows * columns);
    for plane in planes.chunks_exact(h * w) {
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let (lines, across) = (span(row, rows, h), span(column, columns, w));
            let count = (lines.len() * across.len()) as f32;
            let sum: f32 = lines.flat_map(|y| &plane[y * w..][across.clone()]).sum();
            means.push(sum / count);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_means_whatever_the_size() {
        for size in [8, 28, 32] {
            let image: Vec<f32> = (0..size * size).map(|i| (i / size) as f32).collect();
            let cells = cell_means(&image, [size; 2]);
            assert_eq!(cells.len(), 64);
            let mean: f32 = (0..size / 8).map(|y| y as f32).sum::<f32>() / (size / 8) as f32;
            assert_eq!(cells[0], mean);
        }
        // A smaller image is returned as it is.
        assert_eq!(cell_means(&[1.0, 2.0, 3.0, 4.0], [1, 2]), [1.0, 2.0, 3.0, 4.0]);
    }
}
