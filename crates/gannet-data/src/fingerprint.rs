//! Fingerprints of data sets: 64-bit hashes by which a resumed run notices that its images changed.

/// The hash of no bytes.
pub(crate) const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a over some bytes, continued from `hash`. It detects accidents, not attacks.
pub(crate) fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Continues `hash` with some numbers.
pub(crate) fn fnv_numbers(hash: u64, numbers: impl IntoIterator<Item = u64>) -> u64 {
    numbers.into_iter().fold(hash, |hash, number| fnv(hash, &number.to_le_bytes()))
}
