//! Reading FlatBuffers, in which Arrow writes its messages: tables of fields at positions that the table lists.
//!
//! Every position is checked against the buffer. What does not fit is read as a field that is not there.

use crate::little_endian::number;

/// A table in a buffer.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    buffer: &'a [u8],
    at: usize,
}

/// The position that a relative one at `at` leads to.
fn follow(buffer: &[u8], at: usize) -> Option<usize> {
    at.checked_add(number(buffer, at, 4)? as usize).filter(|target| *target < buffer.len())
}

impl<'a> Table<'a> {
    /// The table at the root of a buffer.
    pub fn root(buffer: &'a [u8]) -> Option<Self> {
        Some(Self { buffer, at: follow(buffer, 0)? })
    }

    /// The position of a field by its number in the schema; nothing for a field that has its default.
    fn field(self, id: usize) -> Option<usize> {
        let back = number(self.buffer, self.at, 4)? as u32;
        let fields = i64::try_from(self.at).ok()? - i64::from(back.cast_signed());
        let fields = usize::try_from(fields).ok()?;
        let length = number(self.buffer, fields, 2)? as usize;
        let slot = 4 + 2 * id;
        let offset = (slot + 2 <= length).then(|| number(self.buffer, fields + slot, 2)).flatten()? as usize;
        (offset > 0).then(|| self.at.checked_add(offset)).flatten()
    }

    /// A whole number of `size` bytes; 0 if it is not there.
    pub fn number(self, id: usize, size: usize) -> u64 {
        self.field(id).and_then(|at| number(self.buffer, at, size)).unwrap_or(0)
    }

    /// A table, also one of several kinds (a union).
    pub fn table(self, id: usize) -> Option<Self> {
        Some(Self { at: follow(self.buffer, self.field(id)?)?, ..self })
    }

    /// A text.
    pub fn text(self, id: usize) -> Option<&'a str> {
        let (start, length) = self.list(id)?;
        std::str::from_utf8(self.buffer.get(start..start.checked_add(length)?)?).ok()
    }

    /// The tables of a list.
    pub fn tables(self, id: usize) -> Vec<Self> {
        let Some((start, count)) = self.list(id) else { return Vec::new() };
        let table = |index: usize| Some(Self { at: follow(self.buffer, start + 4 * index)?, ..self });
        (0..count.min(self.buffer.len() / 4)).map_while(table).collect()
    }

    /// A list of pairs of numbers of 8 bytes each, as Arrow has for its buffers and columns.
    pub fn pairs(self, id: usize) -> Vec<(u64, u64)> {
        let Some((start, count)) = self.list(id) else { return Vec::new() };
        let pair = |index: usize| {
            let at = start + 16 * index;
            Some((number(self.buffer, at, 8)?, number(self.buffer, at + 8, 8)?))
        };
        (0..count.min(self.buffer.len() / 16)).map_while(pair).collect()
    }

    /// Where a list begins, and its length.
    fn list(self, id: usize) -> Option<(usize, usize)> {
        let at = follow(self.buffer, self.field(id)?)?;
        Some((at + 4, number(self.buffer, at, 4)? as usize))
    }
}
