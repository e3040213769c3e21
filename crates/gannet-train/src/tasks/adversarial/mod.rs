//! A generator against a discriminator: Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661, with any
//! loss and penalty. `step.rs` is algorithm 1.

mod gan_task;
mod networks;
mod step;

pub use gan_task::GanTask;
pub use networks::AdversarialTask;
