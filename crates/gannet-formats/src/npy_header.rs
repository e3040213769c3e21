//! The head of NumPy's `.npy` files: the type and the shape of the array that follows.
//!
//! NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays" (2007): six bytes of magic, a version, the length
//! of the head, then a Python dictionary of `descr`, `fortran_order` and `shape`. The dictionary is read by hand: the
//! crates that read it bring a parser of all of Python's literals.

use std::io::{self, Read};

const MAGIC: &[u8] = b"\x93NUMPY";
/// The most bytes of a head; NumPy itself refuses more than 10,000 characters.
const MAX_HEAD: u32 = 1 << 16;

/// The numbers of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// `u` for whole numbers without a sign, `i` with one, `f` for fractions, `b` for truth values
    pub kind: char,
    /// bytes of one number
    pub size: usize,
    /// whether the most significant byte comes first
    pub big_endian: bool,
}

impl Element {
    /// NumPy's word for it, such as `uint8`.
    pub fn word(self) -> String {
        let kind = match self.kind {
            'u' => "uint",
            'i' => "int",
            'f' => "float",
            'b' => return "bool".to_owned(),
            other => return format!("'{other}{}'", self.size),
        };
        format!("{kind}{}", 8 * self.size)
    }

    /// Whether its numbers can be classes.
    pub fn is_whole(self) -> bool {
        matches!((self.kind, self.size), ('u' | 'i', 1 | 2 | 4 | 8))
    }

    /// A whole number from its bytes.
    pub fn whole(self, bytes: &[u8]) -> i128 {
        let mut wide = [0; 8];
        for (at, byte) in bytes.iter().take(8).enumerate() {
            wide[if self.big_endian { bytes.len().min(8) - 1 - at } else { at }] = *byte;
        }
        let number = u64::from_le_bytes(wide);
        let unused = 64 - 8 * self.size.min(8) as u32;
        if self.kind == 'i' { i128::from((number << unused).cast_signed() >> unused) } else { number.into() }
    }
}

/// What the head of an array says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpyHeader {
    /// its numbers
    pub element: Element,
    /// its sides, the slowest first
    pub shape: Vec<usize>,
    /// whether the first index varies fastest
    pub fortran_order: bool,
}

impl NpyHeader {
    /// How many bytes the numbers take; nothing if that is no number of this machine.
    pub fn length(&self) -> Option<u64> {
        let product = self.shape.iter().try_fold(self.element.size, |product, side| product.checked_mul(*side))?;
        u64::try_from(product).ok()
    }

    /// The sides as NumPy writes them: `50000×32×32×3`.
    pub fn sides(&self) -> String {
        self.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
    }

    /// Reads the head; the numbers come next.
    ///
    /// # Errors
    /// The bytes are no head of this format, or of a structured type.
    pub fn read(reader: &mut dyn Read) -> io::Result<Self> {
        let mut start = [0; 8];
        reader.read_exact(&mut start)?;
        if !start.starts_with(MAGIC) {
            return Err(invalid("does not start as a NumPy array"));
        }
        let length = match start[6] {
            1 => {
                let mut length = [0; 2];
                reader.read_exact(&mut length)?;
                u32::from(u16::from_le_bytes(length))
            }
            2 | 3 => {
                let mut length = [0; 4];
                reader.read_exact(&mut length)?;
                u32::from_le_bytes(length)
            }
            other => return Err(invalid(format!("has version {other} of NumPy's format, which is not known"))),
        };
        if length > MAX_HEAD {
            return Err(invalid(format!("has a head of {length} bytes, which is too long")));
        }
        let mut text = vec![0; length as usize];
        reader.read_exact(&mut text)?;
        Self::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> io::Result<Self> {
        let value = |key: &str| {
            let after = ["'", "\""].iter().find_map(|quote| text.split_once(&format!("{quote}{key}{quote}")));
            after.and_then(|(_, after)| Some(after.split_once(':')?.1.trim_start()))
        };
        let missing = |key| invalid(format!("has a head without a valid {key}"));
        let descr = value("descr").ok_or_else(|| missing("descr"))?;
        let shape =
            value("shape").and_then(|text| text.strip_prefix('(')).and_then(|text| Some(text.split_once(')')?.0));
        let sides = shape.ok_or_else(|| missing("shape"))?.split(',').map(str::trim).filter(|side| !side.is_empty());
        let shape: Result<Vec<usize>, _> = sides.map(|side| side.trim_end_matches('L').parse()).collect();
        let fortran_order = value("fortran_order").ok_or_else(|| missing("fortran_order"))?.starts_with("True");
        Ok(Self { element: element(descr)?, shape: shape.map_err(|_| missing("shape"))?, fortran_order })
    }

    /// The head that NumPy writes for this array.
    pub fn bytes(&self) -> Vec<u8> {
        let Element { kind, size, big_endian } = self.element;
        let order = if size == 1 {
            '|'
        } else if big_endian {
            '>'
        } else {
            '<'
        };
        let sides: String = self.shape.iter().map(|side| format!("{side}, ")).collect();
        let fortran = if self.fortran_order { "True" } else { "False" };
        let mut text = format!("{{'descr': '{order}{kind}{size}', 'fortran_order': {fortran}, 'shape': ({sides}), }}");
        // The numbers start at a multiple of 64 bytes.
        let rest = (text.len() + 11).next_multiple_of(64) - text.len() - 11;
        text.extend(std::iter::repeat_n(' ', rest));
        text.push('\n');
        [MAGIC, &[1, 0], &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat()
    }
}

fn element(descr: &str) -> io::Result<Element> {
    let quote = descr.chars().next().filter(|first| matches!(first, '\'' | '"'));
    let Some(quote) = quote else { return Err(invalid("holds records of several values, which are no images")) };
    let word = descr[1..].split(quote).next().unwrap_or_default();
    let big_endian = word.starts_with('>');
    let mut letters = word.trim_start_matches(['<', '>', '|', '=']).chars();
    let kind = letters.next().unwrap_or(' ');
    let size = if kind == '?' { Ok(1) } else { letters.as_str().parse() };
    match size {
        Ok(size) if kind == '?' => Ok(Element { kind: 'b', size, big_endian }),
        Ok(size @ 1..=4096) if kind.is_ascii_alphabetic() => Ok(Element { kind, size, big_endian }),
        _ if kind == 'O' => Err(invalid("holds Python objects, which are not read because they may run code")),
        _ => Err(invalid(format!("holds numbers of a type that is not known: {word}"))),
    }
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<NpyHeader, String> {
        NpyHeader::parse(text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_heads_that_numpy_writes_are_read() {
        let header = parsed("{'descr': '|u1', 'fortran_order': False, 'shape': (5, 28, 28), }   \n").unwrap();
        assert_eq!((header.shape.as_slice(), header.fortran_order), (&[5, 28, 28][..], false));
        assert_eq!((header.element.word().as_str(), header.length()), ("uint8", Some(5 * 28 * 28)));
        let one = parsed("{'descr': '>i8', 'fortran_order': True, 'shape': (7,), }").unwrap();
        assert_eq!((one.shape.as_slice(), one.fortran_order, one.element.big_endian), (&[7][..], true, true));
        assert_eq!(parsed("{'descr': '<f4', 'fortran_order': False, 'shape': (), }").unwrap().length(), Some(4));
        for header in [header, one] {
            assert_eq!(NpyHeader::read(&mut header.bytes().as_slice()).unwrap(), header);
            assert_eq!(header.bytes().len() % 64, 0);
        }
    }

    #[test]
    fn other_heads_are_refused_in_words() {
        assert!(
            parsed("{'descr': [('a', '<u1')], 'fortran_order': False, 'shape': (1,), }")
                .unwrap_err()
                .contains("records")
        );
        assert!(
            parsed("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }").unwrap_err().contains("Python objects")
        );
        assert!(parsed("{'descr': '|u1', 'shape': (1,), }").unwrap_err().contains("fortran_order"));
        assert!(parsed("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }").unwrap_err().contains("shape"));
        let huge = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({0}, {0}), }}", usize::MAX);
        assert_eq!(parsed(&huge).unwrap().length(), None);
        assert!(NpyHeader::read(&mut &b"\x93NUMPY\x01\x00\xff\xff"[..]).is_err());
    }

    #[test]
    fn whole_numbers_of_every_size_and_order_are_read() {
        let element = |kind, size, big_endian| Element { kind, size, big_endian };
        assert_eq!(element('u', 1, false).whole(&[200]), 200);
        assert_eq!(element('i', 1, false).whole(&[200]), -56);
        assert_eq!(element('i', 4, true).whole(&[0xFF, 0xFF, 0xFF, 0xFE]), -2);
        assert_eq!(element('u', 2, true).whole(&[1, 2]), 258);
        assert_eq!(element('i', 8, false).whole(&7_i64.to_le_bytes()), 7);
        assert_eq!(element('u', 8, false).whole(&u64::MAX.to_le_bytes()), i128::from(u64::MAX));
    }
}
