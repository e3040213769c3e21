//! Where in a run something happens.

/// A step and one of its micro-batches. Random streams and schedules depend on these two numbers alone.
#[derive(Debug, Clone, Copy)]
pub struct StepIndex {
    /// The step, from 1.
    pub step: u64,
    /// The number of the micro-batch, counted over the whole run.
    pub batch: u64,
}
