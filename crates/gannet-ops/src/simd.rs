//! Run-time dispatch of plain loops to the vector instructions of this processor.

/// Runs `f`, an `#[inline(always)]` closure, compiled for the widest vectors that this processor has.
///
/// Only code that is inlined into `f` is compiled this way; a function that `f` calls without inlining is compiled for
/// the baseline processor. The result has the same bits on every processor, because the compiler never fuses a product
/// and a sum into one rounding.
pub fn vectorized<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}
