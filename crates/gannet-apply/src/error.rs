//! What can go wrong when a trained network is used.

use std::path::PathBuf;

use gannet_data::DataError;
use gannet_nn::WrongRole;
use gannet_ops::device::DeviceError;
use gannet_recipe::RecipeError;
use gannet_weights::WeightsError;

use crate::checkpoint_choice::CheckpointChoice;

/// An error of using a run or a file of weights. Its `Display` names the thing and the remedy.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum ApplyError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error("model.kind: {0}")]
    Network(#[from] WrongRole),
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{} has format {found}, and this version of Gannet reads format {known}: use the version that wrote it", path.display())]
    Format { path: PathBuf, found: u32, known: u32 },
    #[error("{} is a run of an older version of Gannet (run format {found}, this version reads {known}): use it with the version that trained it, or train it again", path.display())]
    RunFormat { path: PathBuf, found: i64, known: i64 },
    #[error("no run in {}: 'gannet runs' lists the runs in runs/", path.display())]
    NoRun { path: PathBuf },
    #[error("{} has no checkpoint yet: 'gannet resume {}' continues it", path.display(), path.display())]
    NoCheckpoint { path: PathBuf },
    #[error("no checkpoint of {} can be read: {damaged}. Restore one from a copy, or start over with 'gannet train --force'", path.display())]
    AllDamaged { path: PathBuf, damaged: String },
    #[error("{} has no checkpoint '{choice}': there are {}", path.display(), if steps.is_empty() { "none" } else { steps })]
    NoSuchCheckpoint { path: PathBuf, choice: CheckpointChoice, steps: String },
    #[error("{} is of task {task}, which generates no images from noise: use it with '{usage}'", path.display())]
    NoGenerator { path: PathBuf, task: String, usage: String },
    #[error(
        "{} translates images; it cannot generate from noise. Use '{usage}', and 'gannet eval' on the folder that it writes",
        path.display()
    )]
    OnlyTranslates { path: PathBuf, usage: String },
    #[error("{} was trained in one direction only (task {task}): leave --back out, or train with task = \"cyclegan\"", path.display())]
    OneWay { path: PathBuf, task: String },
    #[error("{} is of task {task}, and only a run of task autoencode reconstructs: give one, such as a run of shapes-autoencoder", path.display())]
    NoAutoencoder { path: PathBuf, task: String },
    #[error("{} is of task {task}, which translates no images: give a run of an image-to-image task, such as shapes-pix2pix", path.display())]
    NoTranslator { path: PathBuf, task: String },
    #[error("there is no style image{}: give the path of a picture, with --style or as stylize.image", if path.as_os_str().is_empty() { String::new() } else { format!(" at {}", path.display()) })]
    NoStyleImage { path: PathBuf },
    #[error("{} transfers any style: give one, as in 'gannet stylize PICTURE --run {} --style PAINTING -o stylized.png'", path.display(), path.display())]
    NeedsStyle { path: PathBuf },
    #[error("{} is of task {task}, which transfers no style: give a run of task stylize or adain, such as one of folder-style", path.display())]
    NoStyleTransfer { path: PathBuf, task: String },
    #[error("{} is of task {task}, which classifies nothing: give the run of a classifier, such as one of digits-lenet", path.display())]
    NoClassifier { path: PathBuf, task: String },
}
