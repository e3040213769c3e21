//! The documentation says what the registries say.

#[path = "../../../xtask/src/docs/files.rs"]
mod files;
#[path = "../../../xtask/src/docs/pages.rs"]
mod pages;
#[path = "../examples/tables/pieces/mod.rs"]
mod pieces;

use std::path::Path;

#[test]
fn generated_pieces_of_the_documentation_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pieces = pages::pieces(&pieces::print()).unwrap();
    let pages = files::read(&root).unwrap();
    let updated = pages::update(&pages, &pieces).unwrap();
    assert_eq!(pages::stale(&pages, &updated), [""; 0], "`cargo xtask docs` writes these pages");
}
