//! The images of a run: those to train on, those held out, and those that the doctor diagnoses.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gannet_data::{
    DataError, ImageSpec, Loader, PairedSource, PatchSource, ResizedSource, SideBySide, Source, Split, Subset,
};
use gannet_nn::NetworkKind;
use gannet_nn::architectures::lenet::LeNet;
use gannet_recipe::{ConditionKind, Recipe, TaskKind};

use crate::doctor::DiagnosticBatch;
use crate::error::TrainError;

/// One of so many images may be held out for the doctor.
const DOCTOR_SHARE: usize = 20;
/// Fewer held-out images than this measure nothing.
const FEWEST_HELD_OUT: usize = 10;

/// What to do where images are no pairs.
const NO_PAIRS: &str = "give the wanted images of the same names as data.target, or both in folders named A and B; \
                        data.side_by_side=true cuts images of any shape in halves";

/// Images to train on, and held-out images of the same kind, where there are some.
pub type TrainingImages = (Arc<dyn Source>, Option<Arc<dyn Source>>);

/// The images that measure a classifier, with the classes of the training images.
pub fn classifier_held_out(recipe: &Recipe, source: &Arc<dyn Source>) -> Result<Arc<dyn Source>, TrainError> {
    let source_path = || recipe.data.source.clone();
    let (found, known) = (source.classes().len(), LeNet::CLASSES);
    if recipe.model.kind == NetworkKind::Lenet && found > known {
        return Err(TrainError::Classes { source_path: source_path(), found, known });
    }
    if recipe.data.hold_back > 0 {
        let all = open_split(recipe, Split::Train)?;
        let [_, held_back] = Subset::hold_back(&all, recipe.data.hold_back)?;
        return Ok(Arc::new(held_back));
    }
    let held_out =
        gannet_data::open_as(&recipe.data.source, recipe.data.layout, Split::Test, recipe.seed, recipe.data.size)?;
    if held_out.classes() != source.classes() {
        return Err(TrainError::TestClasses { source_path: source_path() });
    }
    Ok(held_out)
}

/// The recipe with the names of the data's classes, where its networks are conditional on them.
pub fn with_classes(mut recipe: Recipe, source: &dyn Source) -> Recipe {
    if !matches!(recipe.condition.kind, ConditionKind::None | ConditionKind::Info) {
        recipe.condition.set_names(source.classes());
    }
    recipe
}

/// The files and folders that a run of the recipe may read: its images, and what its features name (a run, or weights as in
/// vgg19:PATH and vgg:TRUNK,LIN). Words of features are among them, and need not be paths.
pub fn input_paths(recipe: &Recipe) -> Vec<PathBuf> {
    let mut recipe = recipe.clone();
    let images = recipe.image_paths_mut().into_iter().map(|path| path.clone());
    let mut paths: Vec<String> = images.filter(|path| !path.is_empty() && !gannet_data::is_built_in(path)).collect();
    for features in [recipe.features().unwrap_or_default(), &recipe.eval.features] {
        let files = features.split_once(':').map_or("", |(_, files)| files);
        paths.extend([features, files].into_iter().chain(files.split(',')).map(str::to_owned));
    }
    paths.retain(|path| !path.is_empty());
    paths.into_iter().map(PathBuf::from).collect()
}

/// The recipe with absolute paths of its images and weights, so that the run can be resumed from any folder.
pub fn with_absolute_paths(mut recipe: Recipe) -> Recipe {
    let absolute = |path: &str| Some(Path::new(path).canonicalize().ok()?.display().to_string());
    for path in recipe.image_paths_mut() {
        if let (false, Some(found)) = (gannet_data::is_built_in(path), absolute(path)) {
            *path = found;
        }
    }
    // Features such as vgg19:PATH, which the trained network needs too.
    if let Some(features) = recipe.features_mut()
        && let Some((kind, path)) = features.split_once(':').and_then(|(kind, path)| Some((kind, absolute(path)?)))
    {
        *features = format!("{kind}:{path}");
    }
    recipe
}

/// A split of the recipe's images. Image-to-image tasks read pairs: as they are, of two sets by their names, or unpaired of two
/// sets or two classes.
fn open_split(recipe: &Recipe, split: Split) -> Result<Arc<dyn Source>, TrainError> {
    let open = |spec: &str| gannet_data::open_as(spec, recipe.data.layout, split, recipe.seed, recipe.data.size);
    let (path, target) = (recipe.data_source()?, &recipe.data.target);
    let source = open(path)?;
    let task = recipe.task.kind();
    if task == TaskKind::Adain {
        // Style images are paired with pictures when patches are cut out of both.
        return Ok(source);
    }
    let unpaired = matches!(task, TaskKind::Cyclegan | TaskKind::Cut);
    let spec = recipe.batch_spec();
    Ok(match (target.is_empty(), unpaired) {
        (true, false) if task == TaskKind::Pix2pix => pairs_of_one_set(recipe, source, spec)?,
        (true, false) => source,
        (false, false) => Arc::new(PairedSource::by_name([source, open(target)?], spec)?),
        (false, true) => Arc::new(PairedSource::unpaired([source, open(target)?], spec, recipe.seed)),
        (true, true) => {
            let found = source.classes().len();
            if found != 2 {
                return Err(TrainError::Domains { source_path: path.to_owned(), found });
            }
            let domains = Subset::classes(&source).map(|domain| Arc::new(domain) as Arc<dyn Source>);
            if domains.iter().any(|domain| domain.is_empty()) {
                let hint = ": one of the two domains has none";
                let split = if split == Split::Train { "training" } else { "test" };
                return Err(DataError::NoSplit { path: path.to_owned(), split, hint }.into());
            }
            Arc::new(PairedSource::unpaired(domains, spec, recipe.seed))
        }
    })
}

/// Whether a set is two domains, as `trainA` and `trainB` are.
fn are_domains(source: &dyn Source) -> bool {
    matches!(source.classes(), [a, b] if a.eq_ignore_ascii_case("a") && b.eq_ignore_ascii_case("b"))
}

/// What a user should know of the training images before the first step, one line each.
pub fn data_warnings(recipe: &Recipe, source: &dyn Source) -> Vec<String> {
    let mut warnings = source.warnings();
    if recipe.condition.kind == ConditionKind::None && !recipe.task.kind().reads_pairs() && are_domains(source) {
        warnings.push(format!(
            "{} holds two domains, A and B, which are trained on together; to train on one of them, give its folder",
            recipe.data.source
        ));
    }
    warnings
}

/// Pairs of a set without a second one: those of equal names in the folders A and B, or images that are two side by side.
fn pairs_of_one_set(recipe: &Recipe, source: Arc<dyn Source>, spec: ImageSpec) -> Result<Arc<dyn Source>, TrainError> {
    if are_domains(source.as_ref()) {
        return Ok(Arc::new(PairedSource::of_classes(&source, spec)?));
    }
    if recipe.data.side_by_side {
        return Ok(source);
    }
    Ok(Arc::new(SideBySide::new(source, NO_PAIRS)?))
}

/// The images that measure a translator or an autoencoder, where the data have some besides those to train on.
pub fn held_out_images(recipe: &Recipe) -> Result<Option<Arc<dyn Source>>, TrainError> {
    let held_out = match hold_back(open_split(recipe, Split::Train)?, recipe.data.hold_back)? {
        (_, Some(held_back)) => Some(held_back),
        _ => match open_split(recipe, Split::Test) {
            Err(TrainError::Data(DataError::NoSplit { .. })) => None,
            found => Some(found?),
        },
    };
    held_out.map(|source| with_patches(recipe, source)).transpose()
}

/// Patches of the images, where the recipe asks for them; paired with style images for AdaIN.
fn with_patches(recipe: &Recipe, source: Arc<dyn Source>) -> Result<Arc<dyn Source>, TrainError> {
    let each = recipe.data.patches;
    let patches = |source: Arc<dyn Source>, count| -> Arc<dyn Source> {
        if each == 0 { source } else { Arc::new(PatchSource::new(source, count, recipe.data.size, recipe.seed)) }
    };
    if recipe.task.kind() != TaskKind::Adain {
        let count = each * source.len();
        return Ok(patches(source, count));
    }
    let styles = style_images(recipe)?;
    // A few style images give as many patches as many photographs.
    let count = each * source.len().max(styles.len());
    let sets = [patches(source, count), patches(styles, count)];
    Ok(Arc::new(PairedSource::unpaired(sets, recipe.batch_spec(), recipe.seed)))
}

/// The style images of an AdaIN recipe, at the size in which their style is measured.
fn style_images(recipe: &Recipe) -> Result<Arc<dyn Source>, TrainError> {
    let (path, size) = (&recipe.data.target, recipe.data.size);
    if path.is_empty() {
        return Err(TrainError::NoStyleImages);
    }
    let images = gannet_data::open(path, Split::Train, recipe.seed, size)?;
    Ok(Arc::new(ResizedSource::new(images, recipe.style_size().unwrap_or(0), size)))
}

/// The recipe's training images, with labels where it needs them.
pub fn open_source(recipe: &Recipe) -> Result<Arc<dyn Source>, TrainError> {
    Ok(open_sources(recipe)?.0)
}

/// The recipe's training images, and held-out images for the doctor, where there are some.
pub fn open_sources(recipe: &Recipe) -> Result<TrainingImages, TrainError> {
    let (source, held_out) = open_whole_images(recipe)?;
    Ok((with_patches(recipe, source)?, held_out.map(|source| with_patches(recipe, source)).transpose()?))
}

/// Both sets before patches are cut out.
fn open_whole_images(recipe: &Recipe) -> Result<TrainingImages, TrainError> {
    let path = recipe.data_source()?;
    let source = open_split(recipe, Split::Train)?;
    let unlabelled = || source.classes().is_empty() || (0..source.len()).any(|index| source.label(index).is_none());
    if recipe.data.labels && unlabelled() {
        return Err(TrainError::NoLabels { source_path: path.to_owned() });
    }
    let (source, held_back) = hold_back(source, recipe.data.hold_back)?;
    let (source, beyond_limit) = limit(source, recipe.data.limit)?;
    let held_out = held_back.or(beyond_limit);
    let wanted = recipe.doctor.held_out;
    if held_out.is_some() || recipe.task.kind() != TaskKind::Generate || wanted == 0 {
        return Ok((source, held_out));
    }
    let test = gannet_data::open_as(path, recipe.data.layout, Split::Test, recipe.seed, recipe.data.size);
    if let Some(test) = test.ok().filter(|test| test.classes() == source.classes()) {
        return Ok((source, Some(test)));
    }
    let count = wanted.min(source.len() / DOCTOR_SHARE);
    if count < FEWEST_HELD_OUT { Ok((source, None)) } else { hold_back(source, count) }
}

/// The images without `count` of them, and those `count`; all images where `count` is 0.
fn hold_back(source: Arc<dyn Source>, count: usize) -> Result<TrainingImages, TrainError> {
    if count == 0 {
        return Ok((source, None));
    }
    let [kept, held_back] = Subset::hold_back(&source, count)?;
    Ok((Arc::new(kept), Some(Arc::new(held_back))))
}

/// `count` of the images, and the others; all images where `count` is 0 or no fewer.
fn limit(source: Arc<dyn Source>, count: usize) -> Result<TrainingImages, TrainError> {
    if count == 0 || count >= source.len() {
        return Ok((source, None));
    }
    let [others, kept] = Subset::hold_back(&source, count)?;
    Ok((Arc::new(kept), Some(Arc::new(others))))
}

/// The images on which the doctor diagnoses a run, without random transformations; none where it has nothing to do.
pub fn diagnostic_batch(
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    held_out: Option<Arc<dyn Source>>,
) -> Result<Option<DiagnosticBatch>, TrainError> {
    let doctor = &recipe.doctor;
    if recipe.task.kind() != TaskKind::Generate || doctor.every == 0 {
        return Ok(None);
    }
    let spec = ImageSpec { flip: false, shift: 0, ..recipe.image_spec() };
    // Whole packs of images.
    let whole = |count: usize| (count / recipe.train.pack).max(1) * recipe.train.pack;
    let some = |source: Arc<dyn Source>, count: usize| Loader::new(source, spec, whole(count), recipe.seed, 0).next();
    let real = some(source.clone(), doctor.images)?;
    let held_out = held_out.map(|source| {
        let count = doctor.images.min(source.len());
        some(source, count)
    });
    Ok(Some(DiagnosticBatch { real, held_out: held_out.transpose()? }))
}

/// Batches of the training images from batch number `cursor` on.
pub fn loader(recipe: &Recipe, source: &Arc<dyn Source>, cursor: u64) -> Loader {
    let spec = recipe.batch_spec();
    Loader::new(source.clone(), spec, recipe.train.batch, recipe.seed, cursor).strict(recipe.data.strict)
}
