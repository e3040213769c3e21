//! Losses and penalties.

use gannet_choice::Choice;
use gannet_objectives::losses::{LossKind, LossSettings, ReconstructionDistance};
use gannet_objectives::penalties::{PenaltyKind, Points};
use gannet_recipe::{KeyDoc, keys};

use super::markdown::{code, table};

/// Every adversarial loss: what it is, what a discriminator's score means, and what it needs.
pub fn losses() -> String {
    let row = |loss: &LossKind| {
        let score = loss.build(&LossSettings::default()).score_meaning();
        [code(loss), loss.doc().to_owned(), score.to_owned(), needs(*loss)]
    };
    table(["word", "loss", "D(x) is", "it needs"], LossKind::ALL.iter().map(row))
}

fn needs(loss: LossKind) -> String {
    let needs = loss.needs();
    let energy = match needs.energy {
        Some(ReconstructionDistance::Absolute) => "an autoencoder as discriminator (absolute differences)",
        Some(ReconstructionDistance::Squared) => "an autoencoder as discriminator (squared differences)",
        None => "",
    };
    let parts = [
        energy,
        if needs.bounded_slope { "a bounded slope" } else { "" },
        if needs.real_logits { "real logits in the generator's loss" } else { "" },
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Every key of a penalty: what it is, and for those on gradients where the gradient is taken and the norm aimed at.
pub fn penalties() -> String {
    let keys = keys();
    let penalties = keys.iter().filter_map(|key| Some((key, key.key.strip_prefix("penalty.")?)));
    let row = |(key, name): (&KeyDoc, &str)| {
        let kind = PenaltyKind::ALL.iter().find(|kind| kind.word().replace('-', "_") == name);
        let points = kind.map_or("", |kind| points(kind.points()));
        let norm = kind.map_or(String::new(), |kind| kind.target_norm().to_string());
        [code(&key.key), key.doc.to_owned(), points.to_owned(), norm]
    };
    table(["key", "what it is", "gradient at", "norm aimed at"], penalties.map(row))
}

fn points(points: Points) -> &'static str {
    match points {
        Points::Real => "real images",
        Points::Fake => "generated images",
        Points::Between => "random points between generated and real images",
        Points::Around => "real images with noise",
    }
}
