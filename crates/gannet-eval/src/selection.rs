//! Which parts of the data sets that a user names are measured.

use std::sync::Arc;

use gannet_choice::Choice;
use gannet_data::{Decoding, PatchSource, Source, Split, Subset};

use crate::EvalError;

/// Which of the two sets of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The images that are measured.
    Images,
    /// The images that they are compared with.
    Reference,
}

/// Random squares that are cut out of images and measured in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchSettings {
    /// The number of squares.
    pub count: usize,
    /// Their side in pixels.
    pub size: usize,
}

/// The parts of both sets.
#[derive(Debug, Clone)]
pub struct DataSelection {
    /// The split of the images' set.
    pub split: Split,
    /// The split of the reference's set.
    pub reference_split: Split,
    /// Only so many images of both sets: those that a recipe with this `data.hold_back` does not train on.
    pub held_back: Option<usize>,
    /// Random squares in place of whole images.
    pub patches: Option<PatchSettings>,
}

impl Default for DataSelection {
    fn default() -> Self {
        Self { split: Split::Train, reference_split: Split::Train, held_back: None, patches: None }
    }
}

impl DataSelection {
    fn split_of(&self, side: Side) -> Split {
        match side {
            Side::Images => self.split,
            Side::Reference => self.reference_split,
        }
    }

    /// The name of the set `spec` and its part, for the protocol.
    pub fn describe(&self, spec: &str, side: Side) -> String {
        let part = match self.held_back {
            Some(count) => format!("{count} held back"),
            None => self.split_of(side).word().to_owned(),
        };
        match self.patches {
            Some(PatchSettings { count, size }) => format!("{count} patches of {size}×{size} of {spec} ({part})"),
            None => format!("{spec} ({part})"),
        }
    }

    /// The selected part of the set `spec`, its files decoded like `decoding`. Built-in images, of `size` pixels a side, and
    /// patches are drawn from `seed`.
    ///
    /// # Errors
    /// There is no such set, or it has too few images to hold some back.
    pub fn open(
        &self,
        spec: &str,
        side: Side,
        decoding: Decoding,
        seed: u64,
        size: usize,
    ) -> Result<Arc<dyn Source>, EvalError> {
        let source = gannet_data::open(spec, self.split_of(side), seed, size)?;
        // Plain values are read alike by all programs.
        let source = source.decoded_as(decoding).unwrap_or(source);
        let source: Arc<dyn Source> = match self.held_back {
            Some(count) => {
                let [_, held_back] = Subset::hold_back(&source, count)?;
                Arc::new(held_back)
            }
            None => source,
        };
        Ok(match self.patches {
            Some(PatchSettings { count, size }) => Arc::new(PatchSource::new(source, count, size, seed)),
            None => source,
        })
    }
}
