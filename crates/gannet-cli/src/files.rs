//! Files that a command writes.

use std::path::Path;

use gannet_weights::write_atomic;

use crate::failure::Failure;

/// Writes a file completely or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_atomic(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

/// Creates a folder and the folders above it.
pub fn create_folder(path: &Path) -> Result<(), Failure> {
    let failed = |error| format!("cannot create the folder {}: {error}", path.display());
    Ok(std::fs::create_dir_all(path).map_err(failed)?)
}

/// Refuses a file or folder to write that exists, unless `force`, or whose parent does not.
pub fn check_writable(path: &Path, force: bool) -> Result<(), Failure> {
    let occupied = match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.exists(),
    };
    if occupied && !force {
        return Err(format!("{} exists: choose another with -o, or give --force to write there", path.display()).into());
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            Err(format!("there is no folder {} to write {} into", parent.display(), path.display()).into())
        }
        _ => Ok(()),
    }
}
