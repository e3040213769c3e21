//! Networks, and the families from which their layers are chosen.

use gannet_choice::Choice;
use gannet_nn::{DiscriminatorKind, GeneratorNormKind, NetworkKind, NormKind, WeightKind};

use super::markdown::{choices, code, codes, table};

/// Every network that `model.kind` takes.
pub fn networks() -> String {
    let row = |network: &NetworkKind| {
        let keys = codes(network.keys());
        let sizes = network.sizes().to_string();
        let summary = network.doc().to_owned();
        let [paper, project] = [network.paper(), network.project()].map(String::from);
        [code(network), network.role().to_string(), summary, sizes, keys, paper, project]
    };
    let head = [
        "`model.kind`",
        "role",
        "what it is",
        "`data.size`",
        "keys of `model` that it reads",
        "paper",
        "reads weights of",
    ];
    table(head, NetworkKind::ALL.iter().map(row))
}

/// Every discriminator of an image-to-image task.
pub fn discriminators() -> String {
    let row = |kind: &DiscriminatorKind| {
        [code(kind), kind.doc().to_owned(), codes(kind.keys()), kind.paper().to_owned(), kind.project().to_owned()]
    };
    let head = ["`model.discriminator`", "what it is", "keys of `model` that it reads", "paper", "reads weights of"];
    table(head, DiscriminatorKind::ALL.iter().map(row))
}

/// Normalizations of a discriminator.
pub fn norms() -> String {
    choices::<NormKind>("`model.norm`")
}

/// Normalizations of a generator.
pub fn generator_norms() -> String {
    choices::<GeneratorNormKind>("`model.generator_norm`")
}

/// Forms of weights.
pub fn weights() -> String {
    choices::<WeightKind>("`model.weight`, `model.generator_weight`")
}
