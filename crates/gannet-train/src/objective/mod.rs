//! The adversarial objective: what the discriminator and the generator minimize in a step, from a recipe's loss,
//! penalties, augmentation, and conditioning.

mod adversarial;
mod augmentation;
mod classification;
mod conditioning;
mod consistency;
mod step_index;

pub use adversarial::AdversarialObjective;
pub use augmentation::Augmentation;
pub use conditioning::Conditioning;
pub use consistency::LATENT_NOISE;
pub use step_index::StepIndex;
