//! The registry's types: what each architecture declares ([`Network`]), from which settings it is configured
//! ([`NetworkSettings`]), and how a network that is chosen at run time is used by its type (the visitors).
//!
//! The list itself is in [`architectures`](crate::architectures).

mod counted;
mod entry;
mod macros;
mod network;
mod recognized;
mod require;
mod settings;
mod visitors;

pub(crate) use counted::{counted, counted_channels};
pub use entry::WrongRole;
pub(crate) use entry::{DiscriminatorEntry, Entry};
pub(crate) use macros::{discriminators, networks};
pub use network::{Architecture, ClassifierConfig, DiscriminatorConfig, Network, Role, TranslatorConfig};
pub use recognized::{Part, Recognized};
pub(crate) use require::{require, require_channels, require_generator_norm, require_whole_input};
pub use settings::{DiscriminatorSettings, NetworkSettings, Sizes};
pub use visitors::{ClassifierVisitor, DiscriminatorVisitor, GanVisitor, TranslatorVisitor};
