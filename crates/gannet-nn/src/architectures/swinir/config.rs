//! The configuration of SwinIR.

/// Swin blocks of a group that a recipe trains.
const DEPTH: usize = 6;
/// Most heads of a network that a recipe trains.
const MOST_HEADS: usize = 6;

/// The configuration of the network.
#[derive(Debug, Clone)]
pub struct SwinirConfig {
    /// Channels of the images.
    pub(super) channels: usize,
    /// Channels of the tokens.
    pub(super) width: usize,
    pub(super) groups: Vec<GroupSize>,
    /// Side of a window, in pixels of the maps.
    pub(super) window: usize,
    /// Units of the hidden layer of a block.
    pub(super) hidden: usize,
    /// Whether three convolutions are at the end of a group, in place of one.
    pub(super) narrow: bool,
    /// Channels between the body and the image, where upsampling has convolutions of its own.
    pub(super) features: usize,
    pub(super) upsampling: Upsampling,
    /// Factor of pixel unshuffle before the first convolution.
    pub(super) unshuffle: usize,
    /// Factor of images in `[0, 1]` whose mean was subtracted.
    pub(super) range: f64,
}

/// The size of a group of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupSize {
    pub(super) depth: usize,
    pub(super) heads: usize,
}

/// How the map becomes the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Upsampling {
    /// Convolutions and pixel shuffles by these factors (classical super-resolution).
    Shuffles(Vec<usize>),
    /// One convolution and a pixel shuffle by this factor (lightweight super-resolution).
    Direct(usize),
    /// So often nearest neighbors by 2 and a convolution (real-world super-resolution).
    Nearest(usize),
    /// None: the result is added to the image (denoising, artifacts of JPEG).
    Residual,
}

impl SwinirConfig {
    /// A lightweight network of so many groups of 6 blocks; the published one for RGB images has 4 groups and width 60.
    pub(super) fn sized(scale: usize, channels: usize, groups: usize, width: usize) -> Self {
        let heads = (1..=MOST_HEADS).rev().find(|heads| width.is_multiple_of(*heads)).unwrap_or(1);
        Self {
            channels,
            width,
            groups: vec![GroupSize { depth: DEPTH, heads }; groups],
            window: 8,
            hidden: 2 * width,
            narrow: false,
            features: width,
            upsampling: Upsampling::Direct(scale),
            unshuffle: 1,
            range: 1.0,
        }
    }

    /// Height of the result as a multiple of the map's.
    pub(super) fn map_scale(&self) -> usize {
        match &self.upsampling {
            Upsampling::Shuffles(factors) => factors.iter().product(),
            Upsampling::Direct(factor) => *factor,
            Upsampling::Nearest(times) => 1 << times,
            Upsampling::Residual => 1,
        }
    }
}
