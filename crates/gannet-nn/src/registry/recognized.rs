//! What is found out about another project's file.

use gannet_weights::NamedTensor;

/// Which network of an architecture a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The only one.
    Whole,
    /// The generator.
    Generator,
    /// The discriminator.
    Discriminator,
    /// An encoder and a decoder, whose tensors are called `encoder.…` and `decoder.…`. The encoder's outputs are means, then
    /// logarithms of variances.
    VariationalAutoencoder,
}

/// A network that was found in a file, and its tensors under Gannet's names.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognized<C> {
    /// The network's configuration.
    pub config: C,
    /// Which network of it.
    pub part: Part,
    /// The tensors under Gannet's names. Names that are not known stay, so that loading reports them.
    pub tensors: Vec<NamedTensor>,
    /// Where in the file the network is, in words, such as "its params_ema; params is left out"; empty where it is the whole
    /// file.
    pub place: String,
}

impl<C> Recognized<C> {
    /// This part of a network, in the whole file.
    pub fn new(config: C, part: Part, tensors: Vec<NamedTensor>) -> Self {
        Self { config, part, tensors, place: String::new() }
    }

    /// A network of one part, in the whole file.
    pub fn whole(config: C, tensors: Vec<NamedTensor>) -> Self {
        Self::new(config, Part::Whole, tensors)
    }

    /// With the configuration in another form.
    pub fn map<D>(self, form: impl FnOnce(C) -> D) -> Recognized<D> {
        Recognized { config: form(self.config), part: self.part, tensors: self.tensors, place: self.place }
    }
}
