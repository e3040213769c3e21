//! What values a key takes, and whether one is allowed.

use gannet_choice::{alternatives, did_you_mean, nearest};
use toml::Value;

use crate::error::RecipeError;
use crate::value::number;

/// The largest of the whole numbers without a natural bound: what a 32-bit machine can count.
pub(crate) const MAX: i64 = u32::MAX as i64;

/// The values a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// Any text.
    Text,
    /// A text that can name a file.
    Name,
    /// True or false.
    Flag,
    /// A whole number from the first to the second, both allowed.
    Whole(i64, i64),
    /// One of these whole numbers.
    WholeOf(&'static [i64]),
    /// Any finite number.
    Finite,
    /// A finite number above 0.
    Positive,
    /// A finite number of 0 or more.
    NotNegative,
    /// A number from 0 up to, but not, 1.
    Fraction,
    /// A number above 0, up to 1.
    Share,
    /// A number from 0 to 1.
    UpToOne,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl Rule {
    /// The type, with its article.
    fn kind(self) -> &'static str {
        match self {
            Self::Text | Self::Name | Self::Choice(_) => "a text",
            Self::Flag => "true or false",
            Self::Whole(..) | Self::WholeOf(_) => "a whole number",
            Self::Finite | Self::Positive | Self::NotNegative | Self::Fraction | Self::Share | Self::UpToOne => {
                "a number"
            }
        }
    }

    /// The values allowed, in words.
    pub(crate) fn allowed(self) -> String {
        match self {
            Self::Name => "a text without '/', '\\' or a leading '.'".into(),
            Self::Text | Self::Flag => self.kind().into(),
            Self::Whole(low, high) if high >= MAX => format!("a whole number, at least {low}"),
            Self::Whole(low, high) => format!("a whole number from {low} to {high}"),
            Self::WholeOf(numbers) => alternatives(numbers),
            Self::Finite => "a finite number".into(),
            Self::Positive => "a number above 0".into(),
            Self::NotNegative => "a number, at least 0".into(),
            Self::Fraction => "a number of at least 0 and below 1".into(),
            Self::Share => "a number above 0 and at most 1".into(),
            Self::UpToOne => "a number from 0 to 1".into(),
            Self::Choice(words) => alternatives(words),
        }
    }

    /// Whether a `--set` value is taken as it stands, without quotes.
    pub(crate) fn is_text(self) -> bool {
        self.kind() == "a text"
    }

    /// Refuses a value that `key` does not take; `place` says where it was written.
    pub(crate) fn check(self, key: &str, value: &Value, place: &str) -> Result<(), RecipeError> {
        let (key, found, place) = (key.to_owned(), value.to_string(), place.to_owned());
        match self.admits(value) {
            Some(true) => Ok(()),
            None => Err(RecipeError::WrongType { key, expected: self.kind(), found, place }),
            Some(false) => Err(self.refusal(key, found, place)),
        }
    }

    /// Whether the value is allowed; nothing where even its type is wrong.
    fn admits(self, value: &Value) -> Option<bool> {
        match self {
            Self::Text => value.as_str().map(|_| true),
            Self::Name => value.as_str().map(names_a_file),
            Self::Choice(words) => value.as_str().map(|word| words.contains(&word)),
            Self::Flag => value.as_bool().map(|_| true),
            Self::Whole(low, high) => value.as_integer().map(|number| (low..=high).contains(&number)),
            Self::WholeOf(numbers) => value.as_integer().map(|number| numbers.contains(&number)),
            Self::Finite => number(value).map(f64::is_finite),
            Self::Positive => number(value).map(|number| number > 0.0 && number.is_finite()),
            Self::NotNegative => number(value).map(|number| number >= 0.0 && number.is_finite()),
            Self::Fraction => number(value).map(|number| (0.0..1.0).contains(&number)),
            Self::Share => number(value).map(|number| number > 0.0 && number <= 1.0),
            Self::UpToOne => number(value).map(|number| (0.0..=1.0).contains(&number)),
        }
    }

    fn refusal(self, key: String, found: String, place: String) -> RecipeError {
        let allowed = self.allowed();
        match self {
            Self::Choice(words) => {
                let typed = found.trim_matches(['"', '\'']);
                let suggestion = did_you_mean(&nearest(typed, words.iter().copied()));
                RecipeError::UnknownChoice { key, allowed, found, place, suggestion }
            }
            _ => RecipeError::OutOfRange { key, allowed, found, place },
        }
    }
}

fn names_a_file(text: &str) -> bool {
    let hidden_or_empty = text.trim().is_empty() || text.starts_with('.');
    !hidden_or_empty && !text.contains(|letter: char| letter.is_control() || matches!(letter, '/' | '\\'))
}
