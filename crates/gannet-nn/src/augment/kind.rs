//! The augmentations that a user can choose.

use gannet_choice::{Choice, choice};

choice! {
    /// The augmentation of the images that the discriminator sees.
    #[default = None]
    AugmentKind {
        /// None.
        None = "none",
        /// All transformations, for each image: DiffAugment (Zhao et al. 2020, arXiv:2006.10738).
        Diff = "diff",
        /// Each transformation with an adaptive probability: ADA (Karras et al. 2020, arXiv:2006.06676).
        Ada = "ada",
    }
}

/// The transformations of a policy such as `color,cutout`; `usual` where it is empty.
///
/// # Errors
/// A word is not one of a transformation.
pub(super) fn parse_policy<P: Choice>(policy: &str, usual: &[P]) -> Result<Vec<P>, String> {
    let words: Vec<&str> = policy.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Ok(usual.to_vec());
    }
    words.into_iter().map(|word| P::parse(word).map_err(|error| format!("augment.policy: {error}"))).collect()
}
