//! Networks of other projects, known by the names and shapes of their tensors.
//!
//! What a file holds is found out from the file alone: which network, how deep, how wide, with which norm.

use gannet_choice::Choice;
use gannet_weights::{Mismatch, NamedTensor, TensorFile};

use crate::architectures::{AnyNetwork, DiscriminatorKind, NetworkKind};
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

/// A network that a file is not, and how many of the tensors that were asked for the file has.
struct NearMiss {
    network: String,
    mismatch: Mismatch,
    found: usize,
}

/// The network that another project's file holds, and its tensors under Gannet's names. The keys under which checkpoints keep
/// a network, and prefixes of parallel training, are taken off before.
///
/// # Errors
/// No network has the names and shapes of the file; the message names the nearest and what is missing.
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
    let near = near.map_or(String::new(), |near| format!("the nearest is {} ({}); ", near.network, near.mismatch));
    let reasons = format!("{near}it knows {}", known().join(", "));
    Err(RecognizeError { count: files[0].describe(), reasons })
}

/// The network that a state dictionary holds.
fn recognize_file(file: &TensorFile) -> Result<Recognized<AnyNetwork>, NearMiss> {
    let networks = NetworkKind::ALL.iter().map(|kind| (kind.word(), kind.project(), kind.recognize(file)));
    let discriminators = DiscriminatorKind::ALL.iter().map(|kind| (kind.word(), kind.project(), kind.recognize(file)));
    let mut nearest: Option<NearMiss> = None;
    for (name, project, found) in networks.chain(discriminators).filter(|(_, project, _)| !project.is_empty()) {
        let asked = file.take_found();
        match found {
            Ok(found) => return Ok(found),
            Err(mismatch) if nearest.as_ref().is_none_or(|nearest| nearest.found < asked) => {
                nearest = Some(NearMiss { network: format!("{name} of {project}"), mismatch, found: asked });
            }
            Err(_) => {}
        }
    }
    Err(nearest.expect("there are networks with projects"))
}

/// The networks that are recognized, with their projects.
fn known() -> Vec<String> {
    let networks = NetworkKind::ALL.iter().map(|kind| (kind.word(), kind.project()));
    let discriminators = DiscriminatorKind::ALL.iter().map(|kind| (kind.word(), kind.project()));
    let named = networks.chain(discriminators).filter(|(_, project)| !project.is_empty());
    named.map(|(name, project)| format!("{name} of {project}")).collect()
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
