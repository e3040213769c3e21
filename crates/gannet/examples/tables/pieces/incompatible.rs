//! Settings that do not go together, found by asking: each pair of settings is put into a recipe, which says whether it
//! refuses them and why.

use std::collections::BTreeSet;

use gannet_choice::Choice;
use gannet_nn::{ConditionKind, GeneratorNormKind, NetworkKind, NormKind, Role, WeightKind};
use gannet_objectives::losses::LossKind;
use gannet_objectives::penalties::PenaltyKind;
use gannet_recipe::{Recipe, RecipeError};

use super::markdown::{code, codes, table};

/// The recipe to which the settings are added: a DCGAN of labeled images.
const BASE: &str = "digits-dcgan";

/// Labels for conditions, and a size that all networks have.
const DATA: [&str; 2] = ["data.labels=true", "data.size=32"];

/// Added where the network reads it, so that what only fails with batch norm, the default, is accepted alone.
const NO_NORM: &str = "model.norm=none";

/// Added where two settings are tried, so that a Wasserstein loss by itself is accepted.
const BOUNDED: &str = "penalty.r1=1.0";

/// A setting `key=value`.
type Setting = (String, String);

/// Settings that are refused together, or one alone, and what the recipe says.
struct Refusal {
    first: Setting,
    second: Option<Setting>,
    message: String,
}

/// A row for each reason: the settings, and what the recipe says.
pub fn settings() -> String {
    let mut rows: Vec<(String, Vec<Refusal>)> = Vec::new();
    for refusal in refusals() {
        let reason = refusal.reason();
        match rows.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, refusals)) => refusals.push(refusal),
            None => rows.push((reason, vec![refusal])),
        }
    }
    let row = |(reason, refusals): (String, Vec<Refusal>)| {
        // With one refusal the message can say the words; with several it is what all have in common.
        let message = if let [only] = &refusals[..] { only.message.clone() } else { reason };
        [groups(&refusals).join("<br>"), message]
    };
    table(["settings", "what the recipe says"], rows.into_iter().map(row))
}

/// Every setting alone, and every pair of those that are accepted alone.
fn refusals() -> Vec<Refusal> {
    let tried = tried();
    let mut found = Vec::new();
    for first in &tried {
        let refused = refusal(&[first], None);
        found.extend(refused.map(|message| Refusal { first: first.clone(), second: None, message }));
    }
    let accepted = |setting: &&Setting| refusal(&[setting], Some(BOUNDED)).is_none();
    let accepted: Vec<&Setting> = tried.iter().filter(accepted).collect();
    for (at, first) in accepted.iter().enumerate() {
        for second in accepted[at + 1..].iter().filter(|second| second.0 != first.0) {
            let refused = refusal(&[first, second], Some(BOUNDED));
            let of_pair = |message| Refusal { first: (*first).clone(), second: Some((*second).clone()), message };
            found.extend(refused.map(of_pair));
        }
    }
    found
}

/// What the recipe says to these settings, if it refuses them. The table of networks says which keys each network reads, so
/// a key that it does not read counts for nothing.
fn refusal(settings: &[&Setting], besides: Option<&str>) -> Option<String> {
    let is_network = |(key, value): &&Setting| key == "model.kind" && value != NetworkKind::Dcgan.word();
    let no_norm = if settings.iter().copied().any(|setting| is_network(&setting)) { None } else { Some(NO_NORM) };
    let base = DATA.into_iter().chain(no_norm).chain(besides).map(String::from);
    let settings: Vec<String> = base.chain(settings.iter().map(|(key, value)| format!("{key}={value}"))).collect();
    match Recipe::load(BASE, &settings) {
        Err(RecipeError::Conflict { conflict, .. }) => Some(conflict),
        _ => None,
    }
}

impl Refusal {
    /// The message without the words of its settings.
    fn reason(&self) -> String {
        let is_word = |value: &&str| value.chars().all(|letter| letter.is_alphabetic() || letter == '-');
        let settings = [Some(&self.first), self.second.as_ref()].into_iter().flatten();
        let values = settings.map(|(_, value)| value.as_str()).filter(is_word);
        values.fold(self.message.clone(), |message, value| message.replace(&format!(" {value}"), " …"))
    }
}

/// The settings of refusals, as products: each of the first settings with each of the second ones.
fn groups(refusals: &[Refusal]) -> Vec<String> {
    // For each first setting its second ones; then those with equal second ones together.
    let mut by_first: Vec<(&Setting, BTreeSet<&Setting>)> = Vec::new();
    for refusal in refusals {
        let second = refusal.second.as_ref();
        match by_first.iter_mut().find(|(first, _)| **first == refusal.first) {
            Some((_, seconds)) => seconds.extend(second),
            None => by_first.push((&refusal.first, second.into_iter().collect())),
        }
    }
    let mut products: Vec<(Vec<&Setting>, BTreeSet<&Setting>)> = Vec::new();
    for (first, seconds) in by_first {
        match products.iter_mut().find(|(firsts, known)| firsts[0].0 == first.0 && *known == seconds) {
            Some((firsts, _)) => firsts.push(first),
            None => products.push((vec![first], seconds)),
        }
    }
    products.into_iter().map(|(firsts, seconds)| product(&firsts, &seconds.into_iter().collect::<Vec<_>>())).collect()
}

fn product(firsts: &[&Setting], seconds: &[&Setting]) -> String {
    match seconds {
        [] => values(firsts),
        _ => format!("{} with {}", values(firsts), values(seconds)),
    }
}

/// `key` = `a`, `b`, key by key.
fn values(settings: &[&Setting]) -> String {
    let mut keys: Vec<&str> = settings.iter().map(|(key, _)| key.as_str()).collect();
    keys.dedup();
    let of_key = |key: &&str| {
        let values = settings.iter().filter(|(other, _)| other == key).map(|(_, value)| value);
        format!("{} = {}", code(key), codes(values))
    };
    keys.iter().map(of_key).collect::<Vec<_>>().join("; ")
}

/// Values of every setting that may not go with another one.
fn tried() -> Vec<Setting> {
    let networks = NetworkKind::ALL.iter().filter(|network| network.role() == Role::Gan);
    let mut all = words("model.kind", &networks.copied().collect::<Vec<_>>());
    all.extend(words("loss.kind", LossKind::ALL));
    let penalty = |kind: &PenaltyKind| (format!("penalty.{}", kind.word().replace('-', "_")), "1.0".to_owned());
    all.extend(PenaltyKind::ALL.iter().map(penalty));
    all.extend(words("model.norm", NormKind::ALL));
    all.extend(words("model.generator_norm", GeneratorNormKind::ALL));
    all.extend(words("model.weight", WeightKind::ALL));
    all.extend(words("model.generator_weight", WeightKind::ALL));
    all.extend(words("condition.kind", ConditionKind::ALL));
    let others = [
        ("penalty.lecam", "0.1"),
        ("penalty.clip", "0.01"),
        ("loss.smoothing", "0.1"),
        ("loss.pull_away", "0.1"),
        ("loss.feature_matching", "1.0"),
        ("model.minibatch_std", "true"),
        ("condition.iic_weight", "1.0"),
        ("train.pack", "2"),
        ("train.top_k", "0.5"),
        ("augment.kind", "ada"),
        ("augment.consistency", "bcr"),
        ("augment.deceive", "true"),
    ];
    all.extend(others.map(|(key, value)| (key.to_owned(), value.to_owned())));
    all
}

fn words<C: Choice>(key: &str, all: &[C]) -> Vec<Setting> {
    all.iter().map(|choice| (key.to_owned(), choice.word().to_owned())).collect()
}
