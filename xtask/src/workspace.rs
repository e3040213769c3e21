//! What the checks look at: this workspace's packages and their Rust files.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A member of the workspace.
#[derive(Debug)]
pub struct Package {
    pub name: String,
    pub folder: PathBuf,
    /// What it depends on, inside the workspace and outside it; for building, testing or running.
    pub dependencies: Vec<String>,
}

/// The folder of the workspace. Taken at run time, because a target folder may serve several checkouts.
pub fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it: run this as `cargo xtask`");
    Path::new(&manifest).parent().expect("xtask is a folder of the workspace").to_owned()
}

/// The cargo that runs this.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// All members of the workspace.
pub fn packages() -> Result<Vec<Package>, String> {
    let mut command = Command::new(cargo());
    command.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(root());
    let output = command.output().map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    metadata["packages"].as_array().ok_or("cargo metadata names no packages")?.iter().map(package).collect()
}

fn package(package: &Value) -> Result<Package, String> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("cargo metadata has an unknown form");
    let manifest = PathBuf::from(text(&package["manifest_path"])?);
    let dependencies = package["dependencies"].as_array().ok_or("cargo metadata names no dependencies")?;
    Ok(Package {
        name: text(&package["name"])?,
        folder: manifest.parent().ok_or("a manifest lies in a folder")?.to_owned(),
        dependencies: dependencies.iter().map(|dependency| text(&dependency["name"])).collect::<Result<_, _>>()?,
    })
}

/// Every `.rs` file below `folder`, sorted.
pub fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    files(folder, "rs")
}

/// Every file below `folder` whose name has this extension, sorted.
pub fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    collect(folder, extension, &mut files).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, wanted: &str, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, wanted, files)?;
        } else if path.extension().is_some_and(|extension| extension == wanted) {
            files.push(path);
        }
    }
    Ok(())
}
