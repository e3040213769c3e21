//! Tar archives: plain ones are read in place, compressed ones are unpacked once to an unnamed file on disk.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::container::Container;
use super::links::{Link, resolve};
use super::positioned::{Section, Sections};
use super::store::{self, MAX_RATIO, MAX_UNPACKED, RATIO_FREE, Store, entry_path, ignored};
use super::zstd::ZstdReader;
use crate::DataError;

/// The most memory of an xz decoder in KiB; `xz -9` needs a quarter of it.
const MAX_XZ_MEMORY: u32 = 256 << 10;

/// The container of plain tar archives.
pub(crate) struct TarArchives;

impl Container for TarArchives {
    fn extensions(&self) -> &'static [&'static str] {
        &[".tar"]
    }

    fn summary(&self) -> &'static str {
        "a tar archive, read in place"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.get(257..262) == Some(b"ustar")
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError> {
        Ok(Arc::new(open(path)?))
    }

    #[cfg(test)]
    fn pack(&self, files: &[(&str, Vec<u8>)]) -> Option<Vec<u8>> {
        let mut tar = ::tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = ::tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
        }
        Some(tar.into_inner().unwrap())
    }
}

/// The container of tar archives in one compression.
pub(crate) struct PackedTars {
    extensions: &'static [&'static str],
    summary: &'static str,
    /// the first bytes of a packed file, one or the other
    magic: &'static [&'static [u8]],
    reader: fn(fs::File) -> Box<dyn Read>,
    #[cfg(test)]
    pack: fn(&[u8]) -> Vec<u8>,
}

impl Container for PackedTars {
    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        self.magic.iter().any(|magic| head.starts_with(magic))
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError> {
        Ok(Arc::new(open_packed(path, self.reader)?))
    }

    #[cfg(test)]
    fn pack(&self, files: &[(&str, Vec<u8>)]) -> Option<Vec<u8>> {
        TarArchives.pack(files).map(|tar| (self.pack)(&tar))
    }
}

/// Tars packed by gzip.
pub(crate) static GZIP: PackedTars = PackedTars {
    extensions: &[".tar.gz", ".tgz"],
    summary: "a gzipped tar archive, unpacked once to a temporary file",
    magic: &[&[0x1F, 0x8B]],
    reader: |file| Box::new(MultiGzDecoder::new(buffered(file))),
    #[cfg(test)]
    pack: |bytes| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    },
};

/// Tars packed by bzip2.
pub(crate) static BZIP2: PackedTars = PackedTars {
    extensions: &[".tar.bz2", ".tbz2", ".tbz"],
    summary: "a tar archive packed by bzip2, unpacked once to a temporary file",
    magic: &[b"BZh"],
    reader: |file| Box::new(bzip2::bufread::MultiBzDecoder::new(buffered(file))),
    #[cfg(test)]
    pack: |bytes| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    },
};

/// Tars packed by xz.
pub(crate) static XZ: PackedTars = PackedTars {
    extensions: &[".tar.xz", ".txz"],
    summary: "a tar archive packed by xz, unpacked once to a temporary file",
    magic: &[&[0xFD, b'7', b'z', b'X', b'Z', 0]],
    reader: |file| Box::new(lzma_rust2::XzReader::new_mem_limit(buffered(file), true, MAX_XZ_MEMORY)),
    #[cfg(test)]
    pack: |bytes| {
        let options = lzma_rust2::XzOptions::with_preset(1);
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    },
};

/// Tars packed by Zstandard.
pub(crate) static ZSTD: PackedTars = PackedTars {
    extensions: &[".tar.zst", ".tzst"],
    summary: "a tar archive packed by Zstandard, unpacked once to a temporary file",
    // Parallel packers begin with a frame of their own.
    magic: &[&[0x28, 0xB5, 0x2F, 0xFD], &[0x50, 0x2A, 0x4D, 0x18]],
    reader: |file| Box::new(ZstdReader::new(buffered(file))),
    #[cfg(test)]
    pack: |bytes| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest),
};

fn buffered(file: fs::File) -> BufReader<fs::File> {
    BufReader::with_capacity(1 << 16, file)
}

/// Lists a plain archive.
fn open(path: &Path) -> Result<Sections, DataError> {
    let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
    list(path, file)
}

/// Unpacks a compressed archive and lists it. The unpacked file is deleted when the process ends.
fn open_packed(path: &Path, reader: fn(fs::File) -> Box<dyn Read>) -> Result<Sections, DataError> {
    let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
    let packed = file.metadata().map_err(|error| DataError::unreadable(path, &error))?.len();
    let mut copy = tempfile::tempfile().map_err(|error| DataError::unreadable(&std::env::temp_dir(), &error))?;
    unpack(path, reader(file), packed, &copy)?;
    copy.seek(SeekFrom::Start(0)).map_err(|error| DataError::unreadable(path, &error))?;
    list(path, copy)
}

fn list(path: &Path, file: fs::File) -> Result<Sections, DataError> {
    let file = Section::whole(file).map_err(|error| DataError::unreadable(path, &error))?;
    let mut tar = Sections::new(path, file.clone());
    let (mut links, mut places) = (Vec::new(), HashMap::new());
    let length = file.length();
    let damaged = |reason| DataError::damaged(path.display().to_string(), reason);
    let mut archive = ::tar::Archive::new(file);
    for entry in archive.entries_with_seek().map_err(|error| damaged(error.to_string()))? {
        let entry = entry.map_err(|error| damaged(format!("after {} files: {error}", tar.entries.len())))?;
        let name = entry_path(&String::from_utf8_lossy(&entry.path_bytes()));
        let (start, size) = (entry.raw_file_position(), entry.size());
        if start.saturating_add(size) > length {
            return Err(damaged(format!("cut short inside {name}")));
        }
        if ignored(&name) {
            continue;
        }
        let kind = entry.header().entry_type();
        let target = entry.link_name_bytes().unwrap_or_default();
        match String::from_utf8_lossy(&target) {
            target if kind.is_hard_link() => links.push(Link::hard(name, &target)),
            target if kind.is_symlink() => links.push(Link::symbolic(name, &target)),
            _ if kind.is_file() || kind.is_contiguous() => put(&mut tar, name, start, size, &mut places),
            _ if kind.is_dir() => {}
            _ => tar.notes.push(format!("{name} is an entry of a kind that is not read, and is left out")),
        }
    }
    put_links(&mut tar, links);
    Ok(tar)
}

/// Adds a file. A later file of the same name replaces an earlier one, as it does when the archive is unpacked.
fn put(tar: &mut Sections, path: String, start: u64, size: u64, places: &mut HashMap<String, usize>) {
    match places.get(&path) {
        Some(&place) => (tar.entries[place].size, tar.starts[place]) = (size, start),
        None => {
            places.insert(path.clone(), tar.entries.len());
            tar.push(path, start, size);
        }
    }
}

fn put_links(tar: &mut Sections, links: Vec<Link>) {
    let paths: Vec<&str> = tar.entries.iter().map(|entry| entry.path.as_str()).collect();
    let (found, note) = resolve(links, &paths);
    for (path, index) in found {
        tar.push(path, tar.starts[index], tar.entries[index].size);
    }
    tar.notes.extend(note);
}

/// Copies everything from `reader` to `copy`, and stops when it is more than the limit.
fn unpack(path: &Path, mut reader: impl Read, packed: u64, copy: &fs::File) -> Result<(), DataError> {
    let name = path.display().to_string();
    let limit = MAX_UNPACKED.min(packed.saturating_mul(MAX_RATIO).max(RATIO_FREE));
    let mut writer = BufWriter::with_capacity(1 << 18, copy);
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(DataError::damaged(name, format!("cannot be unpacked: {error}"))),
        };
        total += count as u64;
        if total > limit {
            let reason = format!(
                "unpacks from {packed} to more than {limit} bytes; if you trust it, unpack it and give its folder"
            );
            return Err(DataError::too_large(name, reason));
        }
        writer.write_all(&buffer[..count]).map_err(|error| no_space(path, &error))?;
    }
    writer.flush().map_err(|error| no_space(path, &error))
}

fn no_space(path: &Path, error: &io::Error) -> DataError {
    DataError::Unreadable { path: path.display().to_string(), reason: store::no_space("unpacked", error) }
}
