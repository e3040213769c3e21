//! What the two players of an adversarial game want.

pub mod losses;
