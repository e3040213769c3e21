//! Reports of progress.

/// A function that is called while images are measured: what is counted, how many are done, and of how many.
pub type Progress<'a> = dyn Fn(&str, usize, usize) + 'a;
