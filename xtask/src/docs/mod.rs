//! `cargo xtask docs`: tables in the documentation that the registries' own words fill.

mod command;
mod pages;

pub use command::{Mode, run};
