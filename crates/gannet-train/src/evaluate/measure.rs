//! From images to numbers.

use gannet_metrics::nearest::{nearest, neighbours};
use gannet_metrics::{
    ClassReport, Features, Moments, draw_subsets, frechet_distance, inception_score, intra_frechet, kid, matched_share,
    prdc, spectral_distance,
};
use gannet_ops::random::Streams;
use serde_json::{Map, Value, json};

use super::judge::Judge;
use super::metrics::{Metric, Number, Sides};
use super::needs::{Request, possible, wants};
use super::pass::{KEPT, Looked, look};
use super::perceptual;
use super::pictures::Pictures;
use super::protocol::{Images, Protocol};
use super::reference::Reference;
use super::{EvaluateError, Progress};
use crate::grid::ImageGrid;

/// The probability from which a classifier counts as sure.
pub const CONFIDENT: f32 = 0.95;
/// Subsets of the kernel distance and images in each.
const SUBSETS: usize = 100;
const SUBSET: usize = 1000;
/// Splits of the inception score.
const SPLITS: usize = 10;
/// Below so many images an inception score is biased by its own sampling.
const FEW: usize = 5000;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// In the order of the metrics.
    pub numbers: Vec<Number>,
    /// All that they depend on.
    pub protocol: Protocol,
    /// What makes them mean less than they seem to.
    pub warnings: Vec<String>,
    /// Generated images, each with its nearest neighbours, where these were asked for.
    pub picture: Option<ImageGrid>,
}

impl Evaluation {
    /// The number called `name`.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.numbers.iter().find(|number| number.name == name)?.values.first().copied()
    }

    /// `{"metrics": {…}, "protocol": {…}, "warnings": […]}`.
    pub fn to_json(&self) -> Value {
        let value = |values: &[f64]| if let [one] = values { json!(one) } else { json!(values) };
        let numbers = self.numbers.iter().map(|number| (number.name.to_owned(), value(&number.values)));
        json!({
            "metrics": numbers.collect::<Map<_, _>>(),
            "protocol": self.protocol,
            "warnings": self.warnings,
        })
    }
}

/// Measures `images`, beside a `reference` where there is one.
///
/// # Errors
/// A metric lacks what it needs, images cannot be read or are too few, or a network makes values that are not finite.
pub fn evaluate(
    images: &Pictures,
    reference: Option<&Reference>,
    request: &Request,
    progress: &Progress,
) -> Result<Evaluation, EvaluateError> {
    let pictures = reference.map(|reference| &reference.pictures);
    request.metrics.iter().try_for_each(|metric| possible(*metric, images, pictures, request))?;
    let wants = wants(request.metrics);
    let judge = request.needed_judge();
    // Nobody looks at what no metric needs.
    let reference = reference.filter(|_| request.metrics.iter().any(|metric| metric.sides() == Sides::Two));
    let pictures = pictures.filter(|_| reference.is_some());
    let looked = look(images, request.count, judge, wants, None, progress)?;
    enough(images, &looked, request.count, request.asked[0])?;
    let mut warnings = Vec::new();
    let real = match reference {
        Some(reference) => {
            let (real, told) = reference.looked(request, wants, progress)?;
            warnings.extend(told.iter().cloned());
            enough(&reference.pictures, real, request.reference_count, request.asked[1])?;
            Some(real)
        }
        None => None,
    };
    let mut context = Context {
        images,
        looked: &looked,
        reference: pictures,
        real,
        request,
        warnings,
        settings: vec![],
        picture: None,
    };
    let mut numbers = Vec::new();
    for metric in request.metrics {
        numbers.extend(context.measure(*metric, progress)?);
    }
    context.general_warnings();
    let judged = |f: fn(&Judge) -> String| judge.map(f).unwrap_or_default();
    let protocol = Protocol {
        gannet: env!("CARGO_PKG_VERSION").to_owned(),
        features: judged(|judge| judge.name.clone()),
        layer: judged(|judge| judge.layer.to_owned()),
        weights_sha256: judged(|judge| judge.hash.clone()),
        resize: judged(Judge::resize),
        perceptual: request.perceptual.map(|(_, hash)| format!("LPIPS 0.1 (sha256 {hash})")).unwrap_or_default(),
        images: described(images, &looked),
        reference: pictures.zip(real).map(|(pictures, looked)| described(pictures, looked)),
        seed: request.seed,
        settings: context.settings,
    };
    Ok(Evaluation { numbers, protocol, warnings: context.warnings, picture: context.picture })
}

fn enough(pictures: &Pictures, looked: &Looked, wanted: usize, asked: bool) -> Result<(), EvaluateError> {
    let found = looked.count;
    let too_few = EvaluateError::TooFew { name: pictures.name.clone(), found, wanted };
    if asked && found < wanted { Err(too_few) } else { Ok(()) }
}

fn described(pictures: &Pictures, looked: &Looked) -> Images {
    let largest = looked.sizes.iter().max_by_key(|(_, count)| **count);
    let size = largest.map_or(String::new(), |((height, width), count)| {
        let others = looked.count - count;
        format!("{height}×{width}{}", if others > 0 { format!(" and {others} of others") } else { String::new() })
    });
    Images {
        of: pictures.name.clone(),
        count: looked.count,
        available: pictures.available(),
        size,
        left_out: looked.left_out.iter().take(5).cloned().collect(),
    }
}

struct Context<'a> {
    images: &'a Pictures<'a>,
    looked: &'a Looked,
    reference: Option<&'a Pictures<'a>>,
    real: Option<&'a Looked>,
    request: &'a Request<'a>,
    warnings: Vec<String>,
    settings: Vec<String>,
    picture: Option<ImageGrid>,
}

impl<'a> Context<'a> {
    fn measure(&mut self, metric: Metric, progress: &Progress) -> Result<Vec<Number>, EvaluateError> {
        match metric {
            Metric::Fid => self.frechet("fid"),
            Metric::Fd => self.frechet("fd"),
            Metric::Kid => self.kid(),
            Metric::InceptionScore => self.inception_score(),
            Metric::PrecisionRecall => {
                let found = prdc(&self.real().features, &self.looked.features, 3)?;
                let of = |name, value| Number::one(name, value, "3 neighbours");
                Ok(vec![of("precision", found.precision), of("recall", found.recall)])
            }
            Metric::Prdc => self.prdc(),
            Metric::IntraFd => self.intra(),
            Metric::Classes => self.classes(),
            Metric::Modes => self.modes(),
            Metric::Neighbours => self.neighbours(),
            Metric::Spectrum => self.spectrum(),
            Metric::Sharpness => Ok(self.sharpness()),
            Metric::Diversity => {
                let (lpips, _) = self.request.perceptual.expect("checked before");
                let (mean, pairs) =
                    perceptual::diversity(self.images, self.looked.count, lpips, self.request.device, progress)?;
                Ok(vec![Number::one("diversity", mean, format!("mean LPIPS of {pairs} pairs"))])
            }
            Metric::PathLength => {
                let ((lpips, _), path) =
                    (self.request.perceptual.expect("checked"), self.request.path.expect("checked"));
                let count = self.looked.count.min(perceptual::PATHS);
                let found = path.length(count, self.request.seed, lpips, progress)?;
                self.settings
                    .push(format!("ppl: {count} paths between latents, slerp, epsilon 1e-4, 1st to 99th percentile"));
                Ok(vec![Number::one("ppl", found.mean, metric.meaning()), Number::one("ppl_std", found.std, "")])
            }
            Metric::Psnr | Metric::Ssim | Metric::MsSsim | Metric::Lpips | Metric::Labels => {
                unreachable!("refused before")
            }
        }
    }

    fn real(&self) -> &'a Looked {
        self.real.expect("metrics of two sides are refused without a reference")
    }

    fn probabilities(&self, looked: &Looked) -> ClassReport {
        let classes = self.request.judge.map_or(1, Judge::classes);
        ClassReport::new(&softmax(&looked.logits, classes), classes, CONFIDENT)
    }

    fn frechet(&mut self, name: &'static str) -> Result<Vec<Number>, EvaluateError> {
        let (a, b) = (&self.looked.moments, &self.real().moments);
        let (fewest, dims) = (a.count().min(b.count()), a.dims());
        let value = frechet_distance(a, b)?;
        if fewest <= dims {
            self.warnings.push(format!(
                "{name}: {fewest} images cannot tell the covariance of {dims} features, so the distance is too large by \
                 far; compare it only with others of as many images"
            ));
        } else if fewest < 10_000 && dims > 1000 {
            self.warnings
                .push(format!("{name}: with {fewest} images the distance is biased; 10,000 or more are usual"));
        }
        if self.looked.count > 1 && is_still(a) {
            self.warnings
                .push(format!("{name}: all images look the same to the network; is this a collapsed generator?"));
        }
        Ok(vec![Number::one(name, value, format!("Fréchet distance of {dims} features, lower is better"))])
    }

    fn kid(&mut self) -> Result<Vec<Number>, EvaluateError> {
        let (a, b) = (&self.looked.features, &self.real().features);
        let size = SUBSET.min(a.count()).min(b.count());
        if size < SUBSET {
            self.warnings.push(format!("kid: subsets of {size} images, since there are no more; {SUBSET} are usual"));
        }
        let stream = &mut Streams::new(self.request.seed).at("kid", 0);
        let found = kid(a, b, &draw_subsets(a.count(), b.count(), SUBSETS, size, stream)?)?;
        self.settings.push(format!("kid: {SUBSETS} subsets of {size}, cubic kernel"));
        Ok(vec![
            Number::one("kid", found.mean, "kernel distance, lower is better"),
            Number::one("kid_std", found.std, "between subsets"),
        ])
    }

    fn inception_score(&mut self) -> Result<Vec<Number>, EvaluateError> {
        let judge = self.request.judge.expect("checked before");
        let kept = self.looked.logits.len() / judge.classes();
        let order = Streams::new(self.request.seed).at("inception score", 0).permutation(kept);
        let found = inception_score(&self.looked.logits, judge.classes(), SPLITS, &order)?;
        if kept < FEW {
            self.warnings
                .push(format!("is: {kept} images are few; the score rises with their number, and 50,000 are usual"));
        }
        if !judge.is_inception {
            self.warnings
                .push("is: on another classifier than Inception, so it compares with no published score".into());
        }
        self.settings.push(format!("is: {SPLITS} splits"));
        Ok(vec![
            Number::one("is", found.mean, format!("inception score, 1 to {}, higher is better", judge.classes())),
            Number::one("is_std", found.std, "between splits"),
        ])
    }

    fn prdc(&mut self) -> Result<Vec<Number>, EvaluateError> {
        const K: usize = 5;
        let found = prdc(&self.real().features, &self.looked.features, K)?;
        let one = |name, value, meaning: &str| Number::one(name, value, format!("{meaning}, {K} neighbours"));
        Ok(vec![
            one("precision_5", found.precision, "generated images among real ones"),
            one("recall_5", found.recall, "real images among generated ones"),
            one("density", found.density, "how thickly real images lie around generated ones"),
            one("coverage", found.coverage, "real images with a generated one nearby"),
        ])
    }

    fn intra(&mut self) -> Result<Vec<Number>, EvaluateError> {
        let (reference, classes) = (self.reference.expect("checked before"), self.images.classes().len());
        let labels = |pictures: &Pictures, looked: &Looked| -> Vec<usize> {
            looked.indices.iter().take(KEPT).map(|index| pictures.label(*index).unwrap_or(0)).collect()
        };
        let (a, b) = (labels(self.images, self.looked), labels(reference, self.real()));
        let found = intra_frechet((&self.looked.features, &a), (&self.real().features, &b), classes)?;
        Ok(vec![
            Number::one("intra_fd", found.mean, format!("mean of {classes} classes")),
            Number { name: "intra_fd_classes", values: found.per_class, meaning: "each class".into() },
        ])
    }

    fn classes(&mut self) -> Result<Vec<Number>, EvaluateError> {
        let report = self.probabilities(self.looked);
        let classes = report.shares.len();
        let mut numbers = vec![
            Number::one("confident", report.confident, format!("share with a probability above {CONFIDENT}")),
            Number::one(
                "entropy",
                report.entropy,
                format!("of the classes' shares in nats, at most {:.3}", (classes as f64).ln()),
            ),
        ];
        numbers.extend(self.accuracy(classes));
        numbers.push(Number { name: "classes", values: report.shares, meaning: "share of each class".into() });
        Ok(numbers)
    }

    /// The share of images whose likeliest class is their label, where all have one of as many classes. Classes that a
    /// generator made up are matched to the classifier's first.
    fn accuracy(&self, classes: usize) -> Option<Number> {
        if self.images.classes().len() != classes {
            return None;
        }
        let rows = self.looked.indices.iter().zip(self.looked.logits.chunks_exact(classes));
        let pairs = rows.map(|(index, row)| {
            let best = (0..classes).max_by(|a, b| row[*a].total_cmp(&row[*b]));
            Some((self.images.label(*index)?, best?))
        });
        let pairs = pairs.collect::<Option<Vec<_>>>()?;
        if self.images.made_up() {
            let share = matched_share(&pairs, classes);
            return share.map(|share| Number::one("accuracy", share, "share named as its category, best matching"));
        }
        let right = pairs.iter().filter(|(label, best)| label == best).count();
        Some(Number::one("accuracy", right as f64 / pairs.len().max(1) as f64, "share named as labelled"))
    }

    fn modes(&mut self) -> Result<Vec<Number>, EvaluateError> {
        let report = self.probabilities(self.looked);
        let found = report.beside(&self.probabilities(self.real()).shares)?;
        Ok(vec![
            Number::one("modes", found.found as f64, format!("classes found of {}", report.shares.len())),
            Number::one("modes_kl", found.kl, "nats from the reference's shares of classes"),
        ])
    }

    fn neighbours(&mut self) -> Result<Vec<Number>, EvaluateError> {
        let (made, real) = (&self.looked.features, &self.real().features);
        let to_real: Vec<f64> = nearest(made, real)?.iter().map(|near| near.distance).collect();
        let among: Vec<f64> = neighbours(real, 1)?.iter().map(|near| near[0].distance).collect();
        let ratio = median(&to_real) / median(&among);
        self.picture = Some(self.nearest_picture(made, real, &to_real)?);
        let copies = to_real.iter().filter(|distance| **distance == 0.0).count();
        if copies > 0 {
            self.warnings
                .push(format!("neighbours: {copies} images have the very features of a reference image: copies"));
        }
        let meaning =
            "median distance to the nearest reference image, over that between reference images; far below 1 is memory";
        Ok(vec![
            Number::one("neighbour_ratio", ratio, meaning),
            Number::one("copies", copies as f64, "of reference images"),
        ])
    }

    /// The images that lie nearest to a reference image, one a row, each before its five nearest.
    fn nearest_picture(&self, made: &Features, real: &Features, to_real: &[f64]) -> Result<ImageGrid, EvaluateError> {
        const ROWS: usize = 8;
        const NEAR: usize = 5;
        const SIDE: usize = 64;
        let order = |values: &[f64]| {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|a, b| values[*a].total_cmp(&values[*b]).then(a.cmp(b)));
            order
        };
        let reference = self.reference.expect("checked before");
        let mut values = Vec::new();
        let rows: Vec<usize> = order(to_real).into_iter().take(ROWS).collect();
        for row in &rows {
            values.extend(perceptual::tile(self.images, self.looked.indices[*row], SIDE)?);
            let to_all: Vec<f64> = real.rows().map(|other| squared(made.row(*row), other)).collect();
            for near in order(&to_all).into_iter().take(NEAR) {
                values.extend(perceptual::tile(reference, self.real().indices[near], SIDE)?);
            }
        }
        let columns = 1 + NEAR.min(real.count());
        Ok(ImageGrid::from_images(&values, rows.len() * columns, 3, SIDE, SIDE, columns))
    }

    fn spectrum(&mut self) -> Result<Vec<Number>, EvaluateError> {
        let both = self.looked.spectrum.as_ref().zip(self.real().spectrum.as_ref());
        let (a, b) = both.expect("images were looked at");
        let value = spectral_distance(a, b)?;
        Ok(vec![Number::one("spectrum", value, "mean difference of power spectra in dB, lower is better")])
    }

    fn sharpness(&self) -> Vec<Number> {
        let mean = |looked: &Looked| looked.sharpness / looked.count as f64;
        vec![
            Number::one("sharpness", mean(self.looked), "mean variance of the Laplacian of brightness from 0 to 255"),
            Number::one("sharpness_reference", mean(self.real()), "the same of the reference"),
        ]
    }

    /// What holds for all metrics.
    fn general_warnings(&mut self) {
        self.warnings.extend(self.request.judge.and_then(|judge| Some(format!("{}: {}", judge.name, judge.caveat?))));
        let sets = [Some((self.images, self.looked)), self.reference.zip(self.real)];
        for (pictures, looked) in sets.into_iter().flatten() {
            if let Some(first) = looked.left_out.first() {
                let count = looked.left_out.len();
                self.warnings.push(format!("{}: {count} unreadable images left out, such as {first}", pictures.name));
            }
            if looked.sizes.len() > 1 && self.request.judge.is_some() {
                let count = looked.sizes.len();
                self.warnings.push(format!("{}: images of {count} sizes, each resized by itself", pictures.name));
            }
            if looked.count > KEPT && wants(self.request.metrics).features {
                self.warnings
                    .push(format!("{}: metrics that compare single images took the first {KEPT}", pictures.name));
            }
        }
    }
}

/// Whether features do not vary at all.
fn is_still(moments: &Moments) -> bool {
    let covariance = moments.covariance();
    (0..moments.dims()).all(|at| covariance[(at, at)] == 0.0)
}

fn squared(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// `logits [n, classes]` → probabilities.
fn softmax(logits: &[f32], classes: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = row.iter().map(|logit| (logit - largest).exp()).collect();
        let total: f32 = powers.iter().sum();
        powers.into_iter().map(move |power| power / total).collect::<Vec<_>>()
    };
    logits.chunks_exact(classes.max(1)).flat_map(row).collect()
}
