//! A file's tensors, asked by the layer names of another project.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use crate::named::NamedTensor;
use crate::state_dict::{Place, places};

/// PyTorch's names of a layer's parameters.
const PARAMETERS: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];

/// Why a file's tensors are not those of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(String);

impl Mismatch {
    /// With a reason, such as "it has no body.0.weight".
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Gannet's name of another project's tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// This one.
    To(String),
    /// None, as Gannet's network does not need the tensor.
    Dropped,
    /// Not known. The tensor keeps its name, so that loading reports it.
    Unknown,
}

impl Renamed {
    /// The parameter `what`, such as `weight`, of Gannet's layer `layer`.
    pub fn layer(layer: &str, what: &str) -> Self {
        Self::To(format!("{layer}.{what}"))
    }

    /// The parameter `what` of a norm, by PyTorch's name, in Gannet's `norm`. Without scale and shift (`affine` is false) the
    /// network needs nothing of the norm: old files of instance norms hold running statistics that were never used.
    pub fn norm(norm: &str, what: &str, affine: bool) -> Self {
        let own = match what {
            "weight" => "gamma",
            "bias" => "beta",
            "running_mean" | "running_var" => what,
            _ => return Self::Unknown,
        };
        match (affine, what.starts_with("running_")) {
            (true, _) => Self::layer(norm, own),
            (false, true) => Self::Dropped,
            (false, false) => Self::Unknown,
        }
    }
}

/// The tensors of a file, or of one of the state dictionaries in it, by the names that a network's own code gives them.
#[derive(Debug, Clone)]
pub struct TensorFile {
    tensors: Rc<[NamedTensor]>,
    /// The number of each tensor by its name.
    names: BTreeMap<String, usize>,
    place: String,
    /// How many tensors that were asked for were there.
    found: Cell<usize>,
    /// The file's names by Gannet's, where they are recorded.
    recorded: RefCell<Option<BTreeMap<String, String>>>,
}

impl TensorFile {
    /// The file as one state dictionary; see [`TensorFile::state_dicts`].
    pub fn new(tensors: Vec<NamedTensor>) -> Self {
        Self::state_dicts(tensors).swap_remove(0)
    }

    /// The state dictionaries that may be a network: the file as it is, then each part of it under a key that checkpoints use,
    /// the preferred first. Tensors without values are left out.
    pub fn state_dicts(tensors: Vec<NamedTensor>) -> Vec<Self> {
        let filled = |tensor: &NamedTensor| {
            !tensor.values.is_empty() && tensor.shape.iter().product::<usize>() == tensor.values.len()
        };
        let tensors: Rc<[NamedTensor]> = tensors.into_iter().filter(filled).collect();
        let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        let of_place = |place: Place| Self {
            tensors: tensors.clone(),
            place: place.describe(),
            names: place.names,
            found: Cell::new(0),
            recorded: RefCell::new(None),
        };
        places(&names).into_iter().map(of_place).collect()
    }

    /// The preferred innermost state dictionary of a file, as plain tensors; the file itself where it has no such key.
    pub fn unwrapped(tensors: Vec<NamedTensor>) -> Vec<NamedTensor> {
        let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        // Each part follows what it is a part of, the preferred first.
        let known = places(&names).into_iter().filter(|place| !place.is_guess).enumerate();
        let innermost = known.take_while(|(at, place)| place.keys.len() == *at).last();
        let names = innermost.map(|(_, place)| place.names).unwrap_or_default();
        let mut names: BTreeMap<usize, String> = names.into_iter().map(|(name, at)| (at, name)).collect();
        let named = tensors.into_iter().enumerate();
        named.filter_map(|(at, tensor)| Some(NamedTensor { name: names.remove(&at)?, ..tensor })).collect()
    }

    /// Where in the file this state dictionary is, in words; empty where it is the file.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The names of all tensors, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The tensor called `name`, if there is one.
    pub fn tensor(&self, name: &str) -> Option<&NamedTensor> {
        let at = self.names.get(name)?;
        self.found.set(self.found.get() + 1);
        Some(&self.tensors[*at])
    }

    /// How many tensors that were asked for since the last call were there.
    pub fn take_found(&self) -> usize {
        self.found.take()
    }

    /// Whether there is a tensor called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.tensor(name).is_some()
    }

    /// The shape of the tensor called `name`.
    ///
    /// # Errors
    /// There is none.
    pub fn shape(&self, name: &str) -> Result<&[usize], Mismatch> {
        let tensor = self.tensor(name).ok_or_else(|| Mismatch::new(format!("it has no {name}")))?;
        Ok(&tensor.shape)
    }

    /// The shape of the weight of a convolution called `layer`.
    ///
    /// # Errors
    /// There is no such weight, or it has not four axes.
    pub fn conv(&self, layer: &str) -> Result<[usize; 4], Mismatch> {
        self.weight(layer)
    }

    /// The shape `[out, in]` of the weight of a linear layer called `layer`.
    ///
    /// # Errors
    /// There is no such weight, or it has not two axes.
    pub fn matrix(&self, layer: &str) -> Result<[usize; 2], Mismatch> {
        self.weight(layer)
    }

    fn weight<const D: usize>(&self, layer: &str) -> Result<[usize; D], Mismatch> {
        let name = format!("{layer}.weight");
        let shape = self.shape(&name)?;
        shape.try_into().map_err(|_| {
            // It is another kind of layer, which only has the name.
            self.found.set(self.found.get().saturating_sub(1));
            Mismatch::new(format!("its {name} has the shape {shape:?}, not {D} axes"))
        })
    }

    /// How many consecutive numbers from 0 there are for which `there` holds, such as blocks of a network.
    pub fn count(&self, there: impl Fn(&Self, usize) -> bool) -> usize {
        (0..).take_while(|at| there(self, *at)).count()
    }

    /// How many tensors there are, and the first few names, for messages.
    pub fn describe(&self) -> String {
        const LISTED: usize = 4;
        let names: Vec<&str> = self.names.keys().take(LISTED).map(String::as_str).collect();
        match self.names.len() {
            0 => "no tensors of floating-point numbers".to_owned(),
            1 => format!("one tensor, {}", names[0]),
            count => format!("{count} tensors, such as {}", names.join(", ")),
        }
    }

    /// Lets [`TensorFile::renamed`] record names for [`TensorFile::name_of`] from now on.
    pub fn record_names(&self) {
        self.recorded.replace(Some(BTreeMap::new()));
    }

    /// The file's name of Gannet's tensor `own`, if it was recorded. It may be of a tensor that the file lacks and that has
    /// a similar name to one that it has.
    pub fn name_of(&self, own: &str) -> Option<String> {
        self.recorded.borrow().as_ref()?.get(own).cloned()
    }

    fn record(&self, names: &mut BTreeMap<String, String>, rename: &impl Fn(&str) -> Renamed) {
        let mut add = |name: String| {
            if let Renamed::To(own) = rename(&name) {
                names.entry(own).or_insert(name);
            }
        };
        self.names().for_each(|name| add(name.to_owned()));
        for name in self.names() {
            let Some((layer, _)) = name.rsplit_once('.') else { continue };
            for similar in std::iter::once(layer.to_owned()).chain(with_other_numbers(layer)) {
                PARAMETERS.iter().for_each(|what| add(format!("{similar}.{what}")));
            }
        }
    }

    /// All tensors under Gannet's names.
    pub fn renamed(&self, rename: impl Fn(&str) -> Renamed) -> Vec<NamedTensor> {
        if let Some(names) = self.recorded.borrow_mut().as_mut() {
            self.record(names, &rename);
        }
        let mut in_order: Vec<(&String, usize)> = self.names.iter().map(|(name, at)| (name, *at)).collect();
        in_order.sort_unstable_by_key(|(_, at)| *at);
        let renamed = in_order.into_iter().filter_map(|(name, at)| {
            let name = match rename(name) {
                Renamed::To(name) => name,
                Renamed::Dropped => return None,
                Renamed::Unknown => name.clone(),
            };
            Some(NamedTensor { name, ..self.tensors[at].clone() })
        });
        renamed.collect()
    }
}

/// The name with one of its numbers larger or smaller by one.
fn with_other_numbers(name: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut start = 0;
    while let Some(at) = name[start..].find(|character: char| character.is_ascii_digit()) {
        let from = start + at;
        let digits = name[from..].find(|character: char| !character.is_ascii_digit()).unwrap_or(name.len() - from);
        let to = from + digits;
        if let Ok(number) = name[from..to].parse::<u32>() {
            let others = [number.checked_sub(1), number.checked_add(1)].into_iter().flatten();
            names.extend(others.map(|number| format!("{}{number}{}", &name[..from], &name[to..])));
        }
        start = to;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(names: &[&str]) -> TensorFile {
        TensorFile::new(file_tensors(names))
    }

    fn file_tensors(names: &[&str]) -> Vec<NamedTensor> {
        let shape = |at: usize| vec![at + 2, 3, 4, 4];
        let tensors = names.iter().enumerate().map(|(at, name)| NamedTensor {
            name: (*name).to_owned(),
            shape: shape(at),
            values: vec![at as f32; shape(at).iter().product()],
        });
        tensors.collect()
    }

    #[test]
    fn of_a_network_and_its_average_the_average_is_first() {
        let both = TensorFile::state_dicts(file_tensors(&["params.a", "params_ema.a", "params_ema.b"]));
        assert_eq!(both.len(), 3);
        assert_eq!(both[1].place(), "params_ema (without params)");
        assert_eq!(both[1].tensor("a").unwrap().values[0], 1.0, "the average's");
        assert_eq!(both[2].tensor("a").unwrap().values[0], 0.0);
    }

    #[test]
    fn the_preferred_innermost_network_is_unwrapped() {
        let names = |tensors: Vec<NamedTensor>| tensors.into_iter().map(|tensor| tensor.name).collect::<Vec<_>>();
        let unwrapped = |given: &[&str]| names(TensorFile::unwrapped(file_tensors(given)));
        assert_eq!(unwrapped(&["state_dict.generator.a", "state_dict.discriminator.b"]), ["a"]);
        assert_eq!(unwrapped(&["module.a", "b"]), ["a", "b"]);
    }

    #[test]
    fn tensors_without_values_are_left_out_and_the_rest_is_counted() {
        let mut tensors = file_tensors(&["a", "b"]);
        tensors[0] = NamedTensor { shape: vec![3, 0], values: Vec::new(), ..tensors[0].clone() };
        assert_eq!(TensorFile::new(tensors).describe(), "one tensor, b");
        assert_eq!(file(&["a", "b"]).describe(), "2 tensors, such as a, b");
        assert_eq!(file(&[]).describe(), "no tensors of floating-point numbers");
    }

    #[test]
    fn the_first_missing_layer_is_named() {
        let file = file(&["body.0.weight", "body.1.weight", "body.3.weight"]);
        assert_eq!(file.conv("body.1"), Ok([3, 3, 4, 4]));
        assert_eq!(file.conv("body.2").unwrap_err().to_string(), "it has no body.2.weight");
        let message = file.matrix("body.0").unwrap_err().to_string();
        assert_eq!(message, "its body.0.weight has the shape [2, 3, 4, 4], not 2 axes");
        assert_eq!(file.count(|file, at| file.has(&format!("body.{at}.weight"))), 2);
    }

    /// A tensor that the file lacks has the name that its neighbors let expect.
    #[test]
    fn names_are_recorded_for_what_is_there_and_beside_it() {
        let file = file(&["up1.weight", "up2.weight"]);
        let rename = |name: &str| Renamed::To(name.replace("up", "double."));
        file.renamed(rename);
        assert_eq!(file.name_of("double.1.weight"), None);
        file.record_names();
        file.renamed(rename);
        for (own, right) in
            [("double.1.weight", "up1.weight"), ("double.2.bias", "up2.bias"), ("double.3.bias", "up3.bias")]
        {
            assert_eq!(file.name_of(own).as_deref(), Some(right));
        }
        assert_eq!(file.name_of("double.4.bias"), None);
        assert_eq!(with_other_numbers("a0.b12"), ["a1.b12", "a0.b11", "a0.b13"]);
    }

    #[test]
    fn known_tensors_are_renamed_or_dropped_and_unknown_ones_keep_their_names() {
        let renamed = file(&["in1.weight", "in1.running_mean", "other"]).renamed(|name| match name {
            "other" => Renamed::Unknown,
            _ => Renamed::norm("norm", &name[4..], false),
        });
        // Without scale and shift the weight is not known, and statistics are not needed.
        assert_eq!(renamed.iter().map(|tensor| tensor.name.as_str()).collect::<Vec<_>>(), ["in1.weight", "other"]);
        assert_eq!(Renamed::norm("norm", "bias", true), Renamed::To("norm.beta".into()));
        assert_eq!(Renamed::norm("norm", "running_var", true), Renamed::To("norm.running_var".into()));
        assert_eq!(Renamed::norm("norm", "num_batches_tracked", true), Renamed::Unknown);
        assert_eq!(Renamed::layer("down.2", "weight"), Renamed::To("down.2.weight".into()));
    }
}
