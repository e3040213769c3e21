//! `cargo xtask docs`: tables in the documentation that the registries' own words fill.

mod command;
mod files;
mod pages;

pub use command::{Mode, run};
