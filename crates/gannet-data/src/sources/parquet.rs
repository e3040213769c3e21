//! Parquet files of Hugging Face `datasets`, as its Hub has them: the images lie in a column of bytes.
//!
//! The images are unpacked once to an unnamed file on disk, because pages of many rows are compressed together.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use ::parquet::basic::{Compression, ConvertedType, LogicalType, Type};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;

use super::container::Container;
use super::hugging_face::{Columns, Kind, NamedColumn, Rows};
use super::labels::Label;
use super::positioned::{Section, Sections};
use super::store::{MAX_RATIO, MAX_UNPACKED, RATIO_FREE, Store, no_space};
use crate::DataError;

/// So many rows are decoded at a time.
const BATCH: usize = 64;

/// The container of Parquet files.
pub(crate) struct ParquetFiles;

impl Container for ParquetFiles {
    fn extensions(&self) -> &'static [&'static str] {
        &[".parquet"]
    }

    fn summary(&self) -> &'static str {
        "a Parquet file of image files, as Hugging Face has them, unpacked once to a temporary file"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(b"PAR1")
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError> {
        let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
        let packed = file.metadata().map_err(|error| DataError::unreadable(path, &error))?.len();
        let name = path.display().to_string();
        let damaged = |reason: String| DataError::damaged(&name, reason);
        let reader = SerializedFileReader::new(file).map_err(|error| damaged(error.to_string()))?;
        let chosen = columns(&reader).choose().map_err(|what| DataError::not_data(&name, what))?;
        let copy = tempfile::tempfile().map_err(|error| DataError::unreadable(&std::env::temp_dir(), &error))?;
        let section = Section::whole(copy.try_clone().map_err(|error| DataError::unreadable(path, &error))?);
        let section = section.map_err(|error| DataError::unreadable(path, &error))?;
        let mut found = Sections::new(path, section);
        let limit = MAX_UNPACKED.min(packed.saturating_mul(MAX_RATIO).max(RATIO_FREE));
        let mut unpacked = Unpacked { rows: Rows::new(chosen), writer: BufWriter::new(&copy), end: 0, limit };
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(|error| damaged(error.to_string()))?;
            unpacked.group(group.as_ref(), &mut found).map_err(damaged)?;
        }
        let Unpacked { rows, mut writer, .. } = unpacked;
        writer.flush().map_err(|error| DataError::unreadable(&std::env::temp_dir(), &error))?;
        rows.finish("Hugging Face Parquet", &mut found)?;
        Ok(Arc::new(found))
    }
}

fn columns(reader: &SerializedFileReader<fs::File>) -> Columns {
    let metadata = reader.metadata().file_metadata();
    let column = |column: &Arc<ColumnDescriptor>| NamedColumn { path: column.path().string(), kind: kind(column) };
    let columns = metadata.schema_descr().columns().iter().map(column).collect();
    let pairs = metadata.key_value_metadata().map(Vec::as_slice).unwrap_or_default();
    let features = pairs.iter().find(|pair| pair.key == "huggingface").and_then(|pair| pair.value.as_deref());
    Columns::new(columns, features.unwrap_or_default())
}

fn kind(column: &ColumnDescriptor) -> Kind {
    let is_text = matches!(column.logical_type_ref(), Some(LogicalType::String))
        || column.converted_type() == ConvertedType::UTF8;
    match column.physical_type() {
        // Lists hold several values a row.
        _ if column.max_rep_level() > 0 => Kind::Other,
        Type::BYTE_ARRAY if is_text => Kind::Text,
        Type::BYTE_ARRAY => Kind::Bytes,
        Type::INT32 | Type::INT64 => Kind::Number,
        _ => Kind::Other,
    }
}

/// The images that have been unpacked.
struct Unpacked<'a> {
    rows: Rows,
    writer: BufWriter<&'a fs::File>,
    end: u64,
    limit: u64,
}

impl Unpacked<'_> {
    fn group(&mut self, group: &dyn RowGroupReader, found: &mut Sections) -> Result<(), String> {
        let index = |path: &String| {
            let is = |column: &usize| group.metadata().column(*column).column_path().string() == *path;
            (0..group.num_columns()).find(is)
        };
        let open = |path: &String| {
            let index = index(path).ok_or_else(|| format!("it has no column {path}"))?;
            let compression = group.metadata().column(index).compression();
            if !matches!(compression, Compression::UNCOMPRESSED | Compression::SNAPPY) {
                return Err(format!(
                    "its column {path} is packed by {compression}; write it with compression=\"snappy\""
                ));
            }
            let defined = group.metadata().column(index).column_descr().max_def_level();
            group.get_column_reader(index).map(|reader| Column { reader, defined }).map_err(|error| error.to_string())
        };
        let count =
            usize::try_from(group.metadata().num_rows()).map_err(|_| "it has a negative number of rows".to_owned())?;
        let mut images = open(&self.rows.columns.image)?;
        let mut names = self.rows.columns.name.as_ref().map(open).transpose()?;
        let mut labels = self.rows.columns.label.as_ref().map(open).transpose()?;
        let mut done = 0;
        while done < count {
            let batch = (count - done).min(BATCH);
            let images = images.read(batch)?;
            let names = names.as_mut().map(|column| column.read(batch)).transpose()?.unwrap_or_default();
            let labels = labels.as_mut().map(|column| column.read(batch)).transpose()?.unwrap_or_default();
            for (row, image) in images.iter().enumerate() {
                let text = |cell: Option<&Cell>| match cell {
                    Some(Cell::Bytes(bytes)) => String::from_utf8_lossy(bytes.data()).into_owned(),
                    _ => String::new(),
                };
                let label = match labels.get(row) {
                    Some(Cell::Number(number)) => Rows::number((*number).into()),
                    Some(cell @ Cell::Bytes(_)) => Some(Label::Name(text(Some(cell)))),
                    _ => None,
                };
                self.put(image, &text(names.get(row)), label, found)?;
            }
            done += batch;
        }
        Ok(())
    }

    fn put(&mut self, image: &Cell, name: &str, label: Option<Label>, found: &mut Sections) -> Result<(), String> {
        let Cell::Bytes(bytes) = image else {
            self.rows.push(None, &[], name, label, found);
            return Ok(());
        };
        let bytes = bytes.data();
        let size = bytes.len() as u64;
        if self.end + size > self.limit {
            return Err(format!("it unpacks to more than {} bytes", self.limit));
        }
        self.writer.write_all(bytes).map_err(|error| format!("it {}", no_space("unpacked", &error)))?;
        self.rows.push(Some((self.end, size)), &bytes[..bytes.len().min(32)], name, label, found);
        self.end += size;
        Ok(())
    }
}

/// A value of a row.
enum Cell {
    Missing,
    Bytes(::parquet::data_type::ByteArray),
    Number(i64),
}

/// A column, read from its start.
struct Column {
    reader: ColumnReader,
    /// the level of values that are there
    defined: i16,
}

impl Column {
    /// The values of the next `count` rows.
    fn read(&mut self, count: usize) -> Result<Vec<Cell>, String> {
        let defined = self.defined;
        match &mut self.reader {
            ColumnReader::ByteArrayColumnReader(reader) => cells(reader, count, defined, Cell::Bytes),
            ColumnReader::Int64ColumnReader(reader) => cells(reader, count, defined, Cell::Number),
            ColumnReader::Int32ColumnReader(reader) => cells(reader, count, defined, |n| Cell::Number(n.into())),
            _ => Err("a column has changed its type".to_owned()),
        }
    }
}

fn cells<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    count: usize,
    defined: i16,
    cell: impl Fn(T::T) -> Cell,
) -> Result<Vec<Cell>, String> {
    let (mut levels, mut values, mut rows) = (Vec::new(), Vec::new(), 0);
    while rows < count {
        let read = reader.read_records(count - rows, Some(&mut levels), None, &mut values);
        match read.map_err(|error| error.to_string())?.0 {
            0 => return Err(format!("{} of its rows are missing", count - rows)),
            read => rows += read,
        }
    }
    if defined == 0 {
        return Ok(values.into_iter().map(cell).collect());
    }
    let mut values = values.into_iter();
    let value = |level: i16| if level == defined { values.next().map_or(Cell::Missing, &cell) } else { Cell::Missing };
    Ok(levels.into_iter().map(value).collect())
}
