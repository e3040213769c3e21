//! Other packages, whose numbers are computed in place of Gannet's own.
//!
//! A package is a variant of [`Like`], its metrics and its [`Conventions`]. Only what was measured to agree is here:
//! scripts/reference/packages.py measures, `tests/evaluation/like.rs` and `gannet-metrics/tests/packages.rs` compare.

use gannet_choice::{Choice, choice};
use gannet_data::Decoding;
use gannet_metrics::{Balls, Deviation, Halving, Parts, Places, Splits, SsimForm, Window};

use crate::EvalError;
use crate::conventions::{Channels, Conventions, KidForm, PsnrForm, SubsetSize};
use crate::metrics::MetricKind;
use crate::orders::Orders;
use crate::resize::ResizeKind;

choice! {
    /// A package whose numbers are computed in place of Gannet's own.
    Like {
        /// torch-fidelity 0.4.0: fid, kid, is, pr
        TorchFidelity = "torch-fidelity",
        /// clean-fid 0.1.35, mode clean: fid, kid
        CleanFid = "clean-fid",
        /// torchmetrics 1.9.0: fid, kid, is, psnr, ssim, ms-ssim
        Torchmetrics = "torchmetrics",
        /// piq 0.8.0: kid, is, psnr, ssim, ms-ssim
        Piq = "piq",
        /// pyiqa 0.1.16: fid, psnr, ssim, ms-ssim
        Pyiqa = "pyiqa",
        /// pytorch_msssim 1.0.0: ssim, ms-ssim
        PytorchMsssim = "pytorch-msssim",
        /// scikit-image 0.26.0: psnr, ssim
        ScikitImage = "scikit-image",
        /// prdc 0.2: pr, prdc
        Prdc = "prdc",
    }
}

impl Like {
    /// Its metrics that are measured; no others are.
    pub fn metrics(self) -> &'static [MetricKind] {
        use MetricKind::{Fid, InceptionScore, Kid, MsSsim, Prdc, PrecisionRecall, Psnr, Ssim};
        match self {
            Self::TorchFidelity => &[Fid, Kid, InceptionScore, PrecisionRecall],
            Self::CleanFid => &[Fid, Kid],
            Self::Torchmetrics => &[Fid, Kid, InceptionScore, Psnr, Ssim, MsSsim],
            // Its Fréchet distance takes an iterated root that does not converge: see docs/metrics.md.
            Self::Piq => &[Kid, InceptionScore, Psnr, Ssim, MsSsim],
            Self::Pyiqa => &[Fid, Psnr, Ssim, MsSsim],
            Self::PytorchMsssim => &[Ssim, MsSsim],
            Self::ScikitImage => &[Psnr, Ssim],
            Self::Prdc => &[PrecisionRecall, Prdc],
        }
    }

    /// Its name and version.
    fn package(self) -> &'static str {
        self.doc().split([',', ':']).next().unwrap_or_default()
    }

    /// Refuses metrics that the package does not have, and seeds that its generator does not take.
    ///
    /// # Errors
    /// The message names the metric or the seed, and what the package has.
    pub fn check(self, metrics: &[MetricKind], seed: u64) -> Result<(), EvalError> {
        if let Some(metric) = metrics.iter().find(|metric| !self.metrics().contains(metric)) {
            let own: Vec<&str> = self.metrics().iter().map(|metric| metric.word()).collect();
            let own = own.join(", ");
            let text = format!("--like {self} is for {own}: leave {metric} out, or measure it without --like");
            return Err(EvalError::Setting(text));
        }
        let Conventions { kid, split_order, .. } = self.conventions();
        if [kid.orders, split_order].contains(&Orders::NumPy) && u32::try_from(seed).is_err() {
            let text = format!("--seed {seed}: NumPy, by which {self} draws, takes seeds below 2³²");
            return Err(EvalError::Setting(text));
        }
        Ok(())
    }

    /// The resize of an evaluation for which a user asked for `resize`; as is usual for the extractor where it is `None`.
    ///
    /// # Errors
    /// The package resizes in another way.
    pub fn resize(self, resize: Option<ResizeKind>) -> Result<Option<ResizeKind>, EvalError> {
        match (self.conventions().resize, resize) {
            (Some(own), Some(other)) if own != other => Err(EvalError::Setting(format!(
                "--like {self} resizes by {own}, which --resize {other} contradicts: leave one of them out"
            ))),
            (own, other) => Ok(own.or(other)),
        }
    }

    /// The conventions of the package.
    pub fn conventions(self) -> Conventions {
        let gannet = Conventions { package: self.package(), ..Conventions::default() };
        match self {
            Self::TorchFidelity => torch_fidelity(gannet),
            Self::CleanFid => clean_fid(gannet),
            Self::Torchmetrics => torchmetrics(gannet),
            Self::Piq => piq(gannet),
            Self::Pyiqa => pyiqa(gannet),
            Self::PytorchMsssim => pytorch_msssim(gannet),
            Self::ScikitImage => scikit_image(gannet),
            Self::Prdc => prdc(gannet),
        }
    }
}

fn torch_fidelity(gannet: Conventions) -> Conventions {
    Conventions {
        about: "files by Pillow's convert(\"RGB\"), orders by NumPy's RandomState; its pr is on VGG16 by default",
        decoding: Decoding::Pillow,
        resize: Some(ResizeKind::Tf1),
        order_seed: Some(2020),
        kid: KidForm { size: SubsetSize::Exactly(1000), orders: Orders::NumPy, ..gannet.kid },
        split_order: Orders::NumPy,
        ..gannet
    }
}

fn clean_fid(gannet: Conventions) -> Conventions {
    Conventions {
        about: "files by Pillow's convert(\"RGB\"), subsets as after numpy.random.seed",
        decoding: Decoding::Pillow,
        resize: Some(ResizeKind::Clean),
        kid: KidForm { orders: Orders::NumPy, reference_first: true, ..gannet.kid },
        ..gannet
    }
}

fn torchmetrics(gannet: Conventions) -> Conventions {
    Conventions {
        about: "it takes arrays, so that files are read as usual; data_range 255, orders as after torch.manual_seed",
        resize: Some(ResizeKind::Antialiased),
        kid: KidForm { size: SubsetSize::Exactly(1000), orders: Orders::PyTorch, reference_first: true, ..gannet.kid },
        splits: Splits { parts: Parts::Chunks, deviation: Deviation::Sample, ..gannet.splits },
        split_order: Orders::PyTorch,
        psnr: PsnrForm { pooled: true, ..gannet.psnr },
        ssim: SsimForm { places: Places::Mirrored, halving: Halving::Drop, pooled: true, smallest: 6, ..gannet.ssim },
        ..gannet
    }
}

fn piq(gannet: Conventions) -> Conventions {
    Conventions {
        about: "it takes arrays, so that files are read as usual; orders as after torch.manual_seed",
        resize: Some(ResizeKind::Bilinear),
        kid: KidForm { subsets: 1, size: SubsetSize::AllImages, orders: Orders::PyTorch, ..gannet.kid },
        splits: Splits { parts: Parts::Floor, deviation: Deviation::Sample, ..gannet.splits },
        split_order: Orders::Files,
        psnr: PsnrForm { epsilon: 1e-8, ..gannet.psnr },
        ssim: SsimForm { averaged_down: true, halving: Halving::RepeatFirst, smallest_multiscale: 161, ..gannet.ssim },
        ..gannet
    }
}

fn pyiqa(gannet: Conventions) -> Conventions {
    Conventions {
        about: "files by Pillow's convert(\"RGB\"); ssim and ms-ssim of Y of YIQ from 0 to 255, rounded",
        decoding: Decoding::Pillow,
        resize: Some(ResizeKind::Clean),
        psnr: PsnrForm { epsilon: 1e-8, luma: Channels::FullRangeLuma { rounded: false }, ..gannet.psnr },
        ssim_channels: Channels::FullRangeLuma { rounded: true },
        ssim: SsimForm { clipped: true, halving: Halving::ZerosFirst, smallest_multiscale: 161, ..gannet.ssim },
        ..gannet
    }
}

fn pytorch_msssim(gannet: Conventions) -> Conventions {
    Conventions {
        about: "it takes arrays, so that files are read as usual; data_range 255",
        ssim: SsimForm { halving: Halving::ZerosFirst, smallest: 2, smallest_multiscale: 161, ..gannet.ssim },
        ..gannet
    }
}

fn scikit_image(gannet: Conventions) -> Conventions {
    Conventions {
        about: "it takes arrays, so that files are read as usual",
        ssim: SsimForm { window: Window::Uniform, sample_covariance: true, smallest: 7, ..gannet.ssim },
        ..gannet
    }
}

fn prdc(gannet: Conventions) -> Conventions {
    Conventions { about: "it takes features, so that files are read as usual", balls: Balls::Open, ..gannet }
}

impl Conventions {
    /// The conventions of the package, or Gannet's own.
    pub fn of(like: Option<Like>) -> Self {
        like.map_or_else(Self::default, Like::conventions)
    }
}
