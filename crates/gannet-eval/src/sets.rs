//! An evaluation in a user's words: a run or images, the features, the metrics, the images to compare with.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use gannet_apply::generator::TrainedGenerator;
use gannet_apply::{CheckpointChoice, file_and_key};
use gannet_choice::Choice;
use gannet_data::{Fit, ImageSpec};
use gannet_nn::ConditionKind;

use crate::EvalError;
use crate::conventions::Conventions;
use crate::digits::DIGIT;
use crate::evaluate::evaluate;
use crate::evaluation::Evaluation;
use crate::extractors::{FeatureExtractor, Fetch};
use crate::images::{EvaluationImages, Labels};
use crate::like::Like;
use crate::metric::Compares;
use crate::metrics::MetricKind;
use crate::perceptual::PerceptualDistance;
use crate::progress::Progress;
use crate::reference::Reference;
use crate::request::{ImageCount, LatentPaths, Request};
use crate::resize::ResizeKind;
use crate::selection::{DataSelection, Side};

/// The largest number of images where a request gives none.
pub const DEFAULT_COUNT: usize = 10_000;

/// A classifier of more classes does not have its predictions reported unless they are requested.
const FEW_CLASSES: usize = 20;

/// The generator in another project's file.
#[derive(Debug, Clone)]
pub struct GeneratorFile {
    /// The file.
    pub path: PathBuf,
    /// The key of the file that holds the generator; the preferred one by default.
    pub key: Option<String>,
    /// The number of classes that are one-hot at the end of a latent; 0 where all of it is noise.
    pub classes: usize,
}

impl GeneratorFile {
    /// The file with its key and its number of classes, where these are given.
    fn describe(&self) -> String {
        let classes = if self.classes == 0 { String::new() } else { format!(", {} classes, one-hot", self.classes) };
        file_and_key(&self.path, self.key.as_deref()) + &classes
    }
}

/// An evaluation of a generator, or of a set of images.
#[derive(Debug, Clone)]
pub struct SetRequest {
    /// The folder of a run, or images: a folder, an archive, or any other source of `gannet_data`.
    pub subject: String,
    /// The generator to evaluate in place of `subject`.
    pub generator_file: Option<GeneratorFile>,
    /// The images to compare with; those that a run was trained on by default.
    pub data: Option<String>,
    /// The parts of both sets.
    pub selection: DataSelection,
    /// The features' name (see [`crate::ExtractorKind`]): `cifar` by default, or `pixels` where no metric needs
    /// features.
    pub features: Option<String>,
    /// The metrics; [`default_metrics`] where there are none.
    pub metrics: Vec<MetricKind>,
    /// The number of images; an error where there are fewer. [`DEFAULT_COUNT`] or fewer by default.
    pub count: Option<usize>,
    /// The number of reference images, likewise.
    pub reference_count: Option<usize>,
    /// How images are resized before the extractor; as is usual for it by default.
    pub resize: Option<ResizeKind>,
    /// The name of the perceptual distance (see [`PerceptualDistance::open`]), for metrics that need it.
    pub perceptual: String,
    /// The checkpoint of a run.
    pub checkpoint: CheckpointChoice,
    /// The seed of latents, random subsets and orders. By default 0, and for the subsets and orders of a package the package's.
    pub seed: Option<u64>,
    /// The package whose numbers are computed; Gannet's own by default. It measures all images where a request gives no number.
    pub like: Option<Like>,
}

impl SetRequest {
    /// The request to evaluate `subject` with defaults for everything else.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            generator_file: None,
            data: None,
            selection: DataSelection::default(),
            features: None,
            metrics: Vec::new(),
            count: None,
            reference_count: None,
            resize: None,
            perceptual: "vgg".to_owned(),
            checkpoint: CheckpointChoice::default(),
            seed: None,
            like: None,
        }
    }

    fn is_run(&self) -> bool {
        Path::new(&self.subject).join("recipe.toml").is_file()
    }

    /// Whether a generator makes the images, of a file or of a run.
    fn is_generated(&self) -> bool {
        self.generator_file.is_some() || self.is_run()
    }

    /// The generator that the request names; none for images.
    fn generator(&self, device: &Device) -> Result<Option<TrainedGenerator>, EvalError> {
        Ok(match &self.generator_file {
            Some(file) => Some(TrainedGenerator::read(&file.path, file.key.as_deref(), file.classes, device)?),
            None if self.is_run() => Some(TrainedGenerator::open(Path::new(&self.subject), self.checkpoint, device)?),
            None => None,
        })
    }

    fn features(&self) -> &str {
        let needs_none = !self.metrics.is_empty() && !MetricKind::all_needs(&self.metrics).extractor();
        self.features.as_deref().unwrap_or(if needs_none { "pixels" } else { "cifar" })
    }

    fn seed(&self) -> u64 {
        self.seed.unwrap_or_default()
    }

    /// The conventions, whose own seed gives way to that of the request.
    fn conventions(&self) -> Conventions {
        let conventions = Conventions::of(self.like);
        Conventions { order_seed: conventions.order_seed.filter(|_| self.seed.is_none()), ..conventions }
    }

    fn counts(&self) -> [ImageCount; 2] {
        let all = if self.like.is_some() { usize::MAX } else { DEFAULT_COUNT };
        // A generator has no last image.
        let generated = if self.is_generated() { DEFAULT_COUNT } else { all };
        let count = |count: Option<usize>, most| count.map_or(ImageCount::at_most(most), ImageCount::exactly);
        [count(self.count, generated), count(self.reference_count, all)]
    }
}

/// The networks that a request names, and its metrics.
struct Tools<'a> {
    metrics: Vec<MetricKind>,
    extractor: Option<FeatureExtractor>,
    perceptual: Option<PerceptualDistance>,
    device: &'a Device,
}

impl<'a> Tools<'a> {
    fn open(
        request: &SetRequest,
        generator: Option<&TrainedGenerator>,
        fetch: &Fetch,
        device: &'a Device,
    ) -> Result<Self, EvalError> {
        let resize = request.like.map_or(Ok(request.resize), |like| like.resize(request.resize))?;
        let extractor = FeatureExtractor::open(request.features(), resize, fetch, device)?;
        let mut metrics = match &request.metrics[..] {
            [] => default_metrics(extractor.as_ref(), has_reference(request, generator)),
            metrics => metrics.to_vec(),
        };
        if metrics.is_empty() {
            let text =
                "there is nothing to compare with: give images with --data, or metrics that need none with --metrics";
            return Err(EvalError::Setting(text.into()));
        }
        if let Some(like) = request.like {
            if request.metrics.is_empty() {
                metrics.retain(|metric| like.metrics().contains(metric));
            }
            check_like(like, &metrics, extractor.as_ref(), request.seed())?;
        }
        check_generator(&metrics, generator)?;
        let needed = MetricKind::all_needs(&metrics).perceptual;
        let perceptual = needed.then(|| PerceptualDistance::open(&request.perceptual, fetch, device)).transpose()?;
        Ok(Self { metrics, extractor, perceptual, device })
    }

    fn evaluate(
        &self,
        request: &SetRequest,
        images: &EvaluationImages,
        reference: Option<EvaluationImages>,
        latent_paths: Option<&LatentPaths>,
        progress: &Progress,
    ) -> Result<Evaluation, EvalError> {
        let [count, reference_count] = request.counts();
        let settings = Request {
            count,
            reference_count,
            seed: request.seed(),
            conventions: request.conventions(),
            extractor: self.extractor.as_ref(),
            perceptual: self.perceptual.as_ref(),
            latent_paths,
            device: self.device,
        };
        evaluate(images, reference.map(Reference::new).as_ref(), &self.metrics, &settings, progress)
    }
}

/// Evaluates what `request` names, on `device`.
///
/// # Errors
/// The subject, the data or weights cannot be read, a metric lacks what it needs, or images are too few or not finite.
pub fn evaluate_sets(
    request: &SetRequest,
    fetch: &Fetch,
    device: &Device,
    progress: &Progress,
) -> Result<Evaluation, EvalError> {
    if request.is_generated() && request.selection.patches.is_some() {
        return Err(EvalError::Setting(
            "--patches is for files of images: write the generator's images into a folder first, with 'gannet sample'"
                .into(),
        ));
    }
    let Some(generator) = request.generator(device)? else {
        return evaluate_images(request, &Tools::open(request, None, fetch, device)?, progress);
    };
    let tools = Tools::open(request, Some(&generator), fetch, device)?;
    let mut evaluation = evaluate_generator(request, &generator, &tools, progress)?;
    evaluation.warnings.splice(0..0, generator.warnings().iter().cloned());
    Ok(evaluation)
}

fn evaluate_images(request: &SetRequest, tools: &Tools, progress: &Progress) -> Result<Evaluation, EvalError> {
    let selection = &request.selection;
    let set = |spec: &str, side: Side, count: ImageCount| {
        let source = selection.open(spec, side, request.conventions().decoding, request.seed(), DIGIT)?;
        let images = EvaluationImages::stored(selection.describe(spec, side), source);
        Ok::<_, EvalError>(images.spread(count.most))
    };
    let [count, reference_count] = request.counts();
    let images = set(&request.subject, Side::Images, count)?;
    let reference = request.data.as_deref().map(|data| set(data, Side::Reference, reference_count)).transpose()?;
    tools.evaluate(request, &images, reference, None, progress)
}

fn evaluate_generator(
    request: &SetRequest,
    generator: &TrainedGenerator,
    tools: &Tools,
    progress: &Progress,
) -> Result<Evaluation, EvalError> {
    let count = request.counts()[0].most;
    let reference = training_images(request, generator)?;

    let latents = generator.latents(count, request.seed());
    let generate = |latents: Tensor<2>| Tensor::cat(generator.generate(latents).collect(), 0);
    let draw = |first: usize, n: usize| generate(latents.clone().narrow(0, first, n));
    let labels = Labels {
        class_names: generator.class_names(),
        classes: generator.drawn_classes(count, request.seed()),
        arbitrary: generator.recipe().is_some_and(|recipe| recipe.condition.kind == ConditionKind::Info),
    };
    let name = match (&request.generator_file, generator.step()) {
        (Some(file), _) => file.describe(),
        (None, step) => format!("{} at step {}", request.subject, step.unwrap_or_default()),
    };
    let images = EvaluationImages::generated(name, &draw, spec(generator).fit).with_labels(labels);
    let latent_size = generator.space().size();
    let latent_paths = LatentPaths { generate: &generate, latent_size, device: tools.device };
    tools.evaluate(request, &images, reference, Some(&latent_paths), progress)
}

/// Whether there are images to compare with: those of the request, or those that a run was trained on.
fn has_reference(request: &SetRequest, generator: Option<&TrainedGenerator>) -> bool {
    request.data.is_some() || generator.is_some_and(|generator| generator.recipe().is_some())
}

/// The images that a generator is compared with, as it was trained on them. A file does not name any.
fn training_images<'a>(
    request: &SetRequest,
    generator: &TrainedGenerator,
) -> Result<Option<EvaluationImages<'a>>, EvalError> {
    let recipe = generator.recipe();
    let trained_on = recipe.map(|recipe| recipe.data.source.as_str());
    let Some(data) = request.data.as_deref().or(trained_on) else { return Ok(None) };
    let decoding = request.conventions().decoding;
    let seed = recipe.map_or(request.seed(), |recipe| recipe.seed);
    let spec = spec(generator);
    let source = request.selection.open(data, Side::Reference, decoding, seed, spec.size)?;
    let reference = request.selection.describe(data, Side::Reference);
    let reference = EvaluationImages::as_trained(reference, source, spec);
    Ok(Some(reference.spread(request.counts()[1].most)))
}

/// What images became in training; for a file, squares of its images' size from the middle.
fn spec(generator: &TrainedGenerator) -> ImageSpec {
    let [channels, size, _] = generator.image_shape();
    let of_file = ImageSpec { size, channels, fit: Fit::default(), flip: false, shift: 0, paired: false };
    generator.recipe().map_or(of_file, |recipe| recipe.image_spec())
}

/// The metrics that suit an extractor, with or without reference images.
pub fn default_metrics(extractor: Option<&FeatureExtractor>, has_reference: bool) -> Vec<MetricKind> {
    let Some(extractor) = extractor else {
        return if has_reference { vec![MetricKind::Spectrum] } else { Vec::new() };
    };
    let mut metrics = Vec::new();
    if has_reference {
        let frechet = if extractor.is_inception { MetricKind::Fid } else { MetricKind::Fd };
        metrics.extend([frechet, MetricKind::Kid, MetricKind::Prdc]);
    }
    if extractor.is_inception {
        metrics.push(MetricKind::InceptionScore);
    } else if extractor.caveat.is_none() && (1..=FEW_CLASSES).contains(&extractor.classes()) {
        metrics.push(MetricKind::Classes);
    }
    metrics
}

/// Refuses what `like` does not measure: other metrics, and other features than its own where it resizes for them.
fn check_like(
    like: Like,
    metrics: &[MetricKind],
    extractor: Option<&FeatureExtractor>,
    seed: u64,
) -> Result<(), EvalError> {
    if metrics.is_empty() {
        let own: Vec<&str> = like.metrics().iter().map(|metric| metric.word()).collect();
        let text = format!("--like {like}: name its metrics with --metrics: {}", own.join(", "));
        return Err(EvalError::Setting(text));
    }
    like.check(metrics, seed)?;
    let is_inception = extractor.is_some_and(|extractor| extractor.is_inception);
    // torch-fidelity takes precision and recall of VGG16's features.
    let is_own = like == Like::TorchFidelity
        && metrics == [MetricKind::PrecisionRecall]
        && extractor.is_some_and(|extractor| extractor.name.ends_with("(VGG)"));
    if like.conventions().resize.is_none() || is_inception || is_own {
        return Ok(());
    }
    let text = format!("--like {like} measures the features of Inception: give --features inception");
    Err(EvalError::Setting(text))
}

/// Refuses metrics of a generator where there is none, or one whose latents are not noise alone.
fn check_generator(metrics: &[MetricKind], generator: Option<&TrainedGenerator>) -> Result<(), EvalError> {
    let Some(metric) = metrics.iter().find(|metric| metric.compares() == Compares::Generator) else { return Ok(()) };
    let why = match generator {
        None => "walks through a generator's latent space: give a run, or a file with --weights",
        Some(generator) if generator.space().size() > generator.space().noise => {
            "is for latents of noise alone, and this generator has classes: leave it out"
        }
        Some(_) => return Ok(()),
    };
    Err(EvalError::Setting(format!("{} {why}", metric.word())))
}
