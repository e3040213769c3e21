//! Numbers with the least significant byte first, as most formats of files have them.

/// The number of `size` bytes, 8 at most, at a position of a buffer; nothing if it lies outside.
pub fn number(buffer: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = buffer.get(at..at.checked_add(size)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
