//! Options that take one of a family's words.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use gannet_choice::Choice;

/// A parser of the words of `C`, which help and completions list.
pub fn choice<C: Choice + Send + Sync>() -> impl TypedValueParser<Value = C> {
    let value = |choice: &C| PossibleValue::new(choice.word()).help(choice.doc());
    let words = PossibleValuesParser::new(C::ALL.iter().map(value));
    words.try_map(|word| C::parse(&word))
}
