//! The folder of an experiment's results.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::files::{check_writable, create_folder};

/// The folder that the user gave, or lab/NAME, created. It must be new or empty, unless `force`.
pub fn create_output(given: Option<&Path>, name: &str, force: bool) -> Result<PathBuf, Failure> {
    let folder = given.map_or_else(|| default_folder(name), Path::to_owned);
    if given.is_some() {
        check_writable(&folder, force)?;
    } else if !force && folder.exists() {
        let folder = folder.display();
        return Err(format!("{folder} exists: choose another folder with -o, or give --force to write there").into());
    }
    create_folder(&folder)?;
    Ok(folder)
}

fn default_folder(name: &str) -> PathBuf {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' };
    PathBuf::from("lab").join(name.chars().map(safe).collect::<String>())
}
