//! Training or inference.

/// What a forward pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Training: batch statistics, which also update the running ones.
    Train,
    /// Inference: running statistics; the network does not change.
    Eval,
}
