//! `gannet data`: images before training.

mod check;
mod command;
mod export;
mod list;
mod masks;

pub use command::{DataCommand, data};
