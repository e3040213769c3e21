//! Images at a glance: averaged to at most 8 × 8 cells, which show composition and brightness and no more.

/// Cells along a side, of images that have as many pixels.
pub const CELLS: usize = 8;

/// Planes `[h, w]`, one after another, → means of their cells `[min(h, 8), min(w, 8)]`, one after another.
pub fn cells(planes: &[f32], [h, w]: [usize; 2]) -> Vec<f32> {
    let [rows, columns] = [h, w].map(|side| side.min(CELLS));
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
            let cells = cells(&image, [size; 2]);
            assert_eq!(cells.len(), 64);
            let mean: f32 = (0..size / 8).map(|y| y as f32).sum::<f32>() / (size / 8) as f32;
            assert_eq!(cells[0], mean);
        }
        // What has fewer pixels is its own cells.
        assert_eq!(cells(&[1.0, 2.0, 3.0, 4.0], [1, 2]), [1.0, 2.0, 3.0, 4.0]);
    }
}
