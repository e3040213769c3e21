//! Penalties of whole networks against PyTorch.

mod penalties;
#[path = "../../../gannet-nn/tests/networks/reference.rs"]
#[expect(dead_code, reason = "the networks' own tests use the rest")]
mod reference;
#[path = "../../../gannet-nn/tests/networks/seeded.rs"]
mod seeded;
