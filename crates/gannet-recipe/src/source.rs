//! Where a recipe's text comes from: a built-in recipe, a file, or a text.

use std::fs;
use std::path::{Path, PathBuf};

use gannet_choice::{did_you_mean, nearest};

use crate::error::RecipeError;
use crate::registry::{Entry, built_in, registry};
use crate::renamed;

/// The key in the first line of a run's resolved recipe, which holds the version of the run's folder.
pub const RUN_FORMAT_KEY: &str = "run_format";

/// A recipe's text and where it came from.
pub(crate) struct Source {
    /// The recipe's name, unless the text gives another.
    pub(crate) name: String,
    /// What messages call it.
    pub(crate) place: String,
    /// Equal for equal recipes only.
    pub(crate) identity: PathBuf,
    /// The folder of a relative path in `base`.
    folder: PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// A text that came from `origin`, a path or any other description.
    pub(crate) fn text(text: &str, origin: &str) -> Self {
        let path = Path::new(origin);
        let stem = path.file_stem().map_or_else(|| origin.into(), |stem| stem.to_string_lossy());
        Self {
            name: stem.into_owned(),
            place: format!("recipe {origin}"),
            identity: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            text: text.to_owned(),
        }
    }

    fn built_in(entry: &Entry) -> Self {
        Self {
            name: entry.name.to_owned(),
            place: format!("recipe {}", entry.name),
            identity: Path::new("built-in").join(entry.name),
            folder: PathBuf::new(),
            text: entry.text.to_owned(),
        }
    }

    fn file(path: &Path) -> Result<Self, RecipeError> {
        let shown = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self::text(without_format(&text), &shown)),
            Err(source) => Err(RecipeError::Unreadable { path: shown, source }),
        }
    }

    /// The recipe of this name, or in this file, a relative path being relative to `folder`.
    pub(crate) fn find(wanted: &str, folder: &Path, wanted_by: &str) -> Result<Self, RecipeError> {
        let path = folder.join(wanted);
        if let Some(entry) = built_in(wanted) {
            Ok(Self::built_in(entry))
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
            Self::file(&path)
        } else if let Some(renamed) = renamed::recipe(wanted, wanted_by) {
            Err(renamed)
        } else if !wanted.is_empty() && path.exists() {
            Err(RecipeError::NotARecipe { path: path.display().to_string() })
        } else {
            Err(unknown_recipe(wanted, folder, wanted_by))
        }
    }

    /// The recipe that this one names as its base.
    pub(crate) fn base(&self, wanted: &str) -> Result<Self, RecipeError> {
        Self::find(wanted, &self.folder, &format!(" (the base of {})", self.place))
    }
}

/// A recipe without the line that makes it a run's, so that a run can be repeated from its `recipe.toml`.
fn without_format(text: &str) -> &str {
    let format = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == RUN_FORMAT_KEY);
    // The line feed stays, so that messages count the lines of the file.
    text.find('\n').filter(|end| format(&text[..*end])).map_or(text, |end| &text[end..])
}

/// How the names of recipes' files end.
const RECIPE_FILE: &str = ".toml";

/// The names of the recipes' files in a folder, sorted.
fn recipe_files(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let mut files: Vec<String> = names.filter(|name| name.ends_with(RECIPE_FILE)).collect();
    files.sort_unstable();
    files
}

fn unknown_recipe(name: &str, folder: &Path, wanted_by: &str) -> RecipeError {
    let files = recipe_files(folder);
    let stem = |file: &String| file[..file.len() - RECIPE_FILE.len()].to_owned();
    let stems: Vec<String> = files.iter().map(stem).collect();
    let near_files =
        nearest(name, stems.iter().map(String::as_str)).into_iter().map(|stem| format!("{stem}{RECIPE_FILE}"));
    let near_names = nearest(name, registry().iter().map(|entry| entry.name)).into_iter().map(str::to_owned);
    let near: Vec<String> = near_files.chain(near_names).collect();
    let near = did_you_mean(&near.iter().map(String::as_str).collect::<Vec<_>>());
    let suggestion = if near.is_empty() { String::from(";") } else { near };
    RecipeError::UnknownRecipe { name: name.to_owned(), wanted_by: wanted_by.to_owned(), suggestion }
}
