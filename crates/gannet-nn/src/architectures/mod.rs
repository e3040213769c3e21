//! Whole networks; each file is a paper.

pub mod dcgan;
pub mod mlp;
