//! What the registry keeps of each network, by function pointers to its configuration's type.

use gannet_weights::{Mismatch, TensorFile};

use super::network::{DiscriminatorConfig, Network, Role};
use super::recognized::Recognized;
use super::settings::{DiscriminatorSettings, NetworkSettings, Sizes};

/// One line of the registry of networks; `A` is the type of any network's configuration.
pub(crate) struct Entry<A> {
    pub name: &'static str,
    pub summary: &'static str,
    pub paper: &'static str,
    pub role: Role,
    pub keys: &'static [&'static str],
    pub project: &'static str,
    pub sizes: fn() -> Sizes,
    pub check: fn(&NetworkSettings) -> Result<(), String>,
    pub config: fn(&NetworkSettings) -> A,
    pub recognize: fn(&TensorFile) -> Result<Recognized<A>, Mismatch>,
}

impl<A> Entry<A> {
    /// The entry of the configuration `C`.
    pub const fn of<C: Network + Into<A>>() -> Self {
        Self {
            name: C::NAME,
            summary: C::SUMMARY,
            paper: C::PAPER,
            role: C::ROLE,
            keys: C::KEYS,
            project: C::PROJECT,
            sizes: C::sizes,
            check: C::check,
            config: |settings| C::from_settings(settings).into(),
            recognize: |file| Ok(C::recognize(file)?.map(Into::into)),
        }
    }

    /// Refuses settings that the network cannot have, its sizes among them.
    pub fn check_all(&self, settings: &NetworkSettings) -> Result<(), String> {
        let (sizes, size) = ((self.sizes)(), settings.size);
        if !sizes.contains(size) {
            return Err(format!("data.size must be {sizes} with model.kind {}, not {size}", self.name));
        }
        (self.check)(settings)
    }
}

/// One line of the registry of discriminators of image-to-image tasks.
pub(crate) struct DiscriminatorEntry<A> {
    pub name: &'static str,
    pub summary: &'static str,
    pub paper: &'static str,
    pub keys: &'static [&'static str],
    pub project: &'static str,
    pub check: fn(&DiscriminatorSettings) -> Result<(), String>,
    pub config: fn(&DiscriminatorSettings) -> A,
    pub recognize: fn(&TensorFile) -> Result<Recognized<A>, Mismatch>,
}

impl<A> DiscriminatorEntry<A> {
    /// The entry of the configuration `C`.
    pub const fn of<C: DiscriminatorConfig + Into<A>>() -> Self {
        Self {
            name: C::NAME,
            summary: C::SUMMARY,
            paper: C::PAPER,
            keys: C::KEYS,
            project: C::PROJECT,
            check: C::check,
            config: |settings| C::from_settings(settings).into(),
            recognize: |file| Ok(C::recognize(file)?.map(Into::into)),
        }
    }
}

/// A network that cannot do what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{network} is not {wanted}")]
pub struct WrongRole {
    /// The network, in words.
    pub network: String,
    /// What was asked for, such as "a translator of images".
    pub wanted: &'static str,
}
