//! Steps of whole networks against PyTorch, and which gradients each phase of a step computes.

mod adain;
mod dcgan;
mod mlp;
mod phases;
#[path = "../../../gannet-nn/tests/networks/reference.rs"]
#[expect(dead_code, reason = "the networks' own tests use the rest")]
mod reference;
#[path = "../../../gannet-nn/tests/networks/seeded.rs"]
mod seeded;
#[path = "../../../gannet-nn/tests/networks/small_vgg.rs"]
mod small_vgg;
