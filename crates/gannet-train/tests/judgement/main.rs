//! Judgement against the field's programs.

mod extractors;
mod fidelity;
mod real_data;
mod seeded;
