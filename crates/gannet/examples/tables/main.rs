//! Prints the documentation's generated pieces, each between its markers. `cargo xtask docs` writes them into the pages.

mod pieces;

fn main() {
    print!("{}", pieces::print());
}
