//! Options that several commands share.

mod choice;
mod headings;
mod numbers;
mod shared;

pub use choice::choice;
pub use headings::{COMPUTATION, OTHER, OUTPUT, WEIGHTS};
pub use numbers::{channels, not_negative, share};
pub use shared::{Device, FromRun, GeneratorFile, Key, NetworkDevice, Overwrite, Set};
