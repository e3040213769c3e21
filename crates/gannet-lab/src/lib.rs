//! The lab: experiments that show within seconds what a loss and a penalty do.
//!
//! [`Lab`] trains two small networks on points of the plane, [`stacked`] counts the modes of Stacked MNIST, and
//! [`saturation`] measures the generator's gradient against a discriminator near its optimum. [`divergence`] compares the
//! Jensen–Shannon divergence that a discriminator estimates with the exact one.

mod divergence;
mod mixture;
mod outcome;
mod picture;
mod points;
pub mod saturation;
mod settings;
pub mod stacked;

pub use divergence::{Divergence, divergence};
pub use mixture::{Mixture, Set};
pub use outcome::Outcome;
pub use points::{EVALUATED, Lab};
pub use settings::settings;
