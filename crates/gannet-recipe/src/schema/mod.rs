//! Every key of a recipe: what it means, its default, what it takes and for which tasks it exists. The one place for
//! all of it.

mod data;
mod model;
mod monitoring;
mod tasks;
mod training;

pub use data::Data;
pub use model::{Condition, Model};
pub use monitoring::{Checkpoint, Doctor, Eval, Log, Sample};
pub use tasks::{Adain, Autoencode, Cut, Cyclegan, Inpaint, Pix2pix, Stylize, Upscale};
pub use training::{Augment, Cosine, Ema, Loss, Optim, Penalty, Train};
