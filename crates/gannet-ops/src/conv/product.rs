//! A plain matrix product, for windows that are whole images.

use gemm::Parallelism;

use crate::flex::Real;

/// Which factor of a product is stored transposed.
#[derive(Clone, Copy)]
pub enum Layout {
    Plain,
    LeftTransposed,
    RightTransposed,
}

/// `c [m, n] = a [m, k] · b [k, n]`, all row-major but for the factor named by `layout`.
#[expect(unsafe_code, reason = "the matrix product's crate takes pointers")]
pub fn product<T: Real>(c: &mut [T], a: &[T], b: &[T], [m, k, n]: [usize; 3], layout: Layout) {
    assert!(c.len() == m * n && a.len() == m * k && b.len() == k * n, "factors do not fit");
    let (a_row, a_col) = if matches!(layout, Layout::LeftTransposed) { (1, m) } else { (k, 1) };
    let (b_row, b_col) = if matches!(layout, Layout::RightTransposed) { (1, k) } else { (n, 1) };
    // SAFETY: the lengths were checked above, and each stride pair addresses exactly m·n, m·k or
    // k·n elements of its slice; `c` is borrowed mutably, so nothing aliases it.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            n as isize,
            false,
            a.as_ptr(),
            a_col as isize,
            a_row as isize,
            b.as_ptr(),
            b_col as isize,
            b_row as isize,
            T::from_f64(0.0),
            T::from_f64(1.0),
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
