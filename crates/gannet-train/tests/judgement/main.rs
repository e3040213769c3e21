//! Judgement against the field's programs.

mod extractors;
mod fidelity;
mod generators;
mod real_data;
mod seeded;
