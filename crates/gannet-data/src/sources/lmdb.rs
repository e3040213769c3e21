//! LMDB databases of images, as BasicSR and LSUN have them: a file with the images' names as keys.
//!
//! The file is a B+ tree of pages, described in LMDB's `mdb.c` (H. Chu, 2011): two meta pages, of which the newer one counts,
//! branch pages, leaf pages, and overflow pages for values that do not fit into a leaf. It is read by hand and in place,
//! because the library maps the file into memory and trusts every position in it.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use gannet_formats::little_endian::number;

use super::container::Container;
use super::positioned::{Section, Sections};
use super::store::{Store, entry_path};
use super::table::image_name;
use crate::DataError;

const MAGIC: u32 = 0xBEEF_C0DE;
/// The bytes in front of the content of a page.
const HEADER: usize = 16;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const OVERFLOW: u16 = 4;
/// The value of a node lies in overflow pages.
const IN_OVERFLOW: u16 = 1;
/// No page.
const NONE: u64 = u64::MAX;
/// The most levels of a tree: each page has two nodes or more.
const MAX_DEPTH: usize = 64;

/// The container of LMDB databases.
pub(crate) struct LmdbDatabases;

impl Container for LmdbDatabases {
    fn extensions(&self) -> &'static [&'static str] {
        &[".mdb"]
    }

    fn summary(&self) -> &'static str {
        "an LMDB database of image files, as BasicSR and LSUN have them, read in place"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        number(head, HEADER, 4) == Some(u64::from(MAGIC))
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError> {
        let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
        let file = Section::whole(file).map_err(|error| DataError::unreadable(path, &error))?;
        let damaged = |reason: String| DataError::damaged(path.display().to_string(), reason);
        let mut tree = Pages::open(file.clone()).map_err(damaged)?;
        let mut found = Sections::new(path, file);
        tree.list(&mut found).map_err(damaged)?;
        Ok(Arc::new(found))
    }
}

/// The pages of a database.
struct Pages {
    file: Section,
    page_size: usize,
    root: u64,
    /// nodes that are no values: databases inside the database
    skipped: usize,
}

impl Pages {
    fn open(file: Section) -> Result<Self, String> {
        let mut pages = Self { file, page_size: 4096, root: NONE, skipped: 0 };
        let first = pages.bytes(0, 152)?;
        let meta = |page: &[u8]| {
            let field = |at, size| number(page, HEADER + at, size);
            let valid = field(0, 4)? == u64::from(MAGIC) && field(4, 4)? == 1;
            // Page size, root of the main database, number of the transaction.
            valid.then_some((field(24, 4)?, field(112, 8)?, field(128, 8)?))
        };
        let (size, root, transaction) = meta(&first).ok_or("it is of a version of LMDB that is not known")?;
        if !size.is_power_of_two() || !(256..=65536).contains(&size) {
            return Err(format!("it has pages of {size} bytes"));
        }
        (pages.page_size, pages.root) = (size as usize, root);
        let second = pages.bytes(size, 152)?;
        if let Some((_, root, newer)) = meta(&second).filter(|(_, _, other)| *other > transaction) {
            pages.root = root;
            let _ = newer;
        }
        Ok(pages)
    }

    fn bytes(&mut self, start: u64, length: usize) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; length];
        let read = self.file.seek(SeekFrom::Start(start)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|_| format!("it is cut short: {length} bytes at {start} are missing"))?;
        Ok(bytes)
    }

    fn page(&mut self, page: u64) -> Result<Vec<u8>, String> {
        let start = page.checked_mul(self.page_size as u64).ok_or_else(|| format!("it names page {page}"))?;
        self.bytes(start, self.page_size)
    }

    /// Lists the values in the order of their keys.
    fn list(&mut self, found: &mut Sections) -> Result<(), String> {
        let mut pending = if self.root == NONE { Vec::new() } else { vec![(self.root, 0)] };
        let mut seen = HashSet::new();
        while let Some((page, depth)) = pending.pop() {
            if depth > MAX_DEPTH || !seen.insert(page) {
                return Err(format!("page {page} leads back to itself"));
            }
            let bytes = self.page(page)?;
            let nodes = nodes(&bytes).ok_or_else(|| format!("page {page} has no valid nodes"))?;
            match number(&bytes, 10, 2).unwrap_or_default() as u16 & (BRANCH | LEAF | OVERFLOW) {
                BRANCH => pending.extend(nodes.iter().rev().map(|node| (node.child(), depth + 1))),
                LEAF => {
                    for node in nodes {
                        self.put(page, &node, found)?;
                    }
                }
                _ => return Err(format!("page {page} is none of the tree")),
            }
        }
        if self.skipped > 0 {
            found.notes.push(format!("{} databases inside the database are left out", self.skipped));
        }
        Ok(())
    }

    fn put(&mut self, page: u64, node: &Node<'_>, found: &mut Sections) -> Result<(), String> {
        let size = node.low;
        let start = match node.flags {
            0 => page * self.page_size as u64 + node.value as u64,
            IN_OVERFLOW => {
                let first = number(node.page, node.value, 8).ok_or_else(|| format!("page {page} is cut short"))?;
                first
                    .checked_mul(self.page_size as u64)
                    .and_then(|start| start.checked_add(HEADER as u64))
                    .ok_or_else(|| format!("page {page} names page {first}"))?
            }
            _ => {
                self.skipped += 1;
                return Ok(());
            }
        };
        let is_inside = start.checked_add(size).is_some_and(|end| end <= self.file.length());
        if !is_inside || node.flags == 0 && node.value as u64 + size > self.page_size as u64 {
            return Err(format!("the value of a key on page {page} is cut short"));
        }
        let head = self.bytes(start, size.min(32) as usize)?;
        let key = entry_path(&String::from_utf8_lossy(node.key));
        found.push(image_name(&key, &head), start, size);
        Ok(())
    }
}

/// One node of a page.
struct Node<'a> {
    page: &'a [u8],
    /// the size of its value, or a part of the number of its child
    low: u64,
    flags: u16,
    key: &'a [u8],
    /// where its value begins in the page
    value: usize,
}

impl Node<'_> {
    /// The page below a node of a branch.
    fn child(&self) -> u64 {
        self.low | u64::from(self.flags) << 32
    }
}

/// The nodes of a page; nothing if they are damaged.
fn nodes(page: &[u8]) -> Option<Vec<Node<'_>>> {
    let lower = number(page, 12, 2)? as usize;
    let count = lower.checked_sub(HEADER)? / 2;
    let node = |index: usize| {
        let at = number(page, HEADER + 2 * index, 2)? as usize;
        let field = |offset, size| number(page, at + offset, size);
        let (low, flags, key_size) = (field(0, 4)?, field(4, 2)? as u16, field(6, 2)? as usize);
        let key = page.get(at + 8..at + 8 + key_size)?;
        Some(Node { page, low, flags, key, value: at + 8 + key_size })
    };
    (0..count).map(node).collect()
}
