//! Classifiers that a run has trained, or that a file of LeNet-5's weights holds.

use std::path::Path;

use burn::tensor::Device;
use gannet_data::Fit;
use gannet_nn::NetworkKind;
use gannet_nn::architectures::lenet::LeNet;
use gannet_nn::architectures::small_resnet::SmallResnet;
use gannet_ops::random::Stream;
use gannet_recipe::Recipe;
use gannet_weights::{TensorFile, WeightsError, load};

use crate::checkpoint_choice::CheckpointChoice;
use crate::error::ApplyError;
use crate::run::RunFolder;

/// The group of a checkpoint that holds a classifier's weights.
const GROUP: &str = "classifier";

/// A classifier that a run has trained.
pub enum TrainedClassifier {
    /// LeNet-5 for digits, and how its training images were fitted.
    Digits(Box<LeNet>, Fit),
    /// A small residual network for color images, and its number of classes.
    Color(Box<SmallResnet>, usize),
}

/// The classifier of the run in `path` at a checkpoint.
///
/// # Errors
/// There is no run or no such checkpoint, or the run trains no classifier.
pub fn open_any_classifier(
    path: &Path,
    choice: CheckpointChoice,
    device: &Device,
) -> Result<TrainedClassifier, ApplyError> {
    let run = RunFolder::open(path)?;
    if run.recipe(&[])?.model.kind != NetworkKind::SmallResnet {
        let (network, recipe) = open_digit_classifier(path, choice, device)?;
        return Ok(TrainedClassifier::Digits(Box::new(network), recipe.data.fit));
    }
    let tensors = run.load(choice)?.state.take(GROUP)?;
    let classes = tensors.iter().find(|tensor| tensor.name == "head.bias").map_or(1, |bias| bias.values.len());
    let fresh = SmallResnet::new(classes, &mut Stream::placeholder(), device);
    Ok(TrainedClassifier::Color(Box::new(load(fresh, tensors)?), classes))
}

/// The digit classifier (LeNet-5) of the run in `path` at a checkpoint, and the run's recipe.
///
/// # Errors
/// There is no run or no such checkpoint, or the run trains no LeNet-5.
pub fn open_digit_classifier(
    path: &Path,
    choice: CheckpointChoice,
    device: &Device,
) -> Result<(LeNet, Recipe), ApplyError> {
    let run = RunFolder::open(path)?;
    let recipe = run.recipe(&[])?;
    if recipe.model.kind != NetworkKind::Lenet {
        return Err(ApplyError::NoClassifier { path: path.to_owned(), task: recipe.task.kind().to_string() });
    }
    let network = LeNet::new(&mut Stream::placeholder(), device);
    Ok((load(network, run.load(choice)?.state.take(GROUP)?)?, recipe))
}

/// LeNet-5 and the SHA-256 of its file, from a PyTorch or safetensors file whose layers are called `convnet.c1`, … and
/// `fc.f6`, ….
///
/// # Errors
/// The file cannot be read or holds other weights.
pub fn read_lenet(path: &Path, device: &Device) -> Result<(LeNet, String), WeightsError> {
    let (tensors, hash) = gannet_weights::read_weights(path)?;
    let mut tensors = TensorFile::unwrapped(tensors);
    for tensor in &mut tensors {
        let name = tensor.name.trim_start_matches("convnet.").trim_start_matches("fc.").to_owned();
        tensor.name = name;
    }
    let fresh = LeNet::new(&mut Stream::placeholder(), device);
    let network = load(fresh, tensors).map_err(|error| WeightsError::Unsuited {
        path: path.to_owned(),
        reason: format!("it holds no LeNet-5: {error}"),
    })?;
    Ok((network, hash))
}
