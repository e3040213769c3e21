//! The vector instructions of this processor: which ones the kernels use, and plain loops compiled for them.

use std::sync::OnceLock;

/// The environment variable that chooses the instructions.
const VARIABLE: &str = "GANNET_SIMD";

/// The vector instructions of matrix products. Each gives other last digits, as it rounds products and sums in other places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// What every processor has; a product and a sum are rounded separately.
    Plain,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512F.
    Avx512,
}

impl InstructionSet {
    /// All of them, from slow to fast.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Avx2, Self::Avx512];

    /// Its name in `GANNET_SIMD`, in messages and in checkpoints.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Plain => true,
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Avx512 => is_x86_feature_detected!("avx512f"),
        }
        #[cfg(not(target_arch = "x86_64"))]
        return self == Self::Plain;
    }

    fn fastest() -> Self {
        Self::ALL.into_iter().filter(|set| set.is_available()).max().unwrap_or(Self::Plain)
    }
}

/// The instructions that this process uses: those named by `GANNET_SIMD`, else the fastest of this processor.
pub fn instruction_set() -> InstructionSet {
    chosen().as_ref().copied().unwrap_or_else(|_| InstructionSet::fastest())
}

/// The words of `GANNET_SIMD`, if it names nothing that this processor has.
pub(crate) fn refused_word() -> Option<&'static str> {
    chosen().as_ref().err().map(String::as_str)
}

/// Read once: a process must not change its rounding on the way.
fn chosen() -> &'static Result<InstructionSet, String> {
    static CHOSEN: OnceLock<Result<InstructionSet, String>> = OnceLock::new();
    CHOSEN.get_or_init(|| match std::env::var_os(VARIABLE) {
        None => Ok(InstructionSet::fastest()),
        Some(word) if word.is_empty() => Ok(InstructionSet::fastest()),
        Some(word) => named(&word.to_string_lossy()),
    })
}

fn named(word: &str) -> Result<InstructionSet, String> {
    let found = InstructionSet::ALL.into_iter().find(|set| set.word() == word && set.is_available());
    found.ok_or_else(|| word.to_owned())
}

/// The words that `GANNET_SIMD` may have on this processor.
pub(crate) fn available_words() -> Vec<&'static str> {
    InstructionSet::ALL.into_iter().filter(|set| set.is_available()).map(InstructionSet::word).collect()
}

/// Runs `f`, an `#[inline(always)]` closure, compiled for the widest vectors that this processor has.
///
/// Only code that is inlined into `f` is compiled this way; a function that `f` calls without inlining is compiled for
/// the baseline processor. The result has the same bits on every processor, because the compiler never fuses a product
/// and a sum into one rounding.
pub fn vectorized<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_chooses_what_the_processor_has_and_nothing_else() {
        assert_eq!(named("plain"), Ok(InstructionSet::Plain));
        assert!(named("sse9").is_err() && named("PLAIN").is_err());
        assert_eq!(named(InstructionSet::fastest().word()), Ok(InstructionSet::fastest()));
        assert!(available_words().contains(&"plain"));
    }
}
