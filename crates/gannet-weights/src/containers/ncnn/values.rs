//! The values of layers, one after the other.

use super::refusal::Refusal;
use crate::floats::Float;

/// What weights begin with that are stored as f16, as whole numbers of 8 bits, and as f32 of an older form.
pub(super) const HALF: [u8; 4] = 0x0130_6b47_u32.to_le_bytes();
const WHOLE: [u8; 4] = 0x000d_4b38_u32.to_le_bytes();
const SINGLE: [u8; 4] = 0x0002_c056_u32.to_le_bytes();

/// A tensor of a layer.
pub(super) struct Stored {
    pub shape: Vec<usize>,
    pub float: Float,
    pub values: Vec<f32>,
}

/// Bytes that are read from their beginning on.
pub(super) struct Values<'a> {
    rest: &'a [u8],
}

impl<'a> Values<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next bytes.
    fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| {
            Refusal::Damaged("the .bin file ends before the values of all layers of the .param file".to_owned())
        })?;
        self.rest = rest;
        Ok(taken)
    }

    /// The values of weights, which begin with what says how they are stored.
    pub fn weights(&mut self, count: usize) -> Result<(Float, Vec<f32>), Refusal> {
        let flag = self.take(4)?;
        let other = |kind: &str| Err(Refusal::Foreign(format!("its values are {kind}")));
        match *flag.first_chunk().expect("these are four bytes") {
            // They are filled up to a multiple of four bytes.
            HALF => {
                let bytes = self.take(count.saturating_mul(2).next_multiple_of(4))?;
                Ok((Float::F16, Float::F16.read(&bytes[..2 * count])))
            }
            SINGLE | [0, 0, 0, 0] => Ok((Float::F32, Float::F32.read(self.take(count.saturating_mul(4))?))),
            WHOLE => other("whole numbers of 8 bits"),
            _ => other(
                "numbers of a table of 256, or the .bin file belongs to another .param file: give the two of one network",
            ),
        }
    }

    /// The values of a layer that are always f32, one axis.
    pub fn plain(&mut self, count: usize) -> Result<Stored, Refusal> {
        let values = Float::F32.read(self.take(count.saturating_mul(4))?);
        Ok(Stored { shape: vec![count], float: Float::F32, values })
    }

    /// Checks that all bytes were read.
    pub fn finish(&self) -> Result<(), Refusal> {
        match self.rest.len() {
            0 => Ok(()),
            left => {
                Err(Refusal::Damaged(format!("the .bin file has {left} bytes more than the layers of the .param file")))
            }
        }
    }
}
