//! The training and the test part of a data set.

use crate::DataError;

gannet_choice::choice! {
    /// A split of a data set.
    Split {
        /// The images that a network is trained on.
        Train = "train",
        /// The images that a trained network is evaluated on.
        Test = "test",
    }
}

impl Split {
    /// The error of a data set at `path` that lacks this split.
    pub(crate) fn missing(self, path: impl Into<String>) -> DataError {
        let (split, hint) = match self {
            Self::Train => ("training", "; give a folder or archive that holds them"),
            Self::Test => ("test", "; use its training images, or give a set with a `test` or `val` folder"),
        };
        DataError::NoSplit { path: path.into(), split, hint }
    }
}
