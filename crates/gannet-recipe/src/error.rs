//! What can be wrong with a recipe, each as one message that names the place and the remedy.

use std::io;

/// Why a recipe was refused. [`Display`](std::fmt::Display) gives the one line to show.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// Neither a built-in name nor a file.
    #[error("no recipe called '{name}'{wanted_by}{suggestion} 'gannet recipes' lists all")]
    UnknownRecipe {
        /// The name asked for.
        name: String,
        /// Who asked, in brackets, where a `base` did.
        wanted_by: String,
        /// The nearest names, or the end of the sentence.
        suggestion: String,
    },
    /// A path that exists, but does not end in `.toml`: most likely the images.
    #[error(
        "'{path}' is not a recipe (a .toml file); to train on the images in it: gannet train folder-dcgan --data {path}"
    )]
    NotARecipe {
        /// The path given.
        path: String,
    },
    /// The recipe's file is missing or cannot be read.
    #[error("cannot read the recipe {path}: {source}; check the path, or give a name that 'gannet recipes' lists")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Not valid TOML.
    #[error("{place}, line {line} is not valid TOML: {message}")]
    Syntax {
        /// The recipe.
        place: String,
        /// The line, counted from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// Recipes that are, through `base`, based on themselves.
    #[error("recipes are based on each other in a circle: {chain}; remove one 'base' line")]
    Circle {
        /// The recipes in the order of their `base` lines, the first again at the end.
        chain: String,
    },
    /// A key that no recipe has.
    #[error("unknown key '{key}' in {place}{suggestion}")]
    UnknownKey {
        /// The dotted key.
        key: String,
        /// The recipe or `--set`.
        place: String,
        /// The nearest keys, or where to find them.
        suggestion: String,
    },
    /// A value of another type.
    #[error("{key} must be {expected}, not {found} (in {place})")]
    WrongType {
        /// The dotted key.
        key: String,
        /// The type, with its article.
        expected: &'static str,
        /// The value found, as TOML.
        found: String,
        /// The recipe or `--set`.
        place: String,
    },
    /// A value of the right type that is not allowed.
    #[error("{key} must be {allowed}, not {found} (in {place})")]
    OutOfRange {
        /// The dotted key.
        key: String,
        /// The values allowed.
        allowed: String,
        /// The value found, as TOML.
        found: String,
        /// The recipe or `--set`.
        place: String,
    },
    /// A word that is not among the choices.
    #[error("{key} must be {allowed}, not {found} (in {place}){suggestion}")]
    UnknownChoice {
        /// The dotted key.
        key: String,
        /// The choices.
        allowed: String,
        /// The value found, as TOML.
        found: String,
        /// The recipe or `--set`.
        place: String,
        /// The nearest choices, or nothing.
        suggestion: String,
    },
    /// A word or key of earlier versions.
    #[error("{old} {now}{place}")]
    Renamed {
        /// The old key, or the key with the old word.
        old: &'static str,
        /// What it is called now.
        now: &'static str,
        /// Where it was written, in brackets.
        place: String,
    },
    /// A key, or a network, of other tasks.
    #[error("{key} belongs to {tasks}, and this recipe's task is {task}: {remedy} (in {place})")]
    OtherTask {
        /// The dotted key, or the network as `model.kind WORD`.
        key: String,
        /// The tasks that have it.
        tasks: String,
        /// The recipe's task.
        task: String,
        /// What to do.
        remedy: String,
        /// The recipe or `--set`.
        place: String,
    },
    /// A key that the recipe's networks do not read.
    #[error("{key} is a setting of {readers}, and {networks}: leave it out (in {place})")]
    OtherNetwork {
        /// The dotted key.
        key: String,
        /// The networks that read it.
        readers: String,
        /// The recipe's networks.
        networks: String,
        /// The recipe or `--set`.
        place: String,
    },
    /// Values that are allowed alone but not together.
    #[error("{place}: {conflict}")]
    Conflict {
        /// The recipe.
        place: String,
        /// Which keys disagree, and what to set.
        conflict: String,
    },
    /// A `--set` that is not `key=value`.
    #[error("cannot understand --set '{text}': write it as key=value, such as --set train.steps=100")]
    Override {
        /// What was given.
        text: String,
    },
    /// A change that would make a resumed run differ from an uninterrupted one.
    #[error(
        "{key} cannot change when a run is resumed (it is {old}, {new} was asked for): 'gannet train --from RUN' \
         starts a new run from its weights. On resume only {changeable} may change"
    )]
    FixedOnResume {
        /// The dotted key.
        key: String,
        /// The run's value, as TOML.
        old: String,
        /// The value asked for, as TOML.
        new: String,
        /// What may change.
        changeable: String,
    },
    /// A change of what the lab sets itself or does without.
    #[error("{key} cannot change in the lab (it is {own}, {new} was asked for): leave that --set out")]
    FixedInLab {
        /// The dotted key.
        key: String,
        /// The lab's value, as TOML.
        own: String,
        /// The value asked for, as TOML.
        new: String,
    },
    /// A recipe without images, and none given.
    #[error("recipe '{recipe}' needs images: give --data PATH, {hint}")]
    NoData {
        /// The recipe's name.
        recipe: String,
        /// What the path should be.
        hint: String,
    },
}
