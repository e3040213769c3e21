//! What can go wrong with training.

use std::io;
use std::path::{Path, PathBuf};

use gannet_apply::ApplyError;
use gannet_data::DataError;
use gannet_nn::WrongRole;
use gannet_ops::device::DeviceError;
use gannet_recipe::{PrecisionKind, RecipeError};
use gannet_weights::WeightsError;

use crate::events::SinkError;

/// An error of training. Its `Display` names the thing and the remedy.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum TrainError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error(transparent)]
    Network(#[from] WrongRole),
    #[error("{0}")]
    Evaluation(String),
    #[error("train.precision {0} is for the CPU: set it to f32, or use --device cpu")]
    Precision(PrecisionKind),
    #[error("{0}")]
    Memory(String),
    #[error("{0}")]
    Budget(String),
    #[error("cannot write {}: {source}; the last good checkpoint, if there was one, is still there", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} exists: continue it with 'gannet resume {}', choose another folder with --run, or give --force to replace what Gannet wrote there", path.display(), path.display())]
    Exists { path: PathBuf },
    #[error("{} exists and is not a run of this version of Gannet, so it is not replaced: choose another folder with --run", path.display())]
    Foreign { path: PathBuf },
    #[error("{} is read by the new run and lies in {}, which --force would replace: choose another folder with --run", input.display(), path.display())]
    InputInside { path: PathBuf, input: PathBuf },
    #[error("{} lies in a checkpoint and was not written by Gannet, so the run is not replaced: move it away, or choose another folder with --run", path.display())]
    ForeignInCheckpoint { path: PathBuf },
    #[error("another process is training in {}: wait for it or stop it first", path.display())]
    Busy { path: PathBuf },
    #[error(
        "there are no style images to learn from: give a folder of paintings in data.target, as in --set data.target=FOLDER"
    )]
    NoStyleImages,
    #[error(
        "the images differ from those this run was trained on ({source_path}): resume with the same data, or start a new run from its weights with 'gannet train --from'"
    )]
    OtherData { source_path: String },
    #[error(
        "the images of {source_path} have no labels, which this recipe needs: use class folders (one folder for each class), or a labeled format"
    )]
    NoLabels { source_path: String },
    #[error(
        "two domains of images are needed, and {source_path} has {found} classes: give a folder with two folders of images, or the \
             second domain as data.target"
    )]
    Domains { source_path: String, found: usize },
    #[error("the images of {source_path} have {found} classes, and this classifier tells {known} apart at most")]
    Classes { source_path: String, found: usize, known: usize },
    #[error(
        "the test images of {source_path} have other classes than the training images: both need the same class folders"
    )]
    TestClasses { source_path: String },
    #[error(
        "{name} is not finite at step {step}: the run has diverged; the checkpoints before it are kept. A smaller optim.*_lr often helps"
    )]
    Diverged { name: String, step: u64 },
    #[error("the run is already at step {step} of {steps}: to train further, give --set train.steps={}", step * 2)]
    Done { step: u64, steps: u64 },
}

impl TrainError {
    /// Wraps the reason why `path` could not be written; for `map_err`.
    pub fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}
