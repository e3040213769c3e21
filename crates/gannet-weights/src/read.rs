//! Reading whole files, and nothing that only looks like one.

use std::fs;
use std::io;
use std::path::Path;

/// The bytes of the file at `path`. A pipe or a device, whose end may never come, is refused.
///
/// # Errors
/// Those of the file system; there is something else than a file.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        let what = if found.is_dir() { "a folder" } else { "a pipe or a device" };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a file")));
    }
    fs::read(path)
}

/// The text of the file at `path`, as [`read_file`] reads it.
///
/// # Errors
/// Those of [`read_file`]; it is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read_file(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "text").unwrap();
        assert_eq!(read_text(&path).unwrap(), "text");
        assert!(read_file(folder.path()).unwrap_err().to_string().contains("it is a folder"));
        #[cfg(unix)]
        assert!(read_file(Path::new("/dev/zero")).unwrap_err().to_string().contains("a device"));
    }
}
