//! Plain loops compiled for what this processor can do.

/// Runs `f`, an `#[inline(always)]` closure, whose loops the compiler may turn into the widest vectors that this
/// processor has; what is not inlined into it is compiled for any processor of its kind. The results have the
/// same bits on any processor: products and sums are never contracted.
pub fn vectorized<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}
