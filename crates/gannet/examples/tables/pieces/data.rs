//! Sources of images.

use gannet_data::{SourceKind, known_sources};

use super::markdown::{code, table};

/// The page of everything that `--data` and `data.source` take.
pub fn page() -> String {
    let mut page = String::from(
        "# Sources of images\n\nWhat `--data` and the recipe key `data.source` take: the name of a built-in set, a folder, or a \
         container. Each format is read from a folder or from any container. `gannet data check PATH` says what a source holds.\n",
    );
    for (kind, title) in [
        (SourceKind::BuiltIn, "Built-in sets"),
        (SourceKind::Format, "Formats"),
        (SourceKind::Container, "Containers besides folders"),
    ] {
        let sources = known_sources().into_iter().filter(|source| source.kind == kind);
        let name = |name: &str| if kind == SourceKind::Format { name.to_owned() } else { code(name) };
        let rows = sources.map(|source| [name(source.name), source.summary.to_owned()]);
        page += &format!("\n## {title}\n\n{}", table(["name", "what it is"], rows));
    }
    page
}
