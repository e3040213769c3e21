//! Why a metric is not defined for its inputs.

/// Why a metric has no value for its inputs.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// A set has too few images.
    #[error("{metric} needs at least {needed} images on each side, not {found}: give more images")]
    TooFew {
        /// The metric.
        metric: &'static str,
        /// Number of images that it needs.
        needed: usize,
        /// Number of images of the set.
        found: usize,
    },
    /// The two sides have different numbers of features.
    #[error("features of {0} and of {1} values cannot be compared: compute both with the same network")]
    Dims(usize, usize),
    /// An image has a value that is NaN or infinite.
    #[error("image {0} (counted from 0) has values that are not finite: check that image and the network")]
    NotFinite(usize),
    /// Sums over all images are NaN or infinite; which image has caused it is not known.
    #[error(
        "the features contain values that are not finite, so there is no distance: check the images and the network"
    )]
    NotFiniteSums,
    /// A subset is larger than its set.
    #[error("a subset of {size} images cannot be drawn from {count}: make subsets smaller or give more images")]
    Subset {
        /// Images of a subset.
        size: usize,
        /// Images of the set.
        count: usize,
    },
    /// There are no subsets to average over.
    #[error("{0} needs at least one subset")]
    NoSubsets(&'static str),
    /// An index is beyond the images.
    #[error("image {index} does not exist: there are {count} images, counted from 0")]
    Index {
        /// The index.
        index: usize,
        /// Number of images.
        count: usize,
    },
    /// Labels and images, or shares and classes, differ in number.
    #[error("there are {0} {1} for {2} {3}: give one for each")]
    Lengths(usize, &'static str, usize, &'static str),
    /// A label is not a class.
    #[error("image {image} has label {label}, but classes are 0 to {}", classes - 1)]
    Label {
        /// The label.
        label: usize,
        /// The image that has it.
        image: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A class has too few images for a covariance.
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
    /// Two images differ in size, in pixels.
    #[error("images of {}×{} and {}×{} pixels (height × width) cannot be compared: make them the same size", .0.0, .0.1, .1.0, .1.1)]
    Sizes((usize, usize), (usize, usize)),
    /// A palette has fewer than two colors.
    #[error("labels are distinguished by color, and the palette has {0} colors: give at least two")]
    Palette(usize),
    /// An image is too small.
    #[error("{metric} needs images of at least {needed}×{needed} pixels, not {}×{} (height × width): leave it out, or enlarge both images alike", .found.0, .found.1)]
    TooSmall {
        /// The metric.
        metric: &'static str,
        /// Smallest side in pixels.
        needed: usize,
        /// Height and width of the image.
        found: (usize, usize),
    },
    /// A count of zero, such as that of neighbors or splits.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
}
