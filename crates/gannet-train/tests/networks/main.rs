//! The pairs of networks against PyTorch, and the rules of the two phases.

mod adain;
mod common;
mod dcgan;
mod mlp;
mod penalties;
#[path = "../../../gannet-nn/tests/networks/seeded.rs"]
mod seeded;
