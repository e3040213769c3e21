//! A recipe with all its values.

use gannet_choice::Choice;
use toml::Value;

use crate::key::{Key, Section, keys_below, values_below};
use crate::rule::Rule;
use crate::schema::{
    Augment, Checkpoint, Condition, Cosine, Data, Doctor, Ema, Eval, Log, Loss, Model, Optim, Penalty, Sample, Train,
};
use crate::task::Task;
use crate::task_kind::{TaskKind, Tasks};
use crate::value::Field;

settings! {
    /// Everything that determines a run: what is trained, on which images, how and for how long.
    ///
    /// Every section is there for every task; keys that a task does not have are at their defaults and nothing reads
    /// them. [`keys`](crate::keys()) says what each key takes, and for which tasks it exists.
    Recipe {
        /// The recipe's name; that of a file is its stem, unless the file says another.
        name: String = String::from("recipe"), Rule::Name, Tasks::ALL;
        /// What it trains, in one line.
        summary: String = String::new(), Rule::Text, Tasks::ALL;
        /// The usual name of the method, such as DCGAN.
        method: String = String::new(), Rule::Text, Tasks::ALL;
        /// The paper that describes the method.
        paper: String = String::new(), Rule::Text, Tasks::ALL;
        /// How long it takes and on which hardware; empty where it was not measured.
        expected: String = String::new(), Rule::Text, Tasks::ALL;
        /// What is trained. Most tasks have a section of their name with keys of their own.
        task: Task = Task::default(), Rule::Choice(TaskKind::WORDS), Tasks::ALL;
        /// The seed of every random stream: on the same machine, equal seeds give equal runs.
        seed: u64 = 0, Rule::Whole(0, i64::MAX), Tasks::ALL;
    }
    tagged { task: Task }
    sections {
        /// The images.
        data: Data,
        /// The networks.
        model: Model,
        /// Classes and codes; task generate.
        condition: Condition,
        /// The adversarial loss; tasks with a discriminator.
        loss: Loss,
        /// Regularization of the discriminator; tasks with a discriminator.
        penalty: Penalty,
        /// Augmentation of the images that the discriminator sees; task generate.
        augment: Augment,
        /// The optimizers.
        optim: Optim,
        /// Settings that change along a cosine; task generate.
        cosine: Cosine,
        /// The moving average of the weights; all tasks but classify.
        ema: Ema,
        /// The training loop.
        train: Train,
        /// The grids of sample images.
        sample: Sample,
        /// The checkpoints.
        checkpoint: Checkpoint,
        /// The log of the losses.
        log: Log,
        /// Evaluation during training; tasks generate and autoencode.
        eval: Eval,
        /// The diagnosis during training, and what happens on divergence.
        doctor: Doctor,
    }
}
