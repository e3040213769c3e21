//! What a run writes and measures on its way: `[sample]`, `[checkpoint]`, `[log]`, `[doctor]` and `[eval]`.

use toml::Value;

use crate::key::{Key, Section};
use crate::rule::{MAX, Rule};
use crate::task_kind::Tasks;
use crate::value::Field;

settings! {
    /// The grids of sample images.
    Sample {
        /// Steps from one grid to the next.
        every: usize = 250, Rule::Whole(1, MAX), Tasks::ALL;
        /// Images of a grid.
        count: usize = 64, Rule::Whole(1, 4096), Tasks::ALL;
    }
}

settings! {
    /// The checkpoints, from which a run can be resumed.
    Checkpoint {
        /// Steps from one checkpoint to the next.
        every: usize = 500, Rule::Whole(1, MAX), Tasks::ALL;
        /// The number of latest checkpoints that are kept.
        keep: usize = 2, Rule::Whole(1, MAX), Tasks::ALL;
        /// Steps from one checkpoint that is kept for good to the next, a multiple of checkpoint.every; 0 for none.
        milestone: usize = 0, Rule::Whole(0, MAX), Tasks::ALL;
    }
}

settings! {
    /// The log of the losses, metrics.jsonl.
    Log {
        /// Steps from one line to the next.
        every: usize = 1, Rule::Whole(1, MAX), Tasks::ALL;
    }
}

settings! {
    /// The diagnosis during training, and what happens on divergence.
    Doctor {
        /// Steps from one diagnosis to the next; 0 for none.
        every: usize = 100, Rule::Whole(0, MAX), Tasks::GENERATE;
        /// Images of each kind in a diagnosis.
        images: usize = 128, Rule::Whole(16, 4096), Tasks::GENERATE;
        /// Images that are held out from training to detect memorization, where the data have no test split; a
        /// twentieth of the set at most; 0 for none.
        held_out: usize = 64, Rule::Whole(0, 4096), Tasks::GENERATE;
        /// How often a run that diverges is rolled back to its last checkpoint, each time with half the learning rate.
        rollbacks: usize = 2, Rule::Whole(0, 100), Tasks::ALL;
    }
}

settings! {
    /// Evaluation during training. Results are logged with the losses, as metric/NAME.
    Eval {
        /// Steps from one evaluation to the next, and one after the last step; 0 for none.
        every: usize = 0, Rule::Whole(0, MAX), Tasks::EVALUATED;
        /// The feature extractor, as in gannet eval --features.
        features: String = String::from("cifar"), Rule::Text, Tasks::EVALUATED;
        /// The metrics of sets, as in gannet eval --metrics, such as "fd,kid".
        metrics: String = String::from("fd"), Rule::Text, Tasks::EVALUATED;
        /// Generated images.
        count: usize = 2000, Rule::Whole(2, MAX), Tasks::EVALUATED;
        /// Reference images: the first ones, or spread over the whole set where it is sorted by class.
        reference_count: usize = 10000, Rule::Whole(2, MAX), Tasks::EVALUATED;
    }
}
