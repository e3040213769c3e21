//! What the two players of an adversarial game want, and what keeps the discriminator within bounds.

pub mod adain;
pub mod contrast;
pub mod losses;
pub mod penalties;
pub mod reconstruction;
pub mod style;
