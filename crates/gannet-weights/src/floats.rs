//! Floating-point numbers of files, read as f32.

use half::{bf16, f16};

/// A type of floating-point numbers, little-endian in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Float {
    F64,
    F32,
    F16,
    Bf16,
    /// Four bits of exponent and three of fraction, without infinities (torch.float8_e4m3fn).
    F8E4m3,
    /// Five bits of exponent and two of fraction: the upper half of an f16 (torch.float8_e5m2).
    F8E5m2,
}

impl Float {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::F8E4m3 => "f8_e4m3",
            Self::F8E5m2 => "f8_e5m2",
        }
    }

    /// The numbers in `bytes`; an incomplete last one is left out.
    pub fn read(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F64 => bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
            Self::F32 => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            Self::F16 => bytes.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect(),
            Self::Bf16 => bytes.as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect(),
            Self::F8E4m3 => bytes.iter().map(|byte| f8_e4m3(*byte)).collect(),
            Self::F8E5m2 => bytes.iter().map(|byte| f16::from_bits(u16::from(*byte) << 8).to_f32()).collect(),
        }
    }
}

/// The exponent's offset is 7, an exponent of 0 has no leading one, and all ones are no number.
fn f8_e4m3(byte: u8) -> f32 {
    let (exponent, fraction) = (i32::from(byte >> 3 & 15), f32::from(byte & 7));
    let size = match (exponent, byte & 7) {
        (15, 7) => f32::NAN,
        (0, _) => fraction / 8.0 * 2.0_f32.powi(-6),
        _ => (1.0 + fraction / 8.0) * 2.0_f32.powi(exponent - 7),
    };
    if byte < 128 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that torch 2.11.0 gives for these bytes.
    #[test]
    fn numbers_of_8_bits_are_those_of_pytorch() {
        let bytes = [0x00, 0x01, 0x07, 0x08, 0x38, 0x41, 0x7e, 0xb8, 0xfe, 0x80];
        let e4m3 = [0.0, 0.001_953_125, 0.013_671_875, 0.015_625, 1.0, 2.25, 448.0, -1.0, -448.0, 0.0];
        assert_eq!(Float::F8E4m3.read(&bytes), e4m3);
        assert!(Float::F8E4m3.read(&[0x7f, 0xff]).iter().all(|value| value.is_nan()));
        let e5m2 = [0.0, 1.525_878_9e-5, 1.068_115_2e-4, 1.220_703_1e-4, 0.5, 2.5];
        assert_eq!(Float::F8E5m2.read(&bytes[..6]), e5m2);
        assert_eq!(Float::F8E5m2.read(&[0x7b, 0x7c, 0xbc]), [57344.0, f32::INFINITY, -1.0]);
    }
}
