//! What a run is fed with: its images, those it is measured on, and what its recipe learns from them.

use std::path::Path;
use std::sync::Arc;

use gannet_data::{Beside, DataError, ImageSpec, Loader, Patches, Scaled, Source, Split, Subset};
use gannet_nn::extractors::lenet::LeNet;

use crate::TrainError;
use crate::doctor::Patients;
use crate::recipe::{ConditionKind, ModelKind, Recipe, TaskKind, TranslateKind};
use crate::tasks::{batch_spec, image_spec};

/// Of so many images one may be kept from training.
const SPARED: usize = 20;
/// Fewer than so many held-out images say nothing.
const FEWEST_HELD_OUT: usize = 10;

/// Images to train on, and others of their kind, where there are some.
pub type Parts = (Arc<dyn Source>, Option<Arc<dyn Source>>);

/// The images that a classifier is measured on, of the same classes as those to train on.
pub fn held_out(recipe: &Recipe, source: &Arc<dyn Source>) -> Result<Arc<dyn Source>, TrainError> {
    let source_path = || recipe.data.source.clone();
    let (found, known) = (source.classes().len(), LeNet::CLASSES);
    if recipe.model.kind == ModelKind::Lenet && found > known {
        return Err(TrainError::Classes { source_path: source_path(), found, known });
    }
    if recipe.data.hold_back > 0 {
        let all = open_whole(recipe)?;
        let [_, held_back] = Subset::hold_back(&all, recipe.data.hold_back)?;
        return Ok(Arc::new(held_back));
    }
    let held_out = gannet_data::open(&recipe.data.source, Split::Test, recipe.seed, recipe.data.size)?;
    if held_out.classes() != source.classes() {
        return Err(TrainError::TestClasses { source_path: source_path() });
    }
    Ok(held_out)
}

/// The recipe with the names of the data's classes, where its networks know of them.
pub fn with_classes(mut recipe: Recipe, source: &dyn Source) -> Recipe {
    if !matches!(recipe.condition.kind, ConditionKind::None | ConditionKind::Info) {
        recipe.condition.classes = source.classes().join("/");
    }
    recipe
}

/// The recipe with the path of its images from the root, so that the run can be resumed from anywhere.
pub fn with_absolute_source(mut recipe: Recipe) -> Recipe {
    let absolute = |path: &str| Some(Path::new(path).canonicalize().ok()?.display().to_string());
    for source in [&mut recipe.data.source, &mut recipe.data.target, &mut recipe.style.image] {
        if let (false, Some(path)) = (gannet_data::is_built_in(source), absolute(source)) {
            *source = path;
        }
    }
    // The weights of a network, such as vgg19:PATH, which what was learned goes by when it is used, too.
    let features = &mut recipe.style.features;
    if let Some((kind, path)) = features.split_once(':').and_then(|(kind, path)| Some((kind, absolute(path)?))) {
        *features = format!("{kind}:{path}");
    }
    recipe
}

/// The training images of `recipe`, those held back among them.
pub fn open_whole(recipe: &Recipe) -> Result<Arc<dyn Source>, TrainError> {
    open_split(recipe, Split::Train)
}

/// A split of the images of `recipe`; where it translates, of one kind beside the other: pairs as they are or of two sets by
/// their names, others of two sets or of two classes.
fn open_split(recipe: &Recipe, split: Split) -> Result<Arc<dyn Source>, TrainError> {
    let open = |spec: &str| gannet_data::open(spec, split, recipe.seed, recipe.data.size);
    let (path, target) = (recipe.data_source()?, &recipe.data.target);
    let source = open(path)?;
    if recipe.model.kind == ModelKind::Adain {
        // Paintings come to them when squares are cut out of both.
        return Ok(source);
    }
    let unpaired = matches!(recipe.translate.kind, TranslateKind::Cycle | TranslateKind::Contrast);
    let paired = recipe.task != TaskKind::Translate || !unpaired;
    let spec = batch_spec(recipe);
    Ok(match (target.is_empty(), paired) {
        (true, true) => source,
        (false, true) => Arc::new(Beside::matched([source, open(target)?], spec)?),
        (false, false) => Arc::new(Beside::at_random([source, open(target)?], spec, recipe.seed)),
        (true, false) => {
            let found = source.classes().len();
            if found != 2 {
                return Err(TrainError::Kinds { source_path: path.to_owned(), found });
            }
            let of = |class| (0..source.len()).filter(|at| source.label(*at) == Some(class)).collect();
            let kind = |class| Arc::new(Subset::new(source.clone(), of(class))) as Arc<dyn Source>;
            Arc::new(Beside::at_random([kind(0), kind(1)], spec, recipe.seed))
        }
    })
}

/// The images that a translator or an autoencoder is measured on, where its data have some besides those to train on.
pub fn held_out_images(recipe: &Recipe) -> Result<Option<Arc<dyn Source>>, TrainError> {
    let held_out = match parted(open_whole(recipe)?, recipe.data.hold_back)? {
        (_, Some(held_back)) => Some(held_back),
        _ => match open_split(recipe, Split::Test) {
            Err(TrainError::Data(DataError::NoSplit { .. })) => None,
            found => Some(found?),
        },
    };
    held_out.map(|source| cut(recipe, source)).transpose()
}

/// Squares out of the images, where the recipe wants such; beside paintings where it learns from them.
fn cut(recipe: &Recipe, source: Arc<dyn Source>) -> Result<Arc<dyn Source>, TrainError> {
    let each = recipe.data.patches;
    let squares = |source: Arc<dyn Source>, count| -> Arc<dyn Source> {
        if each == 0 { source } else { Arc::new(Patches::new(source, count, recipe.data.size, recipe.seed)) }
    };
    if recipe.model.kind != ModelKind::Adain {
        let count = each * source.len();
        return Ok(squares(source, count));
    }
    let paintings = paintings(recipe)?;
    // A few paintings are cut as often as many photographs are.
    let count = each * source.len().max(paintings.len());
    let sets = [squares(source, count), squares(paintings, count)];
    Ok(Arc::new(Beside::at_random(sets, batch_spec(recipe), recipe.seed)))
}

/// The paintings that a recipe learns from, of the size in which they are looked at.
fn paintings(recipe: &Recipe) -> Result<Arc<dyn Source>, TrainError> {
    let (path, size) = (&recipe.data.target, recipe.data.size);
    if path.is_empty() {
        return Err(TrainError::NoPaintings);
    }
    let paintings = gannet_data::open(path, Split::Train, recipe.seed, size)?;
    Ok(Arc::new(Scaled::new(paintings, recipe.style.size, size)))
}

/// The images of `recipe` to train on, with labels where it needs them.
pub fn open_source(recipe: &Recipe) -> Result<Arc<dyn Source>, TrainError> {
    Ok(open_sources(recipe)?.0)
}

/// The same, and images that the doctor may look at and that are not trained on, where there are some.
pub fn open_sources(recipe: &Recipe) -> Result<Parts, TrainError> {
    let (source, others) = open_images(recipe)?;
    Ok((cut(recipe, source)?, others.map(|source| cut(recipe, source)).transpose()?))
}

/// Both as whole images.
fn open_images(recipe: &Recipe) -> Result<Parts, TrainError> {
    let path = recipe.data_source()?;
    let source = open_whole(recipe)?;
    let unlabelled = || source.classes().is_empty() || (0..source.len()).any(|index| source.label(index).is_none());
    if recipe.data.labels && unlabelled() {
        return Err(TrainError::NoLabels { source_path: path.to_owned() });
    }
    let (source, held_back) = parted(source, recipe.data.hold_back)?;
    let (source, held_out) = limited(source, recipe.data.limit)?;
    let held_out = held_back.or(held_out);
    let wanted = recipe.doctor.held_out;
    if held_out.is_some() || recipe.task != TaskKind::Generate || wanted == 0 {
        return Ok((source, held_out));
    }
    let test = gannet_data::open(path, Split::Test, recipe.seed, recipe.data.size);
    if let Some(test) = test.ok().filter(|test| test.classes() == source.classes()) {
        return Ok((source, Some(test)));
    }
    let spared = wanted.min(source.len() / SPARED);
    if spared < FEWEST_HELD_OUT { Ok((source, None)) } else { parted(source, spared) }
}

/// Images without `count` of them, and those, where that is above 0.
fn parted(source: Arc<dyn Source>, count: usize) -> Result<Parts, TrainError> {
    if count == 0 {
        return Ok((source, None));
    }
    let [kept, held_back] = Subset::hold_back(&source, count)?;
    Ok((Arc::new(kept), Some(Arc::new(held_back))))
}

/// `count` of the images, and the others; all of them where `count` is 0 or no fewer.
fn limited(source: Arc<dyn Source>, count: usize) -> Result<Parts, TrainError> {
    if count == 0 || count >= source.len() {
        return Ok((source, None));
    }
    let [others, kept] = Subset::hold_back(&source, count)?;
    Ok((Arc::new(kept), Some(Arc::new(others))))
}

/// The images that a run is examined with, as it is trained on them but without what happens at random.
pub fn patients(
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    held_out: Option<Arc<dyn Source>>,
) -> Result<Option<Patients>, TrainError> {
    let doctor = &recipe.doctor;
    if recipe.task != TaskKind::Generate || doctor.every == 0 {
        return Ok(None);
    }
    let spec = ImageSpec { flip: false, shift: 0, ..image_spec(&recipe.data) };
    // Whole groups of those that are judged together.
    let whole = |count: usize| (count / recipe.train.pack).max(1) * recipe.train.pack;
    let some = |source: Arc<dyn Source>, count: usize| Loader::new(source, spec, whole(count), recipe.seed, 0).next();
    let real = some(source.clone(), doctor.images)?;
    let held_out = held_out.map(|source| {
        let count = doctor.images.min(source.len());
        some(source, count)
    });
    Ok(Some(Patients { real, held_out: held_out.transpose()? }))
}

/// Batches of the training images from batch number `cursor` on.
pub fn loader(recipe: &Recipe, source: &Arc<dyn Source>, cursor: u64) -> Loader {
    let spec = batch_spec(recipe);
    Loader::new(source.clone(), spec, recipe.train.batch, recipe.seed, cursor).strict(recipe.data.strict)
}
