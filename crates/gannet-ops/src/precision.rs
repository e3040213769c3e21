//! The precision of the factors of convolutions.
//!
//! At [`Precision::Bf16`] both factors of every product of a convolution on the CPU are rounded to bfloat16, and the sums stay f32. Weights, feature maps
//! and gradients are stored as f32. Processors with AVX512_BF16 compute two such products where they compute one of f32; others give the same bits, more
//! slowly. Fully connected layers, norms, activations and all of f64 are computed as they are; so is everything on a GPU.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

/// How the factors of convolutions are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Not at all.
    #[default]
    F32,
    /// To bfloat16 (8 significant bits); absolute values below 2⁻⁵⁵ to 0.
    Bf16,
}

/// Whether the program computes in bfloat16 where no [`with_precision`] says otherwise.
static BF16: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What [`with_precision`] says on this thread.
    static HERE: Cell<Option<Precision>> = const { Cell::new(None) };
}

/// Sets the precision of the whole program.
pub fn set_precision(precision: Precision) {
    BF16.store(precision == Precision::Bf16, Ordering::Relaxed);
}

/// Runs `f` at this precision: all operations that `f` starts on its own thread.
pub fn with_precision<R>(precision: Precision, f: impl FnOnce() -> R) -> R {
    /// Puts the old value back, also after a panic.
    struct Before(Option<Precision>);
    impl Drop for Before {
        fn drop(&mut self) {
            HERE.set(self.0);
        }
    }
    let _before = Before(HERE.replace(Some(precision)));
    f()
}

/// The precision of operations that this thread starts.
pub fn precision() -> Precision {
    let whole = || if BF16.load(Ordering::Relaxed) { Precision::Bf16 } else { Precision::F32 };
    HERE.get().unwrap_or_else(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_holds_within_its_call() {
        assert_eq!(precision(), Precision::F32);
        with_precision(Precision::Bf16, || {
            assert_eq!(precision(), Precision::Bf16);
            with_precision(Precision::F32, || assert_eq!(precision(), Precision::F32));
            assert_eq!(precision(), Precision::Bf16);
            std::thread::scope(|scope| assert_eq!(scope.spawn(precision).join().unwrap(), Precision::F32));
        });
        assert_eq!(precision(), Precision::F32);
    }
}
