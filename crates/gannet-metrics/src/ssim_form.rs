//! What the papers on SSIM leave open, and programs decide differently.

/// How structural similarity is computed. [`SsimForm::default`] is that of the authors' programs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SsimForm {
    /// The weights of the pixels in a window.
    pub window: Window,
    /// Where windows lie. A side that is shorter than a window is not filtered.
    pub places: Places,
    /// Whether variances and covariances have the divisor n − 1, of n pixels in a window, instead of n.
    pub sample_covariance: bool,
    /// Whether a negative second factor counts as 0 at each position, instead of in the mean at each scale of MS-SSIM alone.
    pub clipped: bool,
    /// Whether SSIM is of images that are averaged down first, by their shorter side divided by 256, rounded.
    pub averaged_down: bool,
    /// How MS-SSIM halves the resolution.
    pub halving: Halving,
    /// Whether MS-SSIM multiplies means over all channels, instead of being a mean over products.
    pub pooled: bool,
    /// The shortest side for SSIM, in pixels.
    pub smallest: usize,
    /// The shortest side for MS-SSIM, in pixels.
    pub smallest_multiscale: usize,
}

/// The weights of the pixels in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// 11 × 11 pixels, a Gaussian of σ = 1.5 pixels.
    Gaussian,
    /// 7 × 7 pixels, all alike.
    Uniform,
}

/// Where windows lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// Where they are inside the image.
    Inside,
    /// Around each pixel, the image continued by reflection about its outermost pixels. The second factor of MS-SSIM is taken inside.
    Mirrored,
}

/// How an image is averaged over 2 × 2 pixels where a side is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halving {
    /// The last pixels are repeated.
    RepeatLast,
    /// Zeros come before the first pixels.
    ZerosFirst,
    /// The first pixels of both sides are repeated where either side is odd; a last pixel without a partner is left out.
    RepeatFirst,
    /// The last pixels are left out.
    Drop,
}

impl Default for SsimForm {
    fn default() -> Self {
        Self {
            window: Window::Gaussian,
            places: Places::Inside,
            sample_covariance: false,
            clipped: false,
            averaged_down: false,
            halving: Halving::RepeatLast,
            pooled: false,
            smallest: 11,
            smallest_multiscale: 11 << 4,
        }
    }
}
