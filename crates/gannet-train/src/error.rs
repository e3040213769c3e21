//! What can go wrong with a run, in words for its user.

use std::path::PathBuf;

use gannet_data::DataError;
use gannet_ops::device::DeviceError;
use gannet_weights::WeightsError;

use crate::events::SinkError;
use crate::recipe::RecipeError;
use crate::trained::Which;

/// An error of training; its `Display` names the thing and the remedy.
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
    Sink(#[from] SinkError),
    #[error("{0}")]
    Evaluate(String),
    #[error("cannot write {}: {source}; the last good checkpoint, if there was one, is still there", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{} has format {found}, and this gannet knows format {known}: use the version that wrote it", path.display())]
    Format { path: PathBuf, found: u32, known: u32 },
    #[error("{} exists: go on with 'gannet resume {}', choose another folder with --run, or give --force to replace it", path.display(), path.display())]
    Exists { path: PathBuf },
    #[error("{} exists and is no run of gannet's, so it is not replaced: choose another folder with --run", path.display())]
    Foreign { path: PathBuf },
    #[error("no run in {}: 'gannet runs' lists those in runs/", path.display())]
    NoRun { path: PathBuf },
    #[error("{} has no checkpoint yet: 'gannet resume {}' goes on with it", path.display(), path.display())]
    NoCheckpoint { path: PathBuf },
    #[error("no checkpoint of {} can be read: {damaged}. Bring one back from a copy, or start over with 'gannet train --force'", path.display())]
    AllDamaged { path: PathBuf, damaged: String },
    #[error("another gannet is training in {}: wait for it or stop it first", path.display())]
    Busy { path: PathBuf },
    #[error("{} trains a {task}, which makes no images: give the run of a generator", path.display())]
    NoGenerator { path: PathBuf, task: String },
    #[error("{} makes images of images, and none of nothing: '{usage}' uses it, and 'gannet eval' takes the folder that it \
             writes", path.display())]
    OnlyTranslates { path: PathBuf, usage: String },
    #[error("{} learns one way only (translate.kind = \"{kind}\"): leave --back out, or train with translate.kind = \"cycle\"", path.display())]
    OneWay { path: PathBuf, kind: String },
    #[error("{} is of task {task}, and only one of task autoencode reconstructs: give the run of one, such as shapes-autoencoder's", path.display())]
    NoAutoencoder { path: PathBuf, task: String },
    #[error("{} trains a {kind}, which translates nothing: give the run of a unet or resnet, such as one of shapes-pix2pix", path.display())]
    NoTranslator { path: PathBuf, kind: String },
    #[error("there is no painting{}: give a picture's path in style.image", if path.as_os_str().is_empty() { String::new() } else { format!(" in {}", path.display()) })]
    NoPainting { path: PathBuf },
    #[error(
        "there are no paintings to learn from: give a folder of them in data.target, as in --set data.target=FOLDER"
    )]
    NoPaintings,
    #[error("{} paints as any painting: give one, as in 'gannet stylize PICTURE --run {} --style PAINTING -o painted.png'", path.display(), path.display())]
    AnyPainting { path: PathBuf },
    #[error("{} trains a {kind}, which does not paint: give a run of translate.kind = \"stylise\" or \"adain\", such as one of folder-style", path.display())]
    NoPainter { path: PathBuf, kind: String },
    #[error("{} trains a {kind}, which names no classes: give the run of a classifier, such as one of digits-lenet", path.display())]
    NoClassifier { path: PathBuf, kind: String },
    #[error("{} has no checkpoint '{which}': there are {}", path.display(), if steps.is_empty() { "none" } else { steps })]
    NoSuchCheckpoint { path: PathBuf, which: Which, steps: String },
    #[error(
        "the images differ from those this run was trained on ({source_path}): resume with the same data, or start a new run from its weights with 'gannet train --from'"
    )]
    OtherData { source_path: String },
    #[error(
        "the images of {source_path} have no labels, which this recipe needs: use class folders (one folder a class), or a labelled format"
    )]
    NoLabels { source_path: String },
    #[error(
        "two kinds of images are needed, and {source_path} has {found} classes: give a folder with two folders of images, or the \
             other kind as data.target"
    )]
    Kinds { source_path: String, found: usize },
    #[error("the images of {source_path} have {found} classes, and the classifier tells {known} apart at most")]
    Classes { source_path: String, found: usize, known: usize },
    #[error(
        "the test images of {source_path} have other classes than those to train on: both need the same class folders"
    )]
    TestClasses { source_path: String },
    #[error(
        "{name} is no longer finite at step {step}: the run has diverged; the checkpoints before it are kept. A smaller optim.*_lr often helps"
    )]
    Diverged { name: String, step: u64 },
    #[error("the run is already at step {step} of {steps}: to go on further give --set train.steps={}", step * 2)]
    Done { step: u64, steps: u64 },
}
