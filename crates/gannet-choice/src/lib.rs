//! Closed choices: enums whose variants are words that a user writes.
//!
//! A family of kinds (losses, networks, norms, metrics) is one enum, made by [`choice!`] in the crate that owns the
//! family. The words, their meaning and the error message for an unknown word all come from that one list, so recipes,
//! `--help` and the generated documentation cannot disagree.

mod nearest;

use std::fmt::Display;

pub use nearest::{did_you_mean, nearest};

/// What every enum of [`choice!`] can say about itself.
pub trait Choice: Copy + PartialEq + Display + 'static {
    /// All variants, in the order in which they are listed.
    const ALL: &'static [Self];

    /// The words of all variants, in the same order.
    const WORDS: &'static [&'static str];

    /// The word a user writes.
    fn word(self) -> &'static str;

    /// What the variant is, in a sentence with its source.
    fn doc(self) -> &'static str;

    /// The variant called `word`.
    ///
    /// # Errors
    /// There is none: the message lists all words and suggests the nearest.
    fn parse(word: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|choice| choice.word() == word);
        found.ok_or_else(|| {
            let hint = did_you_mean(&nearest(word, Self::WORDS.iter().copied()));
            format!("'{word}' is not one of {}{hint}", alternatives(Self::WORDS))
        })
    }
}

/// `a, b or c`.
pub fn alternatives(items: &[impl ToString]) -> String {
    let words: Vec<String> = items.iter().map(ToString::to_string).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// Declares an enum whose variants are words: `Variant = "word"`, each with its documentation.
///
/// The enum implements [`Choice`], `Display`, `FromStr`, `Serialize` and `Deserialize` by its words.
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        $(#[default = $default:ident])?
        $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+ }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[doc = $doc])+ $variant, )+
        }

        $(
            impl Default for $name {
                fn default() -> Self {
                    Self::$default
                }
            }
        )?

        impl $crate::Choice for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn word(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }

            fn doc(self) -> &'static str {
                match self { $( Self::$variant => concat!($($doc),+).trim_ascii(), )+ }
            }
        }

        $crate::choice_by_word!($name);
    };
}

/// Implements `Display`, `FromStr`, `Serialize` and `Deserialize` by words for a type that is a [`Choice`].
#[macro_export]
macro_rules! choice_by_word {
    ($name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.pad($crate::Choice::word(*self))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                <Self as $crate::Choice>::parse(word)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::Choice::word(*self))
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as $crate::serde::Deserialize>::deserialize(deserializer)?;
                <Self as $crate::Choice>::parse(&word).map_err($crate::serde::de::Error::custom)
            }
        }
    };
}

#[doc(hidden)]
pub use serde;

#[cfg(test)]
mod tests {
    use super::*;

    choice! {
        /// How an image becomes a square.
        #[default = Crop]
        Fit {
            /// Keep the middle.
            Crop = "crop",
            /// Ignore the aspect
            /// ratio.
            Stretch = "stretch",
        }
    }

    #[test]
    fn words_and_meanings_come_from_one_list() {
        assert_eq!(Fit::WORDS, ["crop", "stretch"]);
        assert_eq!((Fit::Stretch.word(), Fit::Stretch.doc()), ("stretch", "Ignore the aspect ratio."));
        assert_eq!((Fit::default(), format!("{:>6}", Fit::Crop).as_str()), (Fit::Crop, "  crop"));
        assert_eq!(serde_json::to_string(&Fit::Crop).unwrap(), "\"crop\"");
        assert_eq!(serde_json::from_str::<Fit>("\"stretch\"").unwrap(), Fit::Stretch);
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let message = "strech".parse::<Fit>().unwrap_err();
        assert_eq!(message, "'strech' is not one of crop or stretch; did you mean 'stretch'?");
        assert!(serde_json::from_str::<Fit>("\"x\"").is_err());
    }

    #[test]
    fn alternatives_read_as_english() {
        assert_eq!(alternatives(&[""; 0]), "");
        assert_eq!(alternatives(&[1]), "1");
        assert_eq!(alternatives(&["a", "b", "c"]), "a, b or c");
    }
}
