//! The tasks that can be trained. Each task's step reads as its paper's algorithm: [`adversarial`] (GANs), [`autoencode`],
//! [`pix2pix`] (also super-resolution and inpainting), [`cyclegan`], [`cut`], [`stylize`], [`adain`], [`classify`].

pub mod adain;
pub mod adversarial;
pub mod autoencode;
pub mod batch;
mod builders;
pub mod classify;
pub mod cut;
pub mod cyclegan;
mod image_pool;
mod learner;
pub mod paired;
pub mod pix2pix;
pub mod stylize;
mod task;

pub use builders::{build, gan_task, gan_task_of};
pub use learner::adam_config;
pub use task::Task;
