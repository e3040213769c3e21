//! Distances of images from their targets, pixel by pixel or by the structure around each: what restoration networks
//! minimize.
//!
//! A distance is one file here with its paper and equation, and one line of the choice below.

mod charbonnier;
mod ms_ssim;

use burn::tensor::Tensor;
use gannet_choice::choice;

pub use charbonnier::charbonnier;
pub use ms_ssim::{SMALLEST_SIDE, ms_ssim, scales};

/// The share of MS-SSIM where it is mixed with the absolute distance (Zhao et al. 2017, equation 15).
const STRUCTURE: f64 = 0.84;

choice! {
    /// What is minimized between an output and its target.
    #[default = L1]
    PixelLossKind {
        /// The mean absolute distance.
        L1 = "l1",
        /// The mean squared distance, whose least value has the highest PSNR: SRResNet's (Ledig et al. 2017,
        /// arXiv:1609.04802), and the last steps of many networks that were trained with L1.
        L2 = "l2",
        /// A distance that is quadratic near 0 (Charbonnier et al. 1994, ICIP; Lai et al. 2017, arXiv:1704.03915).
        Charbonnier = "charbonnier",
        /// 1 − MS-SSIM (Wang et al. 2003, Asilomar; Zhao et al. 2017, arXiv:1511.08861). It leaves brightness and color
        /// free within limits.
        MsSsim = "ms-ssim",
        /// 0.84 of that and 0.16 of the mean absolute distance, which holds brightness and color (Zhao et al. 2017, equation 15,
        /// with a plain mean in place of one under a Gaussian).
        MsSsimL1 = "ms-ssim-l1",
    }
}

impl PixelLossKind {
    /// The distance `[1]` of an output from its target, images `[n, c, h, w]` in `[-1, 1]`.
    ///
    /// L1, L2 and Charbonnier are on this scale; MS-SSIM and its mixture are on the scale of images in `[0, 1]`, from 0 to 1.
    pub fn loss(self, output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
        match self {
            Self::L1 => l1(output, target),
            Self::L2 => (output - target).square().mean(),
            Self::Charbonnier => charbonnier(output, target),
            Self::MsSsim => structure(output, target),
            Self::MsSsimL1 => {
                structure(output.clone(), target.clone()) * STRUCTURE + l1(output, target) * ((1.0 - STRUCTURE) / 2.0)
            }
        }
    }

    /// The smallest side of images that it can compare, in pixels.
    pub fn smallest_side(self) -> usize {
        match self {
            Self::L1 | Self::L2 | Self::Charbonnier => 1,
            Self::MsSsim | Self::MsSsimL1 => SMALLEST_SIDE,
        }
    }
}

fn l1(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    (output - target).abs().mean()
}

/// 1 − MS-SSIM at as many scales as the images have.
fn structure(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let [_, _, h, w] = output.dims();
    let [output, target] = [output, target].map(|images| images * 0.5 + 0.5);
    -ms_ssim(output, target, scales(h.min(w))) + 1.0
}
