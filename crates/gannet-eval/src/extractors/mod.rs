//! The registry of feature extractors: one line and one file for each kind of name that a user gives.

mod cifar;
mod classifier;
mod dinov2;
mod feature_extractor;
mod framing;
mod inception;
mod lenet;
mod open;
mod pixels;
mod random;
mod run;
mod source;
mod weights_file;

pub use feature_extractor::{ExtractedFeatures, FeatureExtractor};
pub use weights_file::{Fetch, WeightsFile, published};

use gannet_choice::{Choice, choice_by_word};
use source::ExtractorSource;

macro_rules! extractors {
    ($( $kind:ident = $word:literal => $module:ident::$source:ident, )+) => {
        /// How features are named: a kind, and after a colon what it takes, such as `inception:FILE`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ExtractorKind {
            $( #[doc = concat!("`", $word, "`")] $kind, )+
        }

        impl ExtractorKind {
            fn source(self) -> &'static dyn ExtractorSource {
                match self { $( Self::$kind => &$module::$source, )+ }
            }
        }

        impl Choice for ExtractorKind {
            const ALL: &'static [Self] = &[$( Self::$kind ),+];
            const WORDS: &'static [&'static str] = &[$( $word ),+];

            fn word(self) -> &'static str {
                match self { $( Self::$kind => $word, )+ }
            }

            fn doc(self) -> &'static str {
                self.source().summary()
            }
        }

        choice_by_word!(ExtractorKind);
    };
}

// The first kind that a name fits is taken, so a word comes before a folder of that name.
extractors! {
    Cifar = "cifar" => cifar::Cifar,
    Inception = "inception" => inception::InceptionV3,
    Dinov2 = "dinov2" => dinov2::DinoV2Base,
    Lenet = "lenet" => lenet::LeNetFile,
    Classifier = "classifier" => classifier::ClassifierFile,
    Random = "random" => random::RandomWeights,
    Pixels = "pixels" => pixels::PixelsOnly,
    Run = "RUN" => run::ClassifierRun,
}

impl ExtractorKind {
    /// How a name of this kind is written, such as `inception[:FILE]`.
    pub fn usage(self) -> String {
        self.source().argument().usage(self.word())
    }
}
