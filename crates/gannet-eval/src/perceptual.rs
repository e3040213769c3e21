//! The perceptual distance LPIPS (Zhang et al. 2018, arXiv:1801.03924) with its weights.

use std::path::PathBuf;

use burn::tensor::{Device, Tensor};
use gannet_choice::{Choice, alternatives, choice};
use gannet_metrics::MetricError;
use gannet_nn::extractors::lpips::Lpips;
use gannet_ops::resample::resize;

use crate::EvalError;
use crate::extractors::{Fetch, WeightsFile, published};

/// Smaller images are enlarged to this side in pixels, since the trunk downsamples five times.
const SMALLEST: usize = 64;

choice! {
    /// The network whose features LPIPS compares.
    PerceptualKind {
        /// VGG16
        Vgg = "vgg",
        /// AlexNet
        Alex = "alex",
    }
}

/// LPIPS, and the hashes of its weights.
pub struct PerceptualDistance {
    /// The network.
    network: Lpips,
    /// The first digits of the SHA-256 of both weight files.
    pub hash: String,
}

impl PerceptualDistance {
    /// The distance called `name`: `vgg` or `alex` with published weights, or `vgg:TRUNK,LIN` or `alex:TRUNK,LIN` with
    /// files.
    ///
    /// # Errors
    /// The name is unknown, or the weights cannot be read or belong to another network.
    pub fn open(name: &str, fetch: &Fetch, device: &Device) -> Result<Self, EvalError> {
        let (word, files) = name.split_once(':').map_or((name, None), |(word, files)| (word, Some(files)));
        let kind: PerceptualKind = word.parse().map_err(|_| {
            EvalError::Setting(format!("no perceptual distance '{name}': give {}", alternatives(PerceptualKind::WORDS)))
        })?;
        let [trunk, lin] = match files {
            Some(files) => two_files(name, files)?,
            None => {
                let [trunk, lin] = kind.published();
                [published(trunk, fetch)?, published(lin, fetch)?]
            }
        };
        let [trunk, lin] = [WeightsFile::open(&trunk)?, WeightsFile::open(&lin)?];
        let hash = format!("{}+{}", &trunk.hash[..12], &lin.hash[..12]);
        let path = trunk.path.clone();
        let network = Lpips::new(trunk.weights(device), lin.weights(device));
        Ok(Self { network: network.map_err(|misfit| EvalError::Misfit { path, misfit })?, hash })
    }

    /// Refuses images of `size`, height and width in pixels, that the network's pools would shrink to nothing.
    ///
    /// # Errors
    /// [`MetricError::TooSmall`].
    pub fn check_size(&self, size: (usize, usize)) -> Result<(), MetricError> {
        let needed = self.network.smallest();
        if size.0.min(size.1) < needed {
            return Err(MetricError::TooSmall { metric: "LPIPS", needed, found: size });
        }
        Ok(())
    }

    /// The distance of each image to that at the same place: `x`, `y [n, 3, h, w]` in `[0, 255]` → `[n]`, of sizes that
    /// [`Self::check_size`] accepts.
    pub fn distance(&self, x: Tensor<4>, y: Tensor<4>) -> Tensor<1> {
        self.network.distance(x, y)
    }

    /// The name in protocols.
    pub fn about(&self) -> String {
        format!("LPIPS 0.1 (sha256 {})", self.hash)
    }
}

impl PerceptualKind {
    /// The names of its published weights: trunk and linear layers.
    fn published(self) -> [&'static str; 2] {
        match self {
            Self::Vgg => ["vgg16", "lpips-vgg"],
            Self::Alex => ["alexnet", "lpips-alex"],
        }
    }
}

fn two_files(name: &str, files: &str) -> Result<[PathBuf; 2], EvalError> {
    let files = files.split_once(',').map(|(trunk, lin)| [trunk.into(), lin.into()]);
    files.ok_or_else(|| EvalError::Setting(format!("{name}: give two files, as in vgg:TRUNK,LIN")))
}

/// The line that says that images of `size`, height and width in pixels, are enlarged for LPIPS; none where they are not.
pub fn enlargement((height, width): (usize, usize)) -> Option<String> {
    let enlarged = height.min(width) < SMALLEST;
    enlarged.then(|| {
        let [tall, wide] = [height, width].map(|side| side.max(SMALLEST));
        format!("images of {height}×{width} pixels are enlarged to {tall}×{wide} for LPIPS (bilinear)")
    })
}

/// Images `[n, c, h, w]` enlarged to at least 64 pixels along each side.
pub fn enlarge_for_lpips(images: Tensor<4>) -> Tensor<4> {
    let [_, _, h, w] = images.dims();
    if h.min(w) >= SMALLEST { images } else { resize(images, [h.max(SMALLEST), w.max(SMALLEST)]) }
}
