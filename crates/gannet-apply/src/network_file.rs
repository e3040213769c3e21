//! Another project's file: the network in it, and the command that uses it.

use std::path::Path;

use gannet_nn::{AnyNetwork, Part, Recognized, Role, Translator, TranslatorConfig, TranslatorVisitor, recognize};
use gannet_ops::device::device;
use gannet_ops::random::Stream;
use gannet_recipe::quote;
use gannet_weights::{NamedTensor, WeightsError, WeightsFile};

/// Endings of names that files of feature extractors have together, what these are, and where they are used.
const EXTRACTORS: [([&str; 2], &str, &str); 6] = [
    (
        ["Mixed_5b.branch1x1.conv.weight", "Mixed_7c.branch1x1.conv.weight"],
        "Inception-v3",
        "gannet eval --features inception:FILE, or classifier:FILE for torchvision's",
    ),
    (
        ["blocks.0.attn.qkv.weight", "patch_embed.proj.weight"],
        "a vision transformer, as DINOv2",
        "gannet eval --features dinov2:FILE",
    ),
    (
        ["layer1.0.conv1.weight", "fc.weight"],
        "a residual network of torchvision",
        "gannet eval --features classifier:FILE",
    ),
    (
        ["features.0.weight", "classifier.6.weight"],
        "VGG or AlexNet of torchvision",
        "gannet eval --features classifier:FILE; gannet stylize --features vgg19:FILE; the first file of gannet eval --perceptual",
    ),
    (
        ["lin0.model.1.weight", "lin4.model.1.weight"],
        "LPIPS",
        "the second file of gannet eval --metrics lpips --perceptual",
    ),
    (["convnet.c1.weight", "convnet.c3.weight"], "LeNet-5", "gannet eval --features lenet:FILE"),
];

/// The network in a file, known by the names and shapes of its tensors: the one under `key`, where one is given, and else the one
/// under the preferred key of the file.
///
/// # Errors
/// The file cannot be read, lacks the key, or holds no network that Gannet knows; the message names the nearest.
pub fn read_network(path: &Path, key: Option<&str>) -> Result<Recognized<AnyNetwork>, WeightsError> {
    let mut file = WeightsFile::read_under(path, key)?;
    let tensors = std::mem::take(&mut file.tensors);
    let extractor = extractor(&tensors);
    recognize(tensors).map_err(|error| {
        let reason = match extractor {
            Some((what, used)) => format!("by its names it is {what}, for {used}"),
            None => format!("{error}{}", file.remarks()),
        };
        WeightsError::Unsuited { path: path.to_owned(), reason }
    })
}

/// What a feature extractor with these tensors is, and where it is used.
pub(crate) fn extractor(tensors: &[NamedTensor]) -> Option<(&'static str, &'static str)> {
    let has = |ending: &str| tensors.iter().any(|tensor| tensor.name.ends_with(ending));
    EXTRACTORS
        .iter()
        .find(|(endings, ..)| endings.iter().all(|ending| has(ending)))
        .map(|(_, what, used)| (*what, *used))
}

/// A file, and the key in it that was chosen, in words.
pub fn file_and_key(path: &Path, key: Option<&str>) -> String {
    format!("{}{}", path.display(), key.map_or(String::new(), |key| format!(", key {key}")))
}

/// The option that chooses a key, with a space before it; empty where none is given.
pub(crate) fn key_option(key: Option<&str>) -> String {
    key.map_or(String::new(), |key| format!(" --key {}", quote(Path::new(key))))
}

/// The command that uses what was found in the file at `path` under `key`, in words.
pub(crate) fn file_usage(found: &Recognized<AnyNetwork>, path: &Path, key: Option<&str>) -> String {
    let file = quote(path) + &key_option(key);
    match command(found) {
        Some("sample") => format!("use 'gannet sample --weights {file} -o grid.png'"),
        Some("inpaint") => format!("use 'gannet inpaint --weights {file} PICTURE MASK -o out.png'"),
        Some("stylize") => format!("use 'gannet stylize PICTURE --weights {file} -o out.png'"),
        Some(command) => format!("use 'gannet {command} --weights {file} PICTURE -o out.png'"),
        None => "no command uses it".to_owned(),
    }
}

/// The command that uses what was found in a file, such as `upscale`; none for a discriminator.
pub(crate) fn command(found: &Recognized<AnyNetwork>) -> Option<&'static str> {
    match (found.part, found.config.kind()?.role()) {
        (Part::Discriminator, _) => None,
        (Part::Generator | Part::VariationalAutoencoder, _) => Some("sample"),
        (Part::Whole, Role::Inpainter) => Some("inpaint"),
        (Part::Whole, Role::Stylizer) => Some("stylize"),
        (Part::Whole, Role::Translator | Role::Upscaler) => {
            let scale = found.config.clone().visit_translator(Scale).unwrap_or(1);
            Some(if scale == 1 { "translate" } else { "upscale" })
        }
        (Part::Whole, Role::Gan | Role::FeatureDecoder | Role::Classifier) => None,
    }
}

/// How many times as large the result of a network is, which is built without memory for its weights.
struct Scale;

impl TranslatorVisitor for Scale {
    type Output = usize;

    fn visit<C: TranslatorConfig>(self, config: C) -> usize {
        config.init(&mut Stream::placeholder(), &device("cpu").unwrap_or_default()).scale()
    }
}
