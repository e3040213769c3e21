//! Arrow files of Hugging Face `datasets`, as `save_to_disk` writes them: the images lie in a column of bytes.
//!
//! Apache Arrow, "Columnar format", IPC: messages of a FlatBuffer and a body. A schema comes first, then batches of rows,
//! whose buffers follow in the order of the columns. Images are read in place.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use gannet_formats::flatbuffer::Table;
use gannet_formats::little_endian::number;
use gannet_formats::npy_header::Element;

use super::container::Container;
use super::hugging_face::{Columns, Kind, NamedColumn, Rows};
use super::labels::Label;
use super::positioned::{Section, Sections};
use super::store::Store;
use crate::DataError;

const MAGIC: &[u8] = b"ARROW1";
const CONTINUED: u32 = u32::MAX;
/// The most bytes of a message without its body.
const MAX_MESSAGE: u64 = 64 << 20;
/// The most rows of a batch whose columns are read at once.
const MAX_ROWS: u64 = 1 << 24;

/// The container of Arrow files and streams.
pub(crate) struct ArrowFiles;

impl Container for ArrowFiles {
    fn extensions(&self) -> &'static [&'static str] {
        &[".arrow", ".feather"]
    }

    fn summary(&self) -> &'static str {
        "an Arrow file of image files, as `save_to_disk` of Hugging Face writes it, read in place"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        // A stream begins with a message, which has a length and then the position of its root.
        let stream = matches!(head, [0xFF, 0xFF, 0xFF, 0xFF, _, _, _, 0, _, 0, 0, 0, ..]);
        head.starts_with(MAGIC) || stream
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError> {
        let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
        let file = Section::whole(file).map_err(|error| DataError::unreadable(path, &error))?;
        let damaged = |reason: String| DataError::damaged(path.display().to_string(), reason);
        let mut stream = Stream::new(file.clone()).map_err(damaged)?;
        let (columns, fields) = stream.schema().map_err(damaged)?;
        let chosen = columns.choose().map_err(|what| DataError::not_data(path.display().to_string(), what))?;
        let mut rows = Rows::new(chosen);
        let mut found = Sections::new(path, file);
        while let Some(batch) = stream.next().map_err(damaged)? {
            batch.read(&mut stream, &fields, &mut rows, &mut found).map_err(damaged)?;
        }
        rows.finish("Hugging Face Arrow", &mut found)?;
        Ok(Arc::new(found))
    }
}

/// A column, or a field of one.
struct Field {
    /// the names on the way to it, joined by points
    path: String,
    /// its type's number in Arrow's schema
    kind: u64,
    /// the bits of a whole number
    bits: u64,
    signed: bool,
    is_dictionary: bool,
    children: Vec<Self>,
}

impl Field {
    fn read(table: Table<'_>, prefix: &str, depth: usize) -> Result<Self, String> {
        if depth > 32 {
            return Err("its columns are nested too deeply".to_owned());
        }
        let path = format!("{prefix}{}", table.text(0).unwrap_or_default());
        let inside = format!("{path}.");
        let children: Result<Vec<Self>, String> =
            table.tables(5).into_iter().map(|child| Self::read(child, &inside, depth + 1)).collect();
        let number = |id, size| table.table(3).map_or(0, |kind| kind.number(id, size));
        let (bits, signed) = (number(0, 4), number(1, 1) != 0);
        let is_dictionary = table.table(4).is_some();
        Ok(Self { path, kind: table.number(2, 1), bits, signed, is_dictionary, children: children? })
    }

    /// Adds the columns that can be images or labels; fields of lists are none.
    fn columns(&self, into: &mut Vec<NamedColumn>) {
        let kind = match self.kind {
            _ if self.is_dictionary => Kind::Other,
            2 => Kind::Number,
            4 | 19 => Kind::Bytes,
            5 | 20 => Kind::Text,
            13 => {
                self.children.iter().for_each(|child| child.columns(into));
                return;
            }
            _ => Kind::Other,
        };
        into.push(NamedColumn { path: self.path.clone(), kind });
    }

    /// How many buffers its own values have, and whether its children follow.
    fn buffers(&self) -> Result<(usize, bool), String> {
        match self.kind {
            _ if self.is_dictionary => Ok((2, false)),
            1 => Ok((0, false)),
            2 | 3 | 6..=11 | 15 | 18 => Ok((2, false)),
            4 | 5 | 19 | 20 => Ok((3, false)),
            12 | 17 | 21 => Ok((2, true)),
            13 | 16 => Ok((1, true)),
            other => Err(format!("its column {} is of type {other} of Arrow, which is not read", self.path)),
        }
    }
}

/// The messages of a file, one after the other.
struct Stream {
    file: Section,
    at: u64,
}

impl Stream {
    fn new(file: Section) -> Result<Self, String> {
        let mut stream = Self { file, at: 0 };
        if stream.bytes(0..6)? == MAGIC {
            stream.at = 8;
        }
        Ok(stream)
    }

    fn bytes(&mut self, range: Range<u64>) -> Result<Vec<u8>, String> {
        if range.start > range.end || range.end > self.file.length() {
            return Err(format!("it is cut short: bytes {} to {} are missing", range.start, range.end));
        }
        let length = usize::try_from(range.end - range.start).map_err(|_| "it is too large".to_owned())?;
        let mut bytes = vec![0; length];
        let read = self.file.seek(SeekFrom::Start(range.start)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| format!("it cannot be read: {error}"))?;
        Ok(bytes)
    }

    /// The next message; nothing at the end.
    fn message(&mut self) -> Result<Option<(Vec<u8>, u64)>, String> {
        if self.at == self.file.length() {
            return Ok(None);
        }
        let word = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let start = self.bytes(self.at..self.at + 8)?;
        if word(&start[..4]) != CONTINUED {
            return Err("its messages are of a version of Arrow before 0.15, or damaged".to_owned());
        }
        let length = u64::from(word(&start[4..]));
        if length == 0 {
            return Ok(None);
        }
        if length > MAX_MESSAGE {
            return Err(format!("a message has {length} bytes"));
        }
        let bytes = self.bytes(self.at + 8..self.at + 8 + length)?;
        let body = self.at + 8 + length;
        let size = Table::root(&bytes).map(|message| message.number(3, 8)).ok_or("a message is damaged")?;
        self.at =
            body.checked_add(size).filter(|end| *end <= self.file.length()).ok_or("it is cut short inside its rows")?;
        Ok(Some((bytes, body)))
    }

    /// The columns, which come first.
    fn schema(&mut self) -> Result<(Columns, Vec<Field>), String> {
        let (bytes, _) = self.message()?.ok_or("it is empty")?;
        let message = Table::root(&bytes).filter(|message| message.number(1, 1) == 1);
        let schema = message.and_then(|message| message.table(2)).ok_or("it does not begin with its columns")?;
        if schema.number(0, 2) != 0 {
            return Err("its numbers have the most significant byte first, which is not read".to_owned());
        }
        let fields: Result<Vec<Field>, String> =
            schema.tables(1).into_iter().map(|field| Field::read(field, "", 0)).collect();
        let fields = fields?;
        let mut columns = Vec::new();
        fields.iter().for_each(|field| field.columns(&mut columns));
        let metadata = schema.tables(2).into_iter().find(|pair| pair.text(0) == Some("huggingface"));
        let features = metadata.and_then(|pair| pair.text(1)).unwrap_or_default();
        Ok((Columns::new(columns, features), fields))
    }

    /// The next batch of rows; nothing at the end.
    fn next(&mut self) -> Result<Option<Batch>, String> {
        loop {
            let Some((bytes, body)) = self.message()? else { return Ok(None) };
            let message = Table::root(&bytes).ok_or("a message is damaged")?;
            match (message.number(1, 1), message.table(2)) {
                (3, Some(rows)) if rows.table(3).is_some() => {
                    return Err("its rows are compressed, which is not read; write it without compression".to_owned());
                }
                (3, Some(rows)) => {
                    let (count, end) = (rows.number(0, 8), self.at);
                    if count > MAX_ROWS {
                        return Err(format!("a batch has {count} rows"));
                    }
                    return Ok(Some(Batch { count: count as usize, body: body..end, buffers: rows.pairs(2) }));
                }
                // Dictionaries belong to columns that are not used.
                (2, _) => {}
                _ => return Err("a message is none of rows".to_owned()),
            }
        }
    }
}

/// A batch of rows.
struct Batch {
    count: usize,
    body: Range<u64>,
    /// position in the body and length of each buffer
    buffers: Vec<(u64, u64)>,
}

impl Batch {
    fn read(self, stream: &mut Stream, fields: &[Field], rows: &mut Rows, found: &mut Sections) -> Result<(), String> {
        let mut next = 0;
        let mut used = Vec::new();
        for field in fields {
            self.find(field, &mut next, rows, &mut used)?;
        }
        let column = |wanted: &str| used.iter().find(|(field, _)| field.path == wanted);
        let texts = |stream: &mut Stream, path: Option<&String>| match path.and_then(|path| column(path)) {
            Some((field, first)) if field.kind != 2 => self.ranges(stream, field, *first),
            _ => Ok(Vec::new()),
        };
        let images = texts(stream, Some(&rows.columns.image))?;
        let names = texts(stream, rows.columns.name.as_ref())?;
        let labels = match rows.columns.label.as_ref().and_then(|path| column(path)) {
            Some((field, first)) => self.labels(stream, field, *first)?,
            None => Vec::new(),
        };
        for row in 0..self.count {
            let name = match names.get(row).cloned().flatten() {
                Some(range) if range.end - range.start < 4096 => {
                    String::from_utf8_lossy(&stream.bytes(range)?).into_owned()
                }
                _ => String::new(),
            };
            let label = labels.get(row).cloned().flatten();
            let range = images.get(row).cloned().flatten();
            let head = match &range {
                Some(range) => stream.bytes(range.start..range.end.min(range.start + 32))?,
                None => Vec::new(),
            };
            let place = range.map(|range| (range.start, range.end - range.start));
            rows.push(place, &head, &name, label, found);
        }
        Ok(())
    }

    /// Walks through the columns in the order of their buffers, and keeps those that are used.
    fn find<'f>(
        &self,
        field: &'f Field,
        next: &mut usize,
        rows: &Rows,
        used: &mut Vec<(&'f Field, usize)>,
    ) -> Result<(), String> {
        let (count, descends) = field.buffers()?;
        if rows.columns.uses(&field.path) {
            used.push((field, *next));
        }
        *next += count;
        if descends {
            for child in &field.children {
                self.find(child, next, rows, used)?;
            }
        }
        Ok(())
    }

    fn buffer(&self, index: usize) -> Result<Range<u64>, String> {
        let &(start, length) = self.buffers.get(index).ok_or("a batch has too few buffers")?;
        let start = self.body.start.checked_add(start).ok_or("a buffer lies outside of its rows")?;
        let end = start.checked_add(length).filter(|end| *end <= self.body.end);
        Ok(start..end.ok_or("a buffer lies outside of its rows")?)
    }

    /// Which rows have a value.
    fn valid(&self, stream: &mut Stream, first: usize) -> Result<Vec<bool>, String> {
        let range = self.buffer(first)?;
        if range.is_empty() {
            return Ok(vec![true; self.count]);
        }
        let bits = stream.bytes(range)?;
        Ok((0..self.count).map(|row| bits.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)).collect())
    }

    /// Where the bytes of each row lie in the file.
    fn ranges(&self, stream: &mut Stream, field: &Field, first: usize) -> Result<Vec<Option<Range<u64>>>, String> {
        let wide = matches!(field.kind, 19 | 20);
        let size = if wide { 8 } else { 4 };
        let valid = self.valid(stream, first)?;
        let (offsets, values) = (self.buffer(first + 1)?, self.buffer(first + 2)?);
        if self.count == 0 {
            return Ok(Vec::new());
        }
        let length = (self.count as u64 + 1) * size;
        if offsets.end - offsets.start < length {
            return Err(format!("the column {} is cut short", field.path));
        }
        let bytes = stream.bytes(offsets.start..offsets.start + length)?;
        let offset = |row: usize| number(&bytes, row * size as usize, size as usize).unwrap_or_default();
        let range = |row: usize| {
            let (start, end) = (values.start.checked_add(offset(row))?, values.start.checked_add(offset(row + 1))?);
            (start <= end && end <= values.end).then_some(start..end)
        };
        let place = |row: usize| match valid[row] {
            true => range(row).map(Some).ok_or_else(|| format!("row {row} of the column {} is damaged", field.path)),
            false => Ok(None),
        };
        (0..self.count).map(place).collect()
    }

    fn labels(&self, stream: &mut Stream, field: &Field, first: usize) -> Result<Vec<Option<Label>>, String> {
        if field.kind != 2 {
            let ranges = self.ranges(stream, field, first)?;
            let text = |range: Option<Range<u64>>| match range {
                Some(range) if range.end - range.start < 4096 => {
                    let name = String::from_utf8_lossy(&stream.bytes(range)?).into_owned();
                    Ok(Some(Label::Name(name)))
                }
                _ => Ok(None),
            };
            return ranges.into_iter().map(text).collect();
        }
        let valid = self.valid(stream, first)?;
        let size = (field.bits / 8) as usize;
        let bytes = self.buffer(first + 1).and_then(|range| stream.bytes(range))?;
        if !matches!(size, 1 | 2 | 4 | 8) || bytes.len() < size * self.count {
            return Err(format!("the column {} is cut short", field.path));
        }
        let kind = if field.signed { 'i' } else { 'u' };
        let element = Element { kind, size, big_endian: false };
        let label =
            |row: usize| valid[row].then(|| Rows::number(element.whole(&bytes[row * size..][..size]))).flatten();
        Ok((0..self.count).map(label).collect())
    }
}
