//! From a name to a feature extractor.

use burn::tensor::Device;
use gannet_choice::Choice;

use super::ExtractorKind;
use super::feature_extractor::FeatureExtractor;
use super::source::ExtractorName;
use super::weights_file::Fetch;
use crate::EvalError;
use crate::resize::ResizeKind;

impl FeatureExtractor {
    /// The extractor called `name` (see [`ExtractorKind`]) on `device`; `None` for `pixels`. Images are resized by
    /// `resize`, or as is usual for the extractor.
    ///
    /// # Errors
    /// There is none of that name, its weights cannot be read, or they belong to another network.
    pub fn open(
        name: &str,
        resize: Option<ResizeKind>,
        fetch: &Fetch,
        device: &Device,
    ) -> Result<Option<Self>, EvalError> {
        let parsed = ExtractorName::parse(name);
        let kind = ExtractorKind::ALL.iter().find(|kind| kind.source().fits(&parsed, kind.word()));
        let Some(kind) = kind else {
            let known: Vec<String> = ExtractorKind::ALL.iter().map(|kind| kind.usage()).collect();
            return Err(EvalError::Features { name: name.to_owned(), known: known.join(", ") });
        };
        let extractor = kind.source().open(&parsed, fetch, device)?;
        match (extractor, resize) {
            (Some(extractor), Some(resize)) => Ok(Some(extractor.with_resize(resize)?)),
            (extractor, _) => Ok(extractor),
        }
    }
}
