//! What a kind of feature extractor is. A new one is a type that implements [`ExtractorSource`] in a file beside this
//! one, and a line of the registry.

use burn::tensor::Device;

use super::feature_extractor::FeatureExtractor;
use super::weights_file::Fetch;
use crate::EvalError;

/// What follows the word in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// Nothing: `WORD`.
    None,
    /// Something that may be left out: `WORD[:ARGUMENT]`.
    Optional(&'static str),
    /// Something that is needed: `WORD:ARGUMENT`.
    Required(&'static str),
}

impl Argument {
    /// How a name with this word is written.
    pub fn usage(self, word: &str) -> String {
        match self {
            Self::None => word.to_owned(),
            Self::Optional(argument) => format!("{word}[:{argument}]"),
            Self::Required(argument) => format!("{word}:{argument}"),
        }
    }

    fn accepts(self, argument: Option<&str>) -> bool {
        match self {
            Self::None => argument.is_none(),
            Self::Optional(_) => true,
            Self::Required(_) => argument.is_some(),
        }
    }
}

/// The name of features, taken apart.
#[derive(Debug, Clone, Copy)]
pub struct ExtractorName<'a> {
    /// The whole name, as the user wrote it.
    pub name: &'a str,
    /// The part before the first colon.
    pub word: &'a str,
    /// The part after it.
    pub argument: Option<&'a str>,
}

impl<'a> ExtractorName<'a> {
    /// Takes `name` apart.
    pub fn parse(name: &'a str) -> Self {
        let (word, argument) = name.split_once(':').map_or((name, None), |(word, argument)| (word, Some(argument)));
        Self { name, word, argument }
    }
}

/// A kind of feature extractor.
pub trait ExtractorSource: Sync {
    /// What it is, in one line of help.
    fn summary(&self) -> &'static str;

    /// What follows its word.
    fn argument(&self) -> Argument {
        Argument::None
    }

    /// Whether `name` is a name of this kind, whose word is `word`.
    fn fits(&self, name: &ExtractorName, word: &str) -> bool {
        name.word == word && self.argument().accepts(name.argument)
    }

    /// The extractor of that name on `device`; `None` for a kind without features.
    ///
    /// # Errors
    /// Its weights cannot be read, or belong to another network.
    fn open(&self, name: &ExtractorName, fetch: &Fetch, device: &Device)
    -> Result<Option<FeatureExtractor>, EvalError>;
}
