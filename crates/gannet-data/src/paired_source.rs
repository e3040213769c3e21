//! Two data sets as one of pairs, for the training of image-to-image networks.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use gannet_ops::random::Stream;

use crate::fingerprint::{self, fnv_numbers};
use crate::{DataError, ImageSpec, Inspected, Source, Subset, inspect_image};

/// Pairs of images from two data sets, side by side: `2 · size` pixels wide and `size` high.
pub struct PairedSource {
    sets: [Arc<dyn Source>; 2],
    /// the indices of both images of each pair
    pairs: Vec<[usize; 2]>,
    spec: ImageSpec,
    notes: Vec<String>,
}

impl PairedSource {
    /// Pairs the images that have the same name in both sets: paths are compared without their extension, images of
    /// built-in sets by their number. Images without a partner are left out.
    ///
    /// # Errors
    /// No name is in both sets, or two images of the second set have the same name.
    pub fn by_name(sets: [Arc<dyn Source>; 2], spec: ImageSpec) -> Result<Self, DataError> {
        let names = [0, 1].map(|set: usize| (0..sets[set].len()).map(|at| key(&sets[set].name(at))).collect());
        Self::matched(sets, names, spec)
    }

    /// Pairs the images of the two classes of a set that have the same name inside their class, as in the folders
    /// `trainA` and `trainB`. Images without a partner are left out.
    ///
    /// # Errors
    /// There are not two classes, no name is in both, or two images of the second class have the same name.
    pub fn of_classes(source: &Arc<dyn Source>, spec: ImageSpec) -> Result<Self, DataError> {
        if source.classes().len() != 2 {
            let text = format!("two classes are needed to make pairs, and there are {}", source.classes().len());
            return Err(DataError::Setting(text));
        }
        let sets = Subset::classes(source);
        let [a, b] = sets.map(|set| Arc::new(set) as Arc<dyn Source>);
        let name =
            |set: &Arc<dyn Source>, at| Path::new(&set.name_in_class(at)).with_extension("").display().to_string();
        let names = [&a, &b].map(|set| (0..set.len()).map(|at| name(set, at)).collect());
        Self::matched([a, b], names, spec)
    }

    fn matched(sets: [Arc<dyn Source>; 2], names: [Vec<String>; 2], spec: ImageSpec) -> Result<Self, DataError> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let [of_first, of_second] = names;
        for (at, name) in of_second.into_iter().enumerate() {
            if let Some(other) = places.insert(name, at) {
                let [a, b] = [other, at].map(|at| sets[1].name(at));
                return Err(DataError::Setting(format!(
                    "{a} and {b} differ only in their extension, so either could be the partner: rename one of them"
                )));
            }
        }
        let partner = |(at, name): (usize, &String)| Some([at, *places.get(name)?]);
        let pairs: Vec<[usize; 2]> = of_first.iter().enumerate().filter_map(partner).collect();
        if pairs.is_empty() {
            let first = |set: &Arc<dyn Source>| if set.is_empty() { "none".to_owned() } else { set.name(0) };
            let [a, b] = [&sets[0], &sets[1]].map(first);
            return Err(DataError::Setting(format!(
                "no image has a partner, an image of the same name in the other set: rename them to match; the first \
                 images are {a} and {b}"
            )));
        }
        let seconds: HashSet<usize> = pairs.iter().map(|[_, second]| *second).collect();
        let alone = sets[0].len() - pairs.len() + sets[1].len() - seconds.len();
        let note =
            || format!("{} pairs; {alone} images have no partner of the same name and are left out", pairs.len());
        let notes = if alone > 0 { vec![note()] } else { Vec::new() };
        Ok(Self { sets, pairs, spec, notes })
    }

    /// Unpaired training: joins each image of the larger set with an unrelated one of the other, drawn by `seed`.
    pub fn unpaired(sets: [Arc<dyn Source>; 2], spec: ImageSpec, seed: u64) -> Self {
        let [a, b] = [sets[0].len(), sets[1].len()];
        // The stream's name is part of every run's random numbers.
        let order = Stream::new(seed, "beside", 0).permutation(b);
        let pairs = (0..a.max(b)).map(|at| [at % a, order[at % b]]).collect();
        Self { sets, pairs, spec, notes: Vec::new() }
    }
}

/// The part of a name that both images of a pair have in common: a path without its extension, or the number in a name
/// of a built-in set such as `shapes-striped train[17]`.
fn key(name: &str) -> String {
    match name.split_once(" train[").or_else(|| name.split_once(" test[")) {
        Some((set, number)) if crate::is_built_in(set) => number.to_owned(),
        _ => Path::new(name).with_extension("").display().to_string(),
    }
}

impl Source for PairedSource {
    fn len(&self) -> usize {
        self.pairs.len()
    }

    fn name(&self, index: usize) -> String {
        let [a, b] = self.pairs[index];
        format!("{} | {}", self.sets[0].name(a), self.sets[1].name(b))
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn label(&self, _: usize) -> Option<usize> {
        None
    }

    fn warnings(&self) -> Vec<String> {
        let [first, second] = [0, 1].map(|set: usize| self.sets[set].warnings());
        // Two classes of one set have the warnings of that set.
        let more = second.into_iter().filter(|text| !first.contains(text)).collect::<Vec<_>>();
        [first, more, self.notes.clone()].concat()
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let [a, b] = self.pairs[index];
        let spec = ImageSpec { paired: false, ..self.spec };
        let [left, right] = [inspect_image(self.sets[0].as_ref(), a)?, inspect_image(self.sets[1].as_ref(), b)?];
        let image = spec.square(&left.image).side_by_side(&spec.square(&right.image)).into_image();
        let failed = || DataError::Setting(format!("{}: the two images cannot be put side by side", self.name(index)));
        let notes = [left.notes, right.notes].concat();
        Ok(Inspected::plain(image.ok_or_else(failed)?).noted(notes))
    }

    fn fingerprint(&self) -> u64 {
        let sets = self.sets.iter().map(|set| set.fingerprint());
        let indices = self.pairs.iter().flatten().map(|at| *at as u64);
        fnv_numbers(fingerprint::EMPTY, sets.chain(indices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fit, Split};

    const SPEC: ImageSpec = ImageSpec { size: 16, channels: 3, fit: Fit::Crop, flip: false, shift: 0, paired: true };

    fn sets() -> [Arc<dyn Source>; 2] {
        ["shapes", "shapes-striped"].map(|name| crate::open(name, Split::Train, 0, 16).unwrap())
    }

    #[test]
    fn a_pair_splits_into_its_two_images() {
        let sets = sets();
        let pairs = PairedSource::by_name(sets.clone(), SPEC).unwrap();
        assert_eq!(pairs.len(), sets[0].len());
        let planes = SPEC.apply(&pairs.read(5).unwrap(), false);
        let single = ImageSpec { paired: false, ..SPEC };
        let both = sets.map(|set| single.apply(&set.read(5).unwrap(), false)).concat();
        assert_eq!(planes, both);
    }

    #[test]
    fn unpaired_images_are_all_used() {
        let sets = sets();
        let few: Arc<dyn Source> = Arc::new(crate::Subset::new(sets[1].clone(), (0..7).collect()));
        let pairs = PairedSource::unpaired([sets[0].clone(), few], SPEC, 0);
        assert_eq!(pairs.len(), sets[0].len());
        let seen: std::collections::BTreeSet<usize> = pairs.pairs.iter().map(|[_, b]| *b).collect();
        assert_eq!(seen.len(), 7);
    }
}
