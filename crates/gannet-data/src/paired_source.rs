//! Two sets as one whose images lie side by side, for networks that go from one kind of image to another.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use gannet_ops::random::Stream;

use crate::source::{Inspected, read_image};
use crate::sources::{FNV_START, fnv};
use crate::{DataError, ImageSpec, Source};

/// Images of one set, each beside one of another: `2 · size` pixels wide and `size` high.
pub struct PairedSource {
    sets: [Arc<dyn Source>; 2],
    /// The numbers of both images of each.
    pairs: Vec<[usize; 2]>,
    spec: ImageSpec,
}

impl PairedSource {
    /// Pairs of one path below both sets, whatever its ending: in two built-in sets of one number. Images without a partner are left
    /// out.
    ///
    /// # Errors
    /// No name is in both sets, or one is twice in the second.
    pub fn by_name(sets: [Arc<dyn Source>; 2], spec: ImageSpec) -> Result<Self, DataError> {
        let key = |set: usize, at: usize| key(&sets[set].name(at));
        let mut places: HashMap<String, usize> = HashMap::new();
        for at in 0..sets[1].len() {
            if let Some(other) = places.insert(key(1, at), at) {
                let [a, b] = [other, at].map(|at| sets[1].name(at));
                return Err(DataError::Setting(format!(
                    "{a} and {b} have one name but for its ending: rename one of them"
                )));
            }
        }
        let partner = |at: usize| Some([at, *places.get(&key(0, at))?]);
        let pairs: Vec<[usize; 2]> = (0..sets[0].len()).filter_map(partner).collect();
        if pairs.is_empty() {
            let [a, b] = [&sets[0], &sets[1]].map(|set| set.name(0));
            let text =
                format!("no image of one set has a partner of its name in the other: the first ones are {a} and {b}");
            return Err(DataError::Setting(text));
        }
        Ok(Self { sets, pairs, spec })
    }

    /// Each image of the larger set beside one of the other that has nothing to do with it.
    pub fn unpaired(sets: [Arc<dyn Source>; 2], spec: ImageSpec, seed: u64) -> Self {
        let [a, b] = [sets[0].len(), sets[1].len()];
        let order = Stream::new(seed, "beside", 0).permutation(b);
        let pairs = (0..a.max(b)).map(|at| [at % a, order[at % b]]).collect();
        Self { sets, pairs, spec }
    }
}

/// What both images of a pair have in common: a path without its ending, or a built-in set's number, as in
/// `shapes-striped train[17]`.
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

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let [a, b] = self.pairs[index];
        let spec = ImageSpec { paired: false, ..self.spec };
        let square = |set: usize, at| Ok::<_, DataError>(spec.square(&read_image(self.sets[set].as_ref(), at)?));
        let image = square(0, a)?.side_by_side(&square(1, b)?).into_image();
        let failed = || DataError::Setting(format!("{}: the two cannot be put side by side", self.name(index)));
        Ok(Inspected::plain(image.ok_or_else(failed)?))
    }

    fn fingerprint(&self) -> u64 {
        let both = self.sets.iter().fold(FNV_START, |hash, set| fnv(hash, &set.fingerprint().to_le_bytes()));
        self.pairs.iter().flatten().fold(both, |hash, at| fnv(hash, &(*at as u64).to_le_bytes()))
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
    fn a_pair_is_cut_apart_into_its_two_images() {
        let sets = sets();
        let pairs = PairedSource::by_name(sets.clone(), SPEC).unwrap();
        assert_eq!(pairs.len(), sets[0].len());
        let planes = SPEC.apply(&pairs.read(5).unwrap(), false);
        let single = ImageSpec { paired: false, ..SPEC };
        let both = sets.map(|set| single.apply(&set.read(5).unwrap(), false)).concat();
        assert_eq!(planes, both);
    }

    #[test]
    fn unpaired_images_are_all_there() {
        let sets = sets();
        let few: Arc<dyn Source> = Arc::new(crate::Subset::new(sets[1].clone(), (0..7).collect()));
        let pairs = PairedSource::unpaired([sets[0].clone(), few], SPEC, 0);
        assert_eq!(pairs.len(), sets[0].len());
        let seen: std::collections::BTreeSet<usize> = pairs.pairs.iter().map(|[_, b]| *b).collect();
        assert_eq!(seen.len(), 7);
    }
}
