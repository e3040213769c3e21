//! The directory of a zip archive, and the archive written anew with a directory that every reader understands.

use std::collections::HashSet;
use std::ops::Range;

use gannet_formats::little_endian;

/// The end record, the record and the locator of a large archive, and the beginnings of entries.
const END: &[u8] = b"PK\x05\x06";
const LARGE_END: &[u8] = b"PK\x06\x06";
const LOCATOR: &[u8] = b"PK\x06\x07";
const CENTRAL: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// Lengths without names and comments.
const END_LENGTH: usize = 22;
const LOCATOR_LENGTH: usize = 20;
const CENTRAL_LENGTH: usize = 46;
const LOCAL_LENGTH: usize = 30;
/// The longest comment behind the end record.
const LONGEST_COMMENT: usize = 65_535;

/// An archive.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    /// Where its directory begins.
    directory: usize,
    /// Where its end record begins.
    end: usize,
    /// The size of the directory by the end record.
    size: usize,
    entries: Vec<Entry>,
}

/// An entry of a directory.
struct Entry {
    name: String,
    /// Its record in the directory.
    record: Range<usize>,
}

/// The number of `size` bytes at a place.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<usize> {
    little_endian::number(bytes, at, size).and_then(|number| usize::try_from(number).ok())
}

/// Whether there is the end record of an archive where one may be. A file that is cut short has none.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    let searched = &bytes[bytes.len().saturating_sub(LONGEST_COMMENT + END_LENGTH)..];
    searched.windows(END.len()).any(|window| window == END)
}

impl<'a> Archive<'a> {
    /// The archive in `bytes`; `None` where they are none, its directory is damaged, empty or has a name twice, or it has more than
    /// 4 GiB.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        u32::try_from(bytes.len()).ok()?;
        let last = bytes.len().checked_sub(END_LENGTH)?;
        let is_end = |at: &usize| {
            let comment = number(bytes, at + 20, 2);
            bytes[*at..].starts_with(END) && comment.is_some_and(|comment| at + END_LENGTH + comment == bytes.len())
        };
        let end = (last.saturating_sub(LONGEST_COMMENT)..=last).rev().find(is_end)?;
        let (mut count, size) = (number(bytes, end + 10, 2)?, number(bytes, end + 12, 4)?);
        let mut directory = number(bytes, end + 16, 4)?;
        if let Some(locator) = end.checked_sub(LOCATOR_LENGTH).filter(|at| bytes[*at..].starts_with(LOCATOR)) {
            let record = number(bytes, locator + 8, 8)?;
            if bytes.get(record..)?.starts_with(LARGE_END) {
                (count, directory) = (number(bytes, record + 32, 8)?, number(bytes, record + 48, 8)?);
            }
        }
        let (mut entries, mut names) = (Vec::new(), HashSet::new());
        let mut at = directory;
        for _ in 0..count {
            let entry = Entry::at(bytes, at)?;
            at = entry.record.end;
            if !names.insert(entry.name.clone()) {
                return None;
            }
            entries.push(entry);
        }
        (count > 0 && directory <= end).then_some(Self { bytes, directory, end, size, entries })
    }

    /// Whether there is an entry whose name ends so.
    pub fn has(&self, ending: &str) -> bool {
        self.entries.iter().any(|entry| entry.name.ends_with(ending))
    }

    /// The shortest name that ends so.
    pub fn name(&self, ending: &str) -> Option<&str> {
        let names = self.entries.iter().map(|entry| entry.name.as_str());
        names.filter(|name| name.ends_with(ending)).min_by_key(|name| name.len())
    }

    /// Whether a reader that goes from the end record back by the directory's size, over the records of a large archive, finds the
    /// second entry there and takes it for the first.
    pub fn first_entry_is_overlooked(&self) -> bool {
        let guess = self.end.checked_sub(self.size).filter(|guess| *guess != self.directory);
        guess.is_some_and(|guess| self.bytes[guess..].starts_with(CENTRAL))
    }

    /// The bytes of the entry called `name`; `None` where it is compressed.
    pub fn stored(&self, name: &str) -> Option<&'a [u8]> {
        let record = &self.entries.iter().find(|entry| entry.name == name)?.record;
        let (method, length) = (number(self.bytes, record.start + 10, 2)?, number(self.bytes, record.start + 20, 4)?);
        let local = number(self.bytes, record.start + 42, 4)?;
        if method != 0 || !self.bytes.get(local..)?.starts_with(LOCAL) {
            return None;
        }
        let begin = local + LOCAL_LENGTH + number(self.bytes, local + 26, 2)? + number(self.bytes, local + 28, 2)?;
        self.bytes.get(begin..)?.get(..length)
    }

    /// The archive with another content for one entry, where one is given, and without the records of a large archive.
    pub fn rewritten(&self, replaced: Option<(&str, &[u8])>) -> Vec<u8> {
        let mut written = self.bytes[..self.directory].to_vec();
        let mut directory = Vec::new();
        for entry in &self.entries {
            let record = &self.bytes[entry.record.clone()];
            match replaced {
                Some((name, content)) if name == entry.name => {
                    let fields = fields(name, content);
                    directory.extend([CENTRAL, &[20, 0], &fields, &[0; 10]].concat());
                    directory.extend((written.len() as u32).to_le_bytes());
                    directory.extend(name.as_bytes());
                    written.extend([LOCAL, &fields, name.as_bytes(), content].concat());
                }
                _ => directory.extend(record),
            }
        }
        let count = (self.entries.len() as u16).to_le_bytes();
        let place = [directory.len() as u32, written.len() as u32].map(u32::to_le_bytes).concat();
        written.extend(directory);
        written.extend([END, &[0; 4], &count, &count, &place, &[0; 2]].concat());
        written
    }
}

impl Entry {
    /// The entry whose record begins at a place of an archive.
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let lengths = [28, 30, 32].map(|field| number(bytes, at.checked_add(field)?, 2));
        let [name, extra, comment] = [lengths[0]?, lengths[1]?, lengths[2]?];
        let record = at..at.checked_add(CENTRAL_LENGTH + name + extra + comment)?;
        let whole = bytes.get(record.clone())?;
        let name = whole.starts_with(CENTRAL).then(|| &whole[CENTRAL_LENGTH..][..name])?;
        Some(Self { name: String::from_utf8_lossy(name).into_owned(), record })
    }
}

/// The fields that both records of an uncompressed entry have: version, flags, method, time, date, checksum, both sizes, and the
/// lengths of the name and of the extra field.
fn fields(name: &str, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_le_bytes();
    let name = (name.len() as u16).to_le_bytes();
    [&[20, 0][..], &[0; 8], &crc32fast::hash(content).to_le_bytes(), &length, &length, &name, &[0; 2]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn bytes_that_are_no_archive_have_no_directory() {
        for bytes in [&b""[..], b"PK\x05\x06", &[0; 30], &[b"PK\x05\x06".as_slice(), &[0xff; 18]].concat()] {
            assert!(Archive::open(bytes).is_none());
        }
        let claims = [END, &[0; 4], &[9, 0, 9, 0], &[0xff; 8], &[0; 2]].concat();
        assert!(Archive::open(&claims).is_none(), "entries that are not there");
        let empty = [CENTRAL, END, &[0; 8], &[4, 0, 0, 0], &[0xff; 4], &[0; 2]].concat();
        assert!(Archive::open(&empty).is_none(), "no entries, and a directory behind the end");
    }

    #[test]
    fn a_name_is_there_once() {
        let entry = |name: &str| [CENTRAL, &[0; 24], &[name.len() as u8, 0], &[0; 16], name.as_bytes()].concat();
        let archive = |names: [&str; 2]| {
            let directory = names.map(entry).concat();
            let size = (directory.len() as u32).to_le_bytes();
            [&directory, END, &[0; 4], &[2, 0, 2, 0], &size, &[0; 6]].concat()
        };
        assert!(Archive::open(&archive(["a/data.pkl", "b/data.pkl"])).is_some());
        assert!(Archive::open(&archive(["a/data.pkl", "a/data.pkl"])).is_none());
    }
}
