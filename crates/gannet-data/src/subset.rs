//! Some images of a set as a set of their own.

use std::sync::Arc;

use gannet_ops::random::Stream;

use crate::source::Inspected;
use crate::{DataError, Source};

/// Some images of a set, in an order of their own.
pub struct Subset {
    source: Arc<dyn Source>,
    indices: Vec<usize>,
    fingerprint: u64,
}

impl Subset {
    /// The images of these numbers.
    pub fn new(source: Arc<dyn Source>, indices: Vec<usize>) -> Self {
        let start = crate::sources::fnv(crate::sources::FNV_START, &source.fingerprint().to_le_bytes());
        let fold = |hash, index: &usize| crate::sources::fnv(hash, &(*index as u64).to_le_bytes());
        let fingerprint = indices.iter().fold(start, fold);
        Self { source, indices, fingerprint }
    }

    /// A set in two: without `count` images, and those alone. Which ones depends on the set's size and `count` alone, so
    /// that whatever is trained on the first part can later be measured on the second.
    ///
    /// # Errors
    /// The set has no more images than that.
    pub fn hold_back(source: &Arc<dyn Source>, count: usize) -> Result<[Self; 2], DataError> {
        let all = source.len();
        if count >= all {
            let text = format!("{count} images cannot be held back of {all}: hold back fewer");
            return Err(DataError::Setting(text));
        }
        let order = Stream::new(0, "hold back", count as u64).permutation(all);
        let part = |indices: &[usize]| {
            let mut indices = indices.to_vec();
            indices.sort_unstable();
            Self::new(source.clone(), indices)
        };
        Ok([part(&order[count..]), part(&order[..count])])
    }
}

impl Source for Subset {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn name(&self, index: usize) -> String {
        self.source.name(self.indices[index])
    }

    fn classes(&self) -> &[String] {
        self.source.classes()
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.source.label(self.indices[index])
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        self.source.inspect(self.indices[index])
    }

    fn in_memory(&self) -> bool {
        self.source.in_memory()
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;

    #[test]
    fn what_is_held_back_is_the_rest_and_always_the_same() {
        let source = crate::open("shapes", Split::Train, 0, 16).unwrap();
        let [kept, held] = Subset::hold_back(&source, 100).unwrap();
        let mut all: Vec<usize> = kept.indices.iter().chain(&held.indices).copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..source.len()).collect::<Vec<_>>());
        let again = Subset::hold_back(&source, 100).unwrap();
        assert_eq!((held.len(), &held.indices), (100, &again[1].indices));
        assert!(kept.fingerprint() != held.fingerprint() && held.fingerprint() == again[1].fingerprint());
        assert!(Subset::hold_back(&source, source.len()).is_err());
    }
}
