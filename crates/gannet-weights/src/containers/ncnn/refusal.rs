//! Why a network in ncnn's files is not read.

/// Why a network is not read.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The files are damaged, or do not belong together.
    Damaged(String),
    /// The network is another, or is stored in another way.
    Foreign(String),
}
