//! What the text of the sources is held to: sizes of files, functions and crates, what code may name, and its words.

mod check;
mod prose;
mod rules;
mod shares;
mod sizes;
mod vocabulary;

pub use check::{check, check_prose};
