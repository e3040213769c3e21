//! What is asked for, and what each metric needs for it, before anything is computed.

use burn::tensor::Device;
use gannet_nn::extractors::lpips::Lpips;

use super::EvaluateError;
use super::judge::Judge;
use super::metrics::{Metric, Sides};
use super::pass::Wants;
use super::perceptual::Path;
use super::pictures::Pictures;

/// What is asked for.
pub struct Request<'a> {
    /// Each once.
    pub metrics: &'a [Metric],
    /// How many images; fewer where there are fewer, unless that many were `asked` for.
    pub count: usize,
    /// The same of the reference.
    pub reference_count: usize,
    /// Whether the counts were asked for: of the images, of the reference.
    pub asked: [bool; 2],
    /// Of what is drawn: subsets, orders, latents of paths.
    pub seed: u64,
    /// Where features come from.
    pub judge: Option<&'a Judge>,
    /// The perceptual distance, and the hashes of its weights.
    pub perceptual: Option<&'a (Lpips, String)>,
    /// A generator, for metrics that walk through its latents.
    pub path: Option<&'a Path<'a>>,
    /// Where perceptual distances are computed.
    pub device: &'a Device,
}

impl Request<'_> {
    /// The judge, if a metric needs its features.
    pub(super) fn needed_judge(&self) -> Option<&Judge> {
        self.judge.filter(|_| self.metrics.iter().any(|metric| !metric.of_pixels()))
    }
}

/// Refuses what cannot be measured before anything is computed.
pub fn possible(
    metric: Metric,
    images: &Pictures,
    reference: Option<&Pictures>,
    request: &Request,
) -> Result<(), EvaluateError> {
    let word = metric.word();
    let refuse = |why: String| Err(EvaluateError::Setting(why));
    let judge = request.judge;
    let classes = judge.map_or(0, Judge::classes);
    match metric {
        _ if metric.sides() == Sides::Two && reference.is_none() => {
            refuse(format!("{word} compares with other images: give them with --data"))
        }
        _ if metric.sides() == Sides::Pairs => refuse(format!(
            "{word} compares each image with its partner, and these are sets: ask for it with others of its kind"
        )),
        Metric::PathLength if request.path.is_none() => {
            refuse(format!("{word} walks through a generator's latents: give a run"))
        }
        _ if metric.is_perceptual() && request.perceptual.is_none() => {
            refuse(format!("{word} needs --perceptual vgg or alex"))
        }
        _ if !metric.of_pixels() && judge.is_none() => refuse(format!("{word} needs --features")),
        Metric::Fid if judge.is_some_and(|judge| !judge.is_inception) => refuse(
            "fid is the Fréchet distance on Inception's features: with other features ask for fd, or \
             give --features inception"
                .to_owned(),
        ),
        Metric::InceptionScore | Metric::Classes | Metric::Modes if classes == 0 => refuse(format!(
            "{word} needs a classifier, and these features name no classes: give others with --features"
        )),
        Metric::IntraFd if images.classes().is_empty() || reference.is_some_and(|set| set.classes().is_empty()) => {
            refuse(format!("{word} goes class by class, and a set has no labels: use class folders"))
        }
        Metric::IntraFd if reference.is_some_and(|set| set.classes() != images.classes()) => {
            refuse(format!("{word} goes class by class, and the two sets have other classes: name their folders alike"))
        }
        _ => Ok(()),
    }
}

/// What a pass over images must bring for these metrics.
pub fn wants(metrics: &[Metric]) -> Wants {
    use Metric as M;
    let any = |these: &[M]| metrics.iter().any(|metric| these.contains(metric));
    Wants {
        features: any(&[M::Kid, M::PrecisionRecall, M::Prdc, M::IntraFd, M::Neighbours]),
        logits: any(&[M::InceptionScore, M::Classes, M::Modes]),
        spectrum: any(&[M::Spectrum]),
        sharpness: any(&[M::Sharpness]),
    }
}
