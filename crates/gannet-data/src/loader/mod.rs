//! Batches in a shuffled order, decoded by threads of their own ahead of training.
//!
//! Sample k of a run is image `permutation(epoch = k / len)[k % len]`; batch b is samples b·n … b·n + n − 1, so a batch
//! may span two epochs, and every epoch has every image once. Order, flips and shifts are functions of the seed and k
//! alone: any number of threads gives the same batches, and a run resumes from the number of batches it has taken.
//!
//! A broken image is replaced by the first readable one after a place in the epoch's order that is drawn from
//! (seed, k), and reported by name; all other samples stay where they are. So a resumed run needs no list of broken
//! files, and they need not all be found before training starts. In strict mode a broken image is an error instead.
//!
//! A set that is small once converted (at most 256 MiB) is decoded once and cached; a larger one is read
//! anew in each epoch, so memory does not grow with the set.

mod batches;
mod lock;
mod queue;
mod samples;

pub use batches::{Batch, Loader};
