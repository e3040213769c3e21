//! What does not go together, found by asking: each pair of settings is put into a recipe, and its refusal is shown.

use gannet_choice::Choice;
use gannet_nn::{ConditionKind, GeneratorNormKind, NetworkKind, NormKind, Role, WeightKind};
use gannet_objectives::losses::LossKind;
use gannet_objectives::penalties::PenaltyKind;
use gannet_recipe::Recipe;

use super::markdown::{codes, table};

/// The recipe to which the settings are added: a GAN of labeled images.
const BASE: &str = "mnist-cgan";

/// One refusal a row: the settings that lead to it, and what the recipe says.
pub fn settings() -> String {
    let settings = tried();
    let alone: Vec<Option<String>> = settings.iter().map(|setting| refusal(&[setting])).collect();
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let mut add = |message: String, setting: String| match rows.iter_mut().find(|(known, _)| *known == message) {
        Some((_, found)) => found.push(setting),
        None => rows.push((message, vec![setting])),
    };
    for (at, first) in settings.iter().enumerate() {
        if let Some(message) = &alone[at] {
            add(message.clone(), first.clone());
            continue;
        }
        for (_, second) in settings.iter().enumerate().skip(at + 1).filter(|(other, _)| alone[*other].is_none()) {
            if key(first) != key(second)
                && let Some(message) = refusal(&[first, second])
            {
                add(message, format!("{first}, {second}"));
            }
        }
    }
    table(["settings", "what the recipe says"], rows.into_iter().map(|(message, found)| [codes(found), message]))
}

/// What the recipe says to these settings, if it refuses them.
fn refusal(settings: &[&String]) -> Option<String> {
    let settings: Vec<String> = settings.iter().map(|setting| (*setting).clone()).collect();
    Recipe::load(BASE, &settings).err().map(|error| error.to_string())
}

fn key(setting: &str) -> &str {
    setting.split_once('=').map_or(setting, |(key, _)| key)
}

/// One value that is no default, of every setting that may not go with another one.
fn tried() -> Vec<String> {
    let networks = NetworkKind::ALL.iter().filter(|network| network.role() == Role::Gan);
    let penalties = PenaltyKind::ALL.iter().map(|penalty| format!("penalty.{}=1.0", penalty.word().replace('-', "_")));
    let mut all = words("model.kind", &networks.copied().collect::<Vec<_>>());
    all.extend(words("loss.kind", LossKind::ALL));
    all.extend(penalties);
    all.extend(words("model.norm", NormKind::ALL));
    all.extend(words("model.generator_norm", GeneratorNormKind::ALL));
    all.extend(words("model.weight", WeightKind::ALL));
    all.extend(words("condition.kind", ConditionKind::ALL));
    let others = [
        "penalty.lecam=0.1",
        "penalty.clip=0.01",
        "loss.smoothing=0.1",
        "loss.pull_away=0.1",
        "model.minibatch_std=true",
        "train.pack=2",
        "train.top_k=0.5",
        "augment.target=0.5",
    ];
    all.extend(others.map(String::from));
    all
}

fn words<C: Choice>(key: &str, all: &[C]) -> Vec<String> {
    all.iter().map(|choice| format!("{key}={}", choice.word())).collect()
}
