//! Files that a command writes.

use std::path::{Path, PathBuf};

use gannet_apply::run::RunFolder;
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

/// The folders of a run whose files Gannet counts and removes.
const OWN_FOLDERS: [&str; 2] = ["checkpoints", "samples"];

/// Refuses a result inside the checkpoints or the previews of a run, which a later command removes or takes for its own.
pub fn refuse_own_folders(path: &Path) -> Result<(), Failure> {
    let place = real_path(path);
    for folder in place.ancestors() {
        let is_own = folder.file_name().is_some_and(|name| OWN_FOLDERS.iter().any(|own| name == *own));
        let Some(run) = folder.parent().filter(|_| is_own).map(RunFolder::at) else { continue };
        if RunFolder::is_run(run.path()).unwrap_or(false) && run.has_format().unwrap_or(false) {
            let name = folder.file_name().unwrap_or_default().display();
            let (path, run) = (path.display(), run.path().display());
            return Err(format!(
                "{path} lies in the {name} of the run {run}, which Gannet manages: choose another with -o"
            )
            .into());
        }
    }
    Ok(())
}

/// The path without links, as far as it exists.
fn real_path(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = |above: &Path| Some(above.canonicalize().ok()?.join(whole.strip_prefix(above).ok()?));
    whole.ancestors().find_map(real).unwrap_or_else(|| whole.clone())
}

/// Refuses a file or folder to write that exists, unless `force`, or whose parent does not, or that belongs to a run.
pub fn check_writable(path: &Path, force: bool) -> Result<(), Failure> {
    refuse_own_folders(path)?;
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
/// Whether a file is one of weights by its extension.
pub fn is_weights_name(path: &Path) -> bool {
    const EXTENSIONS: [&str; 7] = ["pth", "pt", "ckpt", "safetensors", "onnx", "param", "bin"];
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    EXTENSIONS.contains(&extension.as_str())
}
