//! The pairs of networks against PyTorch, and the rules of the two phases.

mod adain;
mod brought;
mod common;
mod dcgan;
mod enlargers;
mod mlp;
mod modern;
mod penalties;
#[path = "../judgement/seeded.rs"]
#[expect(dead_code, reason = "of the formulas only the weights' are for networks")]
mod seeded;
mod translators;
