//! `gannet lab`: losses and penalties on small problems.

mod command;
mod compare;
mod experiment;
mod options;
mod output_folder;
mod report;
mod saturation;
mod stacked;

pub use command::{LabCommand, lab};
