//! From a recipe to its task with fresh networks. To follow it, start at [`task`].

mod gan;
mod held_out;
mod image_to_image;
mod style;
mod task;

pub use gan::{gan_task, gan_task_of};
pub use task::build;
