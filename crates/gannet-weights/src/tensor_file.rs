//! A file's tensors, asked by the layer names of another project.

use std::fmt;

use crate::named::NamedTensor;

/// The prefix of a network's moving average; a file may hold both.
const AVERAGE: &str = "params_ema.";

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

/// The tensors of a file, without the prefixes that parallel training (`module.`) and files with several networks (`params.`)
/// put before names. Of a network and its moving average (`params_ema.`) only the average is kept.
#[derive(Debug, Clone)]
pub struct TensorFile {
    tensors: Vec<NamedTensor>,
}

impl TensorFile {
    /// The file with these tensors.
    pub fn new(tensors: Vec<NamedTensor>) -> Self {
        let averaged = tensors.iter().any(|tensor| tensor.name.starts_with(AVERAGE));
        let kept = tensors.into_iter().filter(|tensor| !averaged || tensor.name.starts_with(AVERAGE));
        let name = |name: &str| {
            let inner = [AVERAGE, "params."].into_iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
            inner.strip_prefix("module.").unwrap_or(inner).to_owned()
        };
        Self { tensors: kept.map(|tensor| NamedTensor { name: name(&tensor.name), ..tensor }).collect() }
    }

    /// The tensor called `name`, if there is one.
    pub fn tensor(&self, name: &str) -> Option<&NamedTensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
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
        shape.try_into().map_err(|_| Mismatch::new(format!("its {name} has the shape {shape:?}, not {D} axes")))
    }

    /// How many consecutive numbers from 0 there are for which `there` holds, such as blocks of a network.
    pub fn count(&self, there: impl Fn(&Self, usize) -> bool) -> usize {
        (0..).take_while(|at| there(self, *at)).count()
    }

    /// The first `most` names, for messages.
    pub fn first_names(&self, most: usize) -> String {
        let names: Vec<&str> = self.tensors.iter().take(most).map(|tensor| tensor.name.as_str()).collect();
        names.join(", ")
    }

    /// All tensors under Gannet's names.
    pub fn renamed(&self, rename: impl Fn(&str) -> Renamed) -> Vec<NamedTensor> {
        let renamed = self.tensors.iter().filter_map(|tensor| match rename(&tensor.name) {
            Renamed::To(name) => Some(NamedTensor { name, ..tensor.clone() }),
            Renamed::Dropped => None,
            Renamed::Unknown => Some(tensor.clone()),
        });
        renamed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(names: &[&str]) -> TensorFile {
        let shape = |at: usize| vec![at + 2, 3, 4, 4];
        let tensors = names.iter().enumerate().map(|(at, name)| NamedTensor {
            name: (*name).to_owned(),
            shape: shape(at),
            values: vec![at as f32; shape(at).iter().product()],
        });
        TensorFile::new(tensors.collect())
    }

    #[test]
    fn prefixes_are_taken_off_and_of_a_network_and_its_average_the_average_is_kept() {
        assert_eq!(file(&["module.a.weight", "b"]).first_names(3), "a.weight, b");
        assert_eq!(file(&["params.module.a", "params.b"]).first_names(1), "a");
        let both = file(&["params.a", "params_ema.a", "params_ema.b"]);
        assert_eq!(both.first_names(3), "a, b");
        assert_eq!(both.tensor("a").unwrap().values[0], 1.0, "the average's");
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
