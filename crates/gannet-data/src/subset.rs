//! Some images of a data set as a data set of their own: held-out parts, classes, reordered sets.

use std::sync::Arc;

use gannet_ops::random::Stream;

use crate::fingerprint::{self, fnv_numbers};
use crate::{DataError, Inspected, Source};

/// Some images of a data set, in any order.
pub struct Subset {
    source: Arc<dyn Source>,
    indices: Vec<usize>,
    fingerprint: u64,
}

impl Subset {
    /// The images of these indices.
    pub fn new(source: Arc<dyn Source>, indices: Vec<usize>) -> Self {
        let set = std::iter::once(source.fingerprint());
        let fingerprint = fnv_numbers(fingerprint::EMPTY, set.chain(indices.iter().map(|index| *index as u64)));
        Self { source, indices, fingerprint }
    }

    /// The images of each of the first two classes of a set.
    pub fn classes(source: &Arc<dyn Source>) -> [Self; 2] {
        [0, 1].map(|class| {
            let indices = (0..source.len()).filter(|at| source.label(*at) == Some(class)).collect();
            Self::new(Arc::clone(source), indices)
        })
    }

    /// Splits a set into a training part and a held-out part of `count` images, in this order.
    ///
    /// Which images are held out depends on the set's size and `count` alone, so that a network trained on the first
    /// part can later be evaluated on the second.
    ///
    /// # Errors
    /// The set has no more than `count` images.
    pub fn hold_back(source: &Arc<dyn Source>, count: usize) -> Result<[Self; 2], DataError> {
        let all = source.len();
        if count >= all {
            let text = format!("{count} images cannot be held back, the set has only {all}: hold back fewer");
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

    /// Reorders a set that is sorted by class so that its first `count` images are evenly spread over it and so over
    /// its classes; all others follow.
    ///
    /// `None` if that is not needed: the set is not sorted by class, or its first `count` images reach to the last
    /// class.
    pub fn spread_classes(source: &Arc<dyn Source>, count: usize) -> Option<Self> {
        let all = source.len();
        let label = |index| source.label(index);
        // The check for sorted labels is last because it reads all of them.
        if count == 0 || count >= all || label(count - 1) == label(all - 1) || !(0..all).map(label).is_sorted() {
            return None;
        }
        let mut early = vec![false; all];
        let mut indices: Vec<usize> = (0..count).map(|at| at * all / count).collect();
        indices.iter().for_each(|index| early[*index] = true);
        indices.extend((0..all).filter(|index| !early[*index]));
        Some(Self::new(source.clone(), indices))
    }
}

impl Source for Subset {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn name(&self, index: usize) -> String {
        self.source.name(self.indices[index])
    }

    fn name_in_class(&self, index: usize) -> String {
        self.source.name_in_class(self.indices[index])
    }

    fn classes(&self) -> &[String] {
        self.source.classes()
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.source.label(self.indices[index])
    }

    fn warnings(&self) -> Vec<String> {
        self.source.warnings()
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
    fn both_parts_together_are_the_set_and_always_the_same() {
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

    /// A set that has labels and class names, but no images.
    struct Sorted(Vec<usize>, Vec<String>);

    impl Source for Sorted {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn name(&self, index: usize) -> String {
            index.to_string()
        }

        fn classes(&self) -> &[String] {
            &self.1
        }

        fn label(&self, index: usize) -> Option<usize> {
            Some(self.0[index])
        }

        fn inspect(&self, _: usize) -> Result<Inspected, DataError> {
            Err(DataError::Setting("there is nothing".into()))
        }

        fn in_memory(&self) -> bool {
            true
        }

        fn fingerprint(&self) -> u64 {
            0
        }
    }

    #[test]
    fn a_set_sorted_by_class_is_reordered() {
        let labels: Vec<usize> = (0..10).flat_map(|class| [class; 50]).collect();
        let names = (0..10).map(|class: usize| class.to_string()).collect();
        let source: Arc<dyn Source> = Arc::new(Sorted(labels, names));
        let spread = Subset::spread_classes(&source, 100).unwrap();
        let mut each = [0; 10];
        (0..100).for_each(|index| each[spread.label(index).unwrap()] += 1);
        assert_eq!(each, [10; 10]);
        let mut all = spread.indices.clone();
        all.sort_unstable();
        assert_eq!(all, (0..500).collect::<Vec<_>>());
        assert!(Subset::spread_classes(&source, 460).is_none(), "the first are of all classes");
        assert!(Subset::spread_classes(&source, 500).is_none() && Subset::spread_classes(&source, 0).is_none());
        let mixed = crate::open("shapes", Split::Train, 0, 16).unwrap();
        assert!(Subset::spread_classes(&mixed, 2).is_none());
    }
}
