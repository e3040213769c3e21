//! Evaluation against the field's programs and published figures, and as a caller of the library meets it.

mod digits;
mod extractors;
mod fidelity;
mod generators;
mod like;
mod pairs;
mod real_data;
mod registries;
mod requests;
mod seeded;
mod small_pictures;
