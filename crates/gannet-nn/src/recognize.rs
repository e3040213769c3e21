//! Networks of other projects, known by the names and shapes of their tensors.
//!
//! What a file holds is found out from the file alone: which network, how deep, how wide, with which norm.

use gannet_choice::Choice;
use gannet_weights::{NamedTensor, TensorFile};

use crate::architectures::{AnyNetwork, DiscriminatorKind, NetworkKind};
use crate::registry::{Part, Recognized};

/// The error for a file that holds no network that Gannet recognizes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file begins with {first}, and holds none of the networks that Gannet recognizes: {reasons}")]
pub struct RecognizeError {
    /// The first few names of the file.
    pub first: String,
    /// For each network that is recognized, why it is not that one.
    pub reasons: String,
}

/// The network that another project's file holds, and its tensors under Gannet's names. Prefixes of parallel training, and of
/// files with several networks, are taken off before.
///
/// # Errors
/// No network has the names and shapes of the file; the message says for each what is missing.
pub fn recognize(tensors: Vec<NamedTensor>) -> Result<Recognized<AnyNetwork>, RecognizeError> {
    let file = TensorFile::new(tensors);
    let mut reasons = Vec::new();
    let networks = NetworkKind::ALL.iter().map(|kind| (kind.word(), kind.project(), kind.recognize(&file)));
    let discriminators = DiscriminatorKind::ALL.iter().map(|kind| (kind.word(), kind.project(), kind.recognize(&file)));
    for (name, project, found) in networks.chain(discriminators).filter(|(_, project, _)| !project.is_empty()) {
        match found {
            Ok(found) => return Ok(found),
            Err(mismatch) => reasons.push(format!("{name} of {project} ({mismatch})")),
        }
    }
    Err(RecognizeError { first: file.first_names(4), reasons: reasons.join("; ") })
}

impl Recognized<AnyNetwork> {
    /// What was found, in words.
    pub fn describe(&self) -> String {
        let network = self.config.describe();
        match self.part {
            Part::Whole => network,
            Part::Generator => format!("the generator of {network}"),
            Part::Discriminator => format!("the discriminator of {network}"),
            Part::VariationalAutoencoder => format!("a variational autoencoder of {network}"),
        }
    }
}
