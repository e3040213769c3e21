//! Why a command failed.

use std::error::Error;

/// The reason; its `Display` is the one message for the user.
pub type Failure = Box<dyn Error>;
