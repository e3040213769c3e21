//! Where files keep a network: the keys of checkpoints that hold a state dictionary, and the prefixes that PyTorch puts before
//! the names of a wrapped network.

use std::collections::{BTreeMap, BTreeSet};

/// Keys under which training programs keep a network, the preferred first: moving averages, then a network's own weights, then
/// general names, then discriminators.
const KEYS: [&str; 20] = [
    "params_ema",
    "g_ema",
    "model_ema",
    "state_dict_ema",
    "ema",
    "params",
    "generator",
    "netG",
    "net_g",
    "network_g",
    "G",
    "gen",
    "state_dict",
    "model_state_dict",
    "model",
    "network",
    "net",
    "discriminator",
    "netD",
    "net_d",
];
/// What `DataParallel` and `torch.compile` put before each name.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];
/// Most keys inside one another.
const DEEPEST: usize = 3;
/// Most keys beside a network that are named in messages.
const NAMED: usize = 4;

/// A part of a file that may be a network.
pub(crate) struct Place {
    /// The keys that lead to it; none for the whole file.
    pub keys: Vec<&'static str>,
    /// The keys beside it, in the order of their names.
    beside: BTreeSet<String>,
    /// The number of each tensor in the file by the name that the network's own code gives it.
    pub names: BTreeMap<String, usize>,
}

impl Place {
    /// In words, with what is left out; empty for the whole file.
    pub fn describe(&self) -> String {
        if self.keys.is_empty() {
            return String::new();
        }
        let more = if self.beside.len() > NAMED { ", …" } else { "" };
        let beside: Vec<&str> = self.beside.iter().take(NAMED).map(String::as_str).collect();
        let left_out =
            if beside.is_empty() { String::new() } else { format!(" (without {}{more})", beside.join(", ")) };
        format!("{}{left_out}", self.keys.join("."))
    }

    /// The part of it under `key`, if there is one.
    fn under(&self, key: &'static str) -> Option<Self> {
        let inside = |name: &str| Some(plain(name.strip_prefix(key)?.strip_prefix('.')?).to_owned());
        let names: BTreeMap<String, usize> =
            self.names.iter().filter_map(|(name, at)| Some((inside(name)?, *at))).collect();
        let first = |name: &String| name.split('.').next().unwrap_or_default().to_owned();
        let outside = self.names.keys().map(first).filter(|name| name != key);
        let keys = self.keys.iter().copied().chain([key]).collect();
        let beside = self.beside.iter().cloned().chain(outside).collect();
        (!names.is_empty()).then_some(Self { keys, beside, names })
    }

    /// It, then the parts under its keys, each followed by its own parts.
    fn with_parts(self, places: &mut Vec<Self>) {
        let parts: Vec<Self> = match self.keys.len() {
            DEEPEST => Vec::new(),
            _ => KEYS.into_iter().filter_map(|key| self.under(key)).collect(),
        };
        places.push(self);
        parts.into_iter().for_each(|part| part.with_parts(places));
    }
}

/// The parts of a file with tensors of these names that may be a network: the whole file, then what is under the keys of
/// checkpoints, the preferred first.
pub(crate) fn places(names: &[&str]) -> Vec<Place> {
    let names = names.iter().enumerate().map(|(at, name)| (plain(name).to_owned(), at)).collect();
    let mut places = Vec::new();
    Place { keys: Vec::new(), beside: BTreeSet::new(), names }.with_parts(&mut places);
    places
}

/// For a file with tensors of these names: whether it is a checkpoint with a network under a key, and a tensor is not part of one.
/// What an optimizer or a random generator holds may be of any type.
pub(crate) fn beside<'a>(mut names: impl Iterator<Item = &'a str>) -> impl Fn(&str) -> bool {
    let under_key = |name: &str| plain(name).split_once('.').is_some_and(|(first, _)| KEYS.contains(&first));
    let keyed = names.any(under_key);
    move |name| keyed && !under_key(name)
}

/// The name without the prefixes of wrapped networks.
fn plain(name: &str) -> &str {
    let inner = WRAPPERS.into_iter().find_map(|wrapper| name.strip_prefix(wrapper));
    inner.map_or(name, plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(names: &[&str]) -> Vec<String> {
        let all = places(names).into_iter();
        all.map(|place| format!("{}: {}", place.describe(), place.names.into_keys().collect::<Vec<_>>().join(" ")))
            .collect()
    }

    #[test]
    fn keys_are_tried_in_the_order_of_preference_and_what_is_beside_is_said() {
        let names = ["params.a", "params_ema.a", "optimizer.state.0"];
        assert_eq!(
            described(&names)[1..],
            ["params_ema (without optimizer, params): a", "params (without optimizer, params_ema): a"]
        );
        assert_eq!(described(&["a.weight", "modules.b"]), [": a.weight modules.b"]);
    }

    #[test]
    fn keys_inside_one_another_and_wrappers_are_taken_off() {
        let names = ["state_dict.module.generator._orig_mod.a", "state_dict.module.discriminator.b"];
        let last = "state_dict.generator (without discriminator): a";
        assert!(described(&names).contains(&last.to_owned()), "{:?}", described(&names));
        assert_eq!(described(&["module.module.a"]), [": a"]);
    }

    /// However deep keys are nested, few parts are made.
    #[test]
    fn endless_keys_end() {
        assert_eq!(places(&[&"model.".repeat(200)]).len(), 1 + DEEPEST);
    }

    #[test]
    fn only_what_is_beside_a_network_may_be_of_any_type() {
        let beside_model = beside(["model.a", "rng"].into_iter());
        assert!(beside_model("rng") && !beside_model("model.a"));
        assert!(!beside(["a", "rng"].into_iter())("rng"));
    }
}
