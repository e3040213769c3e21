//! Networks of other projects, known by the names and shapes of their tensors.
//!
//! What a file holds is found out from the file alone: which network, how deep, how wide, with which norm.

use gannet_choice::Choice;
use gannet_weights::{Mismatch, NamedTensor, TensorFile};

use crate::architectures::{AnyNetwork, DiscriminatorKind, NetworkKind};
use crate::fit::Differences;
use crate::registry::{Part, Recognized};

/// The error for a file that holds no network that Gannet recognizes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it holds {count}, and fits none of the networks that Gannet recognizes: {reasons}")]
pub struct RecognizeError {
    /// How many tensors the file has, and the first few names.
    pub count: String,
    /// The nearest network and what it lacks, where there is one, and the networks that are recognized.
    pub reasons: String,
}

/// A network that a file is not.
struct NearMiss {
    /// Its name and project.
    network: String,
    /// How the file differs from it.
    reason: String,
    /// How many tensors of the file are as they should be, or were asked for.
    found: usize,
}

/// The network that another project's file holds, and its tensors under Gannet's names, which have the network's shapes. The keys
/// under which checkpoints keep a network, and prefixes of parallel training, are taken off before.
///
/// # Errors
/// No network has the names and shapes of the file; the message names the nearest and the first tensors that differ.
pub fn recognize(tensors: Vec<NamedTensor>) -> Result<Recognized<AnyNetwork>, RecognizeError> {
    let files = TensorFile::state_dicts(tensors);
    let mut nearest: Option<NearMiss> = None;
    for file in &files {
        match recognize_file(file) {
            Ok(found) => return Ok(Recognized { place: file.place().to_owned(), ..found }),
            Err(near) if nearest.as_ref().is_none_or(|nearest| nearest.found < near.found) => nearest = Some(near),
            Err(_) => {}
        }
    }
    let near = nearest.filter(|near| near.found > 0);
    let near = near.map_or(String::new(), |near| format!("the nearest is {} ({}); ", near.network, near.reason));
    let reasons = format!("{near}it knows {}", known().join(", "));
    Err(RecognizeError { count: files[0].describe(), reasons })
}

/// A network or a discriminator of the registry that is known in another project's files.
#[derive(Clone, Copy)]
enum Known {
    Network(NetworkKind),
    Discriminator(DiscriminatorKind),
}

impl Known {
    fn all() -> impl Iterator<Item = Self> {
        let networks = NetworkKind::ALL.iter().filter(|kind| !kind.project().is_empty());
        let discriminators = DiscriminatorKind::ALL.iter().filter(|kind| !kind.project().is_empty());
        networks.map(|kind| Self::Network(*kind)).chain(discriminators.map(|kind| Self::Discriminator(*kind)))
    }

    fn recognize(self, file: &TensorFile) -> Result<Recognized<AnyNetwork>, Mismatch> {
        match self {
            Self::Network(kind) => kind.recognize(file),
            Self::Discriminator(kind) => kind.recognize(file),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Network(kind) => format!("{} of {}", kind.word(), kind.project()),
            Self::Discriminator(kind) => format!("{} of {}", kind.word(), kind.project()),
        }
    }
}

/// The network that a state dictionary holds.
fn recognize_file(file: &TensorFile) -> Result<Recognized<AnyNetwork>, NearMiss> {
    let mut nearest: Option<NearMiss> = None;
    for known in Known::all() {
        let found = known.recognize(file);
        let asked = file.take_found();
        let near = match found {
            Ok(found) => {
                let differences = Differences::of(&found);
                if differences.is_empty() {
                    return Ok(found);
                }
                near_miss(known, file, &found, &differences)
            }
            Err(mismatch) => NearMiss { network: known.name(), reason: mismatch.to_string(), found: asked },
        };
        if nearest.as_ref().is_none_or(|nearest| nearest.found < near.found) {
            nearest = Some(near);
        }
    }
    Err(nearest.expect("there are networks with projects"))
}

/// A network whose names and sizes the file has for the most part, by the names of the file.
fn near_miss(known: Known, file: &TensorFile, found: &Recognized<AnyNetwork>, differences: &Differences) -> NearMiss {
    file.record_names();
    drop(known.recognize(file));
    file.take_found();
    let reason = format!("{}: {}", found.config.describe(), differences.describe(file));
    NearMiss { network: known.name(), reason, found: differences.matching }
}

/// The networks that are recognized, with their projects.
fn known() -> Vec<String> {
    Known::all().map(Known::name).collect()
}

impl Recognized<AnyNetwork> {
    /// What was found, in words, and where in the file.
    pub fn describe(&self) -> String {
        let network = self.config.describe();
        let network = match self.part {
            Part::Whole => network,
            Part::Generator => format!("the generator of {network}"),
            Part::Discriminator => format!("the discriminator of {network}"),
            Part::VariationalAutoencoder => format!("a variational autoencoder of {network}"),
        };
        if self.place.is_empty() { network } else { format!("{network}, under {}", self.place) }
    }
}
