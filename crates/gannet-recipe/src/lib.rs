//! Recipes: TOML files that hold only what differs from the defaults, or from the recipe named as their `base`.
//!
//! ```toml
//! base = "mnist-dcgan"         # a built-in name, or a file's path relative to this one
//!
//! [loss]
//! kind = "least-squares"
//! ```
//!
//! A recipe is read in layers: the defaults, the lowest base, the recipes above it, and `--set` at last; each wins over
//! those below it. Each layer is checked by itself, so that a message names the place of the mistake. A key that the
//! layer's task or networks do not have is refused where it was written, and dropped where it was inherited. Values
//! that contradict each other are refused at the end.
//!
//! Where things are: `schema` has every key with its default, rule and tasks; `choices` the words that only recipes
//! have; `task_kind` the tasks; `renamed` the words of earlier versions; `conflicts` the contradictions; `settings` and
//! `terms` what other crates read of a recipe; `schedule` how settings change over the steps; `registry` the built-in
//! recipes. To follow the reading of a recipe, start at `load`, then `resolve` and `layer`.

#[macro_use]
mod macros;

mod changes;
mod choices;
mod conflicts;
mod error;
mod fitting;
mod key;
mod keys;
mod layer;
mod least_training;
mod load;
mod recipe;
mod registry;
mod renamed;
mod resolve;
mod rule;
mod schedule;
mod schema;
mod scope;
mod settings;
mod source;
mod task;
mod task_kind;
mod terms;
#[cfg(test)]
mod tests;
mod usage;
mod value;

pub use changes::{changes_allowed_in_lab, changes_allowed_on_resume};
pub use choices::{CodeKind, ConsistencyKind, LikelihoodKind, ScheduleKind};
pub use error::RecipeError;
pub use gannet_choice::Choice;
pub use gannet_data::{DegradationKind, Fit, LayoutChoice, MaskKind};
pub use gannet_nn::{
    AdaPart, AugmentKind, ConditionKind, DiffPart, DiscriminatorKind, GeneratorNormKind, NetworkKind, NormKind,
    PrecisionKind, WeightKind,
};
pub use gannet_objectives::losses::LossKind;
pub use gannet_objectives::penalties::PenaltyKind;
pub use keys::{KeyDoc, keys};
pub use least_training::thousands;
pub use recipe::Recipe;
pub use registry::{DEFAULT_RECIPE, Entry, registry};
pub use schema::{
    Adain, Augment, Autoencode, Checkpoint, Condition, Cosine, Cut, Cyclegan, Data, Doctor, Ema, Eval, Inpaint, Log,
    Loss, Model, Optim, Penalty, Pix2pix, Sample, Stylize, Train, Upscale,
};
pub use source::RUN_FORMAT_KEY;
pub use task::Task;
pub use task_kind::TaskKind;
pub use terms::{SMALLEST_STYLE_SIDE, StyleWeights};
pub use usage::quote;
