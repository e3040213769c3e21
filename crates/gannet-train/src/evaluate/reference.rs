//! What generated images are compared with.

use std::cell::OnceCell;

use super::cache::Place;
use super::needs::Request;
use super::pass::{Looked, Wants, look};
use super::pictures::Pictures;
use super::{EvaluateError, Progress};

/// Images, and what was found in them at the first look.
pub struct Reference<'a> {
    /// The images.
    pub pictures: Pictures<'a>,
    looked: OnceCell<(Looked, Vec<String>)>,
}

impl<'a> Reference<'a> {
    /// Images that nobody has looked at yet.
    pub fn new(pictures: Pictures<'a>) -> Self {
        Self { pictures, looked: OnceCell::new() }
    }

    /// What is in them, and what there is to be said of the cache; a later request must be the same but for its images.
    pub(super) fn looked(
        &self,
        request: &Request,
        wants: Wants,
        progress: &Progress,
    ) -> Result<&(Looked, Vec<String>), EvaluateError> {
        if let Some(looked) = self.looked.get() {
            return Ok(looked);
        }
        let found = self.look(request, wants, progress)?;
        Ok(self.looked.get_or_init(|| found))
    }

    /// From features that were kept where there are such.
    fn look(
        &self,
        request: &Request,
        wants: Wants,
        progress: &Progress,
    ) -> Result<(Looked, Vec<String>), EvaluateError> {
        let (pictures, count, mut warnings) = (&self.pictures, request.reference_count, Vec::new());
        let judge = request.needed_judge();
        let place = match judge {
            Some(judge) => Place::of(pictures, count, judge)?,
            None => None,
        };
        let Some(place) = place else {
            return Ok((look(pictures, count, judge, wants, None, progress)?, warnings));
        };
        let (kept, damaged) = place.read();
        warnings.extend(damaged);
        let found = kept.is_some();
        let all = Wants { features: true, logits: true, ..wants };
        let looked = look(pictures, count, judge, all, kept, progress)?;
        if !found {
            warnings.extend(place.write(looked.moments.dims(), looked.features.values(), &looked.logits).err());
        }
        Ok((looked, warnings))
    }
}
