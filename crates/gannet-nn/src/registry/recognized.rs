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
}

impl<C> Recognized<C> {
    /// With the configuration in another form.
    pub fn map<D>(self, form: impl FnOnce(C) -> D) -> Recognized<D> {
        Recognized { config: form(self.config), part: self.part, tensors: self.tensors }
    }
}
