//! The pairs of networks against PyTorch, and the rules of the two phases.

mod common;
mod dcgan;
mod mlp;
mod modern;
mod penalties;
