//! Networks that judge images rather than make them.

pub mod lenet;
