//! Where files keep a network: the keys of checkpoints that hold a state dictionary, and the prefixes that PyTorch puts before
//! the names of a wrapped network.

use std::collections::{BTreeMap, BTreeSet};

/// Keys under which training programs keep a network, the preferred first: moving averages, then general names in the order in
/// which spandrel 0.4.2 looks for them, then a network's own weights, then discriminators.
const KEYS: [&str; 27] = [
    "g_ema",
    "G_ema",
    "model_ema",
    "ema_state_dict",
    "state_dict_ema",
    "ema",
    "model_state_dict",
    "state_dict",
    "params_ema",
    "params-ema",
    "params",
    "model",
    "net",
    "generator",
    "generator_state_dict",
    "netG_state_dict",
    "netG",
    "net_g",
    "network_g",
    "G",
    "GE",
    "gen",
    "network",
    "weights",
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
    pub keys: Vec<String>,
    /// Whether one of them is no key of checkpoints, but the only one.
    pub is_guess: bool,
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
    fn under(&self, key: &str) -> Option<Self> {
        let inside = |name: &str| Some(plain(name.strip_prefix(key)?.strip_prefix('.')?).to_owned());
        let names: BTreeMap<String, usize> =
            self.names.iter().filter_map(|(name, at)| Some((inside(name)?, *at))).collect();
        let first = |name: &String| name.split('.').next().unwrap_or_default().to_owned();
        let outside = self.names.keys().map(first).filter(|name| name != key);
        let keys = self.keys.iter().cloned().chain([key.to_owned()]).collect();
        let beside = self.beside.iter().cloned().chain(outside).collect();
        (!names.is_empty()).then_some(Self { keys, beside, names, is_guess: self.is_guess })
    }

    /// The part under the key that all of its names begin with, where that is no key of checkpoints.
    fn under_only_key(&self) -> Option<Self> {
        let key = self.names.keys().next()?.split_once('.')?.0;
        let same = |name: &String| name.split_once('.').is_some_and(|(first, _)| first == key);
        let is_only = !KEYS.contains(&key) && self.names.keys().all(same);
        is_only.then(|| self.under(key)).flatten().map(|part| Self { is_guess: true, ..part })
    }

    /// It, then the parts under its keys, each followed by its own parts.
    fn with_parts(self, places: &mut Vec<Self>) {
        let parts: Vec<Self> = match self.keys.len() {
            DEEPEST => Vec::new(),
            _ => KEYS.into_iter().filter_map(|key| self.under(key)).chain(self.under_only_key()).collect(),
        };
        places.push(self);
        parts.into_iter().for_each(|part| part.with_parts(places));
    }
}

/// The parts of a file with tensors of these names that may be a network: the whole file, then what is under the keys of
/// checkpoints, the preferred first, or under a file's only key.
pub(crate) fn places(names: &[&str]) -> Vec<Place> {
    let names = names.iter().enumerate().map(|(at, name)| (plain(name).to_owned(), at)).collect();
    let mut places = Vec::new();
    Place { keys: Vec::new(), beside: BTreeSet::new(), names, is_guess: false }.with_parts(&mut places);
    places
}

/// Whether names begin with a key of checkpoints, and not with layers alone.
pub(crate) fn has_keys(names: &[&str]) -> bool {
    places(names).iter().any(|place| !place.keys.is_empty() && !place.is_guess)
}

/// All keys of a file with tensors of these names: first parts of names, and keys of checkpoints inside one another.
pub(crate) fn keys(names: &[&str]) -> BTreeSet<String> {
    let first = names.iter().filter_map(|name| Some(plain(name).split_once('.')?.0.to_owned()));
    let known = places(names).into_iter().filter(|place| !place.is_guess).map(|place| place.keys.join("."));
    first.chain(known).filter(|key| !key.is_empty()).collect()
}

/// The name without the prefixes of wrapped networks.
pub(crate) fn plain(name: &str) -> &str {
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

    /// A dictionary of a single dictionary, whatever its key is; a network's own first layer may look so too.
    #[test]
    fn an_only_key_is_tried_last() {
        let names = ["my_network.module.a.weight", "my_network.b.weight"];
        let whole = ": my_network.b.weight my_network.module.a.weight";
        assert_eq!(described(&names), [whole, "my_network: a.weight b.weight"]);
        assert_eq!(described(&["params.body.0.weight"])[1], "params: body.0.weight");
        assert_eq!(described(&["a.weight", "b.weight"]).len(), 1);
    }

    /// Of the keys that spandrel 0.4.2 knows, the first that it takes is taken.
    #[test]
    fn keys_are_taken_in_the_order_of_spandrel() {
        let order = ["model_state_dict", "state_dict", "params_ema", "params-ema", "params", "model", "net"];
        let names: Vec<String> = order.iter().map(|key| format!("{key}.a")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found: Vec<String> = places(&names).into_iter().skip(1).map(|place| place.keys.join(".")).collect();
        assert_eq!(found, order);
    }

    #[test]
    fn prefixes_of_projects_are_taken_off_in_any_combination() {
        for prefix in ["module.", "_orig_mod.", "netG.", "generator.", "g_ema.", "GE.", "netG_state_dict."] {
            for other in ["", "module.", "params_ema.", "state_dict._orig_mod.", "netG_state_dict.module."] {
                let found = described(&[&format!("{other}{prefix}conv_first.weight")]);
                assert!(found.iter().any(|place| place.ends_with(": conv_first.weight")), "{other}{prefix}: {found:?}");
            }
        }
    }

    #[test]
    fn the_keys_of_a_file_are_listed() {
        let found = keys(&["params.a", "state_dict.generator.b", "c"]);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["params", "state_dict", "state_dict.generator"]);
    }
}
