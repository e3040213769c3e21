//! Rust files, read and parsed.

use std::fs;
use std::path::Path;

use syn::{Attribute, Meta};

/// A Rust file.
pub struct Source {
    /// Its path from the workspace's root, with `/` between folders.
    pub name: String,
    pub text: String,
    pub syntax: syn::File,
}

impl Source {
    /// Parses `text`; `name` is the path that messages show.
    pub fn parse(name: &str, text: String) -> Result<Self, String> {
        let syntax = syn::parse_file(&text)
            .map_err(|error| format!("{name}:{}: cannot parse this: {error}", error.span().start().line))?;
        Ok(Self { name: name.to_owned(), text, syntax })
    }

    /// Reads and parses the file at `path` below `root`.
    pub fn read(root: &Path, path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/"), text)
    }
}

/// Whether an item exists in tests alone: `#[cfg(test)]`, or `test` among the conditions of an `all`.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition: String = list.tokens.to_string().split_whitespace().collect();
            let parts = condition.strip_prefix("all(").and_then(|inner| inner.strip_suffix(')'));
            parts.unwrap_or(&condition).split(',').any(|part| part == "test")
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_item_is_test(text: &str) -> bool {
        let source = Source::parse("f.rs", text.to_owned()).unwrap();
        match &source.syntax.items[0] {
            syn::Item::Mod(item) => is_test(&item.attrs),
            _ => panic!("a module was expected"),
        }
    }

    #[test]
    fn test_items_are_known_by_their_condition() {
        assert!(first_item_is_test("#[cfg(test)] mod tests;"));
        assert!(first_item_is_test("#[cfg(all(test, unix))] mod tests;"));
        assert!(!first_item_is_test("#[cfg(not(test))] mod real;"));
        assert!(!first_item_is_test("#[cfg(feature = \"test\")] mod real;"));
    }

    #[test]
    fn a_file_that_does_not_parse_is_named_with_its_line() {
        let message = Source::parse("f.rs", "fn f() {}\nfn {".to_owned()).err().unwrap();
        assert!(message.starts_with("f.rs:2: cannot parse this: "), "{message}");
    }
}
