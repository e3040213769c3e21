//! Why there is no number.

/// What stands between a metric and its value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// A set is too small.
    #[error("{metric} needs at least {needed} images on each side, not {found}: give more images")]
    TooFew {
        /// What was asked for.
        metric: &'static str,
        /// Images that it needs.
        needed: usize,
        /// Images that there are.
        found: usize,
    },
    /// The two sides have features of different kinds.
    #[error("features of {0} and of {1} values cannot be compared: take both from the same network")]
    Dims(usize, usize),
    /// A value is not a number or infinite.
    #[error("image {0} (the first is 0) gives values that are not finite: look at that image and at the network")]
    NotFinite(usize),
    /// The same where single images are no longer known.
    #[error(
        "the features hold values that are not finite, so there is no distance: look at the images and the network"
    )]
    NotFiniteSums,
    /// A subset that cannot be drawn.
    #[error("a subset of {size} images cannot be drawn from {count}: make subsets smaller or give more images")]
    Subset {
        /// Images of a subset.
        size: usize,
        /// Images of the set.
        count: usize,
    },
    /// Nothing to take a mean of.
    #[error("{0} needs at least one subset")]
    NoSubsets(&'static str),
    /// An index of an image that is not there.
    #[error("image {index} was asked for, but there are only {count}, and the first is 0")]
    Index {
        /// The index.
        index: usize,
        /// Images that there are.
        count: usize,
    },
    /// Labels and images, or shares and classes, that are not equally many.
    #[error("{0} {1} for {2} {3}: there must be one for each")]
    Lengths(usize, &'static str, usize, &'static str),
    /// A label that is no class.
    #[error("image {image} has label {label}, but classes are 0 to {}", classes - 1)]
    Label {
        /// The label.
        label: usize,
        /// The image that has it.
        image: usize,
        /// Classes that there are.
        classes: usize,
    },
    /// A class with too few images.
    #[error(
        "class {class} has {found} images in the {side} set, and a covariance needs 2: give more or leave this class out"
    )]
    Class {
        /// The class.
        class: usize,
        /// `first` or `second`.
        side: &'static str,
        /// Images of this class on that side.
        found: usize,
    },
    /// Two images of different sizes, in pixels.
    #[error("images of {}×{} and {}×{} pixels (height × width) cannot be compared: make them equally large", .0.0, .0.1, .1.0, .1.1)]
    Sizes((usize, usize), (usize, usize)),
    /// Too few colours to tell labels apart.
    #[error("labels are told apart by their colours, and the palette has {0}: give at least two")]
    Palette(usize),
    /// An image that is too small.
    #[error("{metric} needs images of at least {needed}×{needed} pixels, not {}×{} (height × width)", .found.0, .found.1)]
    TooSmall {
        /// What was asked for.
        metric: &'static str,
        /// Side in pixels that it needs.
        needed: usize,
        /// Height and width that there are.
        found: (usize, usize),
    },
    /// A number of neighbours or splits that has no meaning.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
}
