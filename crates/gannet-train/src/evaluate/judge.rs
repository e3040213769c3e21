//! The networks that features come from, by the names that a user gives them.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::{Fit, Pixels};
use gannet_metrics::lenet::{DIGIT, Frame};
use gannet_nn::extractors::Extractor;
use gannet_nn::extractors::classifier::{Trained, recognise};
use gannet_nn::extractors::convnet::ConvNet;
use gannet_nn::extractors::dinov2::DinoV2;
use gannet_nn::extractors::frozen::{Misfit, Weights};
use gannet_nn::extractors::inception::{Inception, Kind};
use gannet_nn::extractors::lenet::LeNet;
use gannet_nn::extractors::lpips::Lpips;
use gannet_ops::random::Streams;
use gannet_ops::resample::{Filter, Taps, resize_plane};
use gannet_weights::{Known, NamedTensor, collect, parse_safetensors, read_weights, safetensors_bytes, sha256};
use rayon::prelude::*;

use super::EvaluateError;
use crate::trained::{TrainedClassifier, Which, open_any_classifier, read_lenet};

/// The built-in judge of colour images: recipe `cifar10-classifier`, trained on 45,000 of CIFAR-10's training images.
static CIFAR: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/cifar10-classifier.safetensors"));

/// Brings the file of published weights that are not kept yet.
pub type Fetch<'a> = dyn Fn(&Known) -> Result<PathBuf, EvaluateError> + 'a;

/// A name that [`Judge::open`] takes, and what it is.
pub const NAMES: [(&str, &str); 8] = [
    (
        "cifar",
        "a small classifier of CIFAR-10, built in: a judge of colour images that needs no download, no substitute for Inception",
    ),
    ("inception[:FILE]", "Inception-v3 of 2015, by which FID, KID and IS are defined"),
    ("dinov2[:FILE]", "DINOv2 ViT-B/14's class token"),
    ("lenet:FILE", "LeNet-5 for digits, from PyTorch's weights"),
    ("RUN", "the run of a classifier, such as one of digits-lenet"),
    ("classifier:FILE", "a classifier of torchvision's, told by its weights"),
    ("random:SEED", "an untrained network, for tests and rough comparisons"),
    ("pixels", "nothing: for metrics that need no features"),
];

/// How pixels are brought to the size that a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// The whole image, whatever its aspect.
    Whole(Filter),
    /// A digit of 28 pixels.
    Digit(Frame),
}

/// A network, and all that its numbers depend on.
pub struct Judge {
    /// As the user named it.
    pub name: String,
    /// SHA-256 of its weights; empty where there are none.
    pub hash: String,
    /// What is to be known about its numbers.
    pub caveat: Option<&'static str>,
    /// Which layer the features are.
    pub layer: &'static str,
    /// Whether FID is defined on it.
    pub is_inception: bool,
    /// Whether its features are worth keeping.
    pub is_slow: bool,
    framing: Framing,
    /// What values are multiplied by before the network sees them.
    gain: f32,
    network: Box<dyn Extractor>,
    device: Device,
}

/// What a judge sees in some images, row by row.
pub struct Seen {
    /// `[n, features]`.
    pub features: Vec<f32>,
    /// `[n, classes]`.
    pub logits: Vec<f32>,
}

impl Judge {
    /// The network called `name` (see [`NAMES`]) with images resized by `filter`, or as is usual for it; none for `pixels`.
    ///
    /// # Errors
    /// There is none of that name, or its weights cannot be had or are another network's.
    pub fn open(
        name: &str,
        filter: Option<Filter>,
        fetch: &Fetch,
        device: &Device,
    ) -> Result<Option<Self>, EvaluateError> {
        let (kind, file) = name.split_once(':').map_or((name, None), |(kind, file)| (kind, Some(file)));
        let weights = || file_or_known(kind, file, fetch).and_then(|path| Ok((Read::open(&path)?, path)));
        let mut judge = match (kind, file) {
            ("pixels", None) => return Ok(None),
            ("inception", _) => {
                let (read, path) = weights()?;
                let network = Inception::new(Kind::Fid, weights_of(read.tensors, device)).map_err(misfit(&path))?;
                let layer = "mean of the last map, 2048";
                Self {
                    is_inception: true,
                    ..Self::slow(name, read.hash, layer, Filter::Tf1, Box::new(network), device)
                }
            }
            ("dinov2", _) => {
                let (read, path) = weights()?;
                let network = DinoV2::new(weights_of(read.tensors, device)).map_err(misfit(&path))?;
                Self::slow(name, read.hash, "class token", Filter::Bicubic, Box::new(network), device)
            }
            ("classifier", Some(file)) => {
                let read = Read::open(Path::new(file))?;
                let (network, found) = recognise(weights_of(read.tensors, device)).map_err(misfit(Path::new(file)))?;
                let name = format!("{name} ({found})");
                Self::slow(&name, read.hash, "before the last layer", Filter::Bicubic, network, device)
            }
            ("cifar", None) => Self::cifar(device)?,
            ("random", Some(seed)) => Self::random(seed, device)?,
            ("lenet", Some(file)) => {
                let (network, hash) = read_lenet(Path::new(file), device)?;
                Self::lenet(name, hash, network, Frame::Resize, device)
            }
            _ if Path::new(name).join("recipe.toml").is_file() => Self::of_run(name, device)?,
            _ => {
                let known = NAMES.map(|(name, _)| name).join(", ");
                return Err(EvaluateError::Features { name: name.to_owned(), known });
            }
        };
        if let Some(filter) = filter {
            if let Framing::Digit(_) = judge.framing {
                return Err(EvaluateError::Setting(
                    "--resize is for whole images, and this judge frames digits: leave it out".into(),
                ));
            }
            judge.framing = Framing::Whole(filter);
            if judge.is_inception && filter == Filter::Bilinear {
                judge.gain = PYTORCH_FID;
            }
        }
        Ok(Some(judge))
    }

    fn slow(
        name: &str,
        hash: String,
        layer: &'static str,
        filter: Filter,
        network: Box<dyn Extractor>,
        device: &Device,
    ) -> Self {
        Self { is_slow: true, ..Self::small(name, hash, layer, Framing::Whole(filter), network, device) }
    }

    fn small(
        name: &str,
        hash: String,
        layer: &'static str,
        framing: Framing,
        network: Box<dyn Extractor>,
        device: &Device,
    ) -> Self {
        let (name, device) = (name.to_owned(), device.clone());
        Self {
            name,
            hash,
            caveat: None,
            layer,
            is_inception: false,
            is_slow: false,
            framing,
            gain: 1.0,
            network,
            device,
        }
    }

    fn lenet(name: &str, hash: String, network: LeNet, frame: Frame, device: &Device) -> Self {
        let network = Trained::new(network, LeNet::FEATURES, LeNet::CLASSES);
        Self::small(name, hash, "f6 after ReLU, 84", Framing::Digit(frame), Box::new(network), device)
    }

    fn convnet(name: &str, hash: String, network: Box<dyn Extractor>, device: &Device) -> Self {
        let framing = Framing::Whole(Filter::Triangle);
        Self::small(name, hash, "mean of the last map, 112", framing, network, device)
    }

    fn cifar(device: &Device) -> Result<Self, EvaluateError> {
        let (tensors, _) = parse_safetensors(CIFAR, Path::new("cifar"))?;
        let fresh = ConvNet::new(10, &mut Streams::new(0).at("replaced by the file", 0), device);
        let network = Trained::new(gannet_weights::load(fresh, tensors)?, ConvNet::FEATURES, 10);
        let caveat =
            "a small classifier of CIFAR-10, no substitute for Inception: its distances compare with each other only";
        Ok(Self { caveat: Some(caveat), ..Self::convnet("cifar", sha256(CIFAR), Box::new(network), device) })
    }

    fn random(seed: &str, device: &Device) -> Result<Self, EvaluateError> {
        let number =
            seed.parse().map_err(|_| EvaluateError::Setting(format!("random:{seed}: give a whole number as seed")))?;
        let fresh = ConvNet::new(10, &mut Streams::new(number).at("random features", 0), device);
        let network = Random(Trained::new(fresh, ConvNet::FEATURES, 0));
        let caveat = "RANDOM WEIGHTS: for tests and rough comparisons only";
        let name = format!("random:{seed}");
        Ok(Self { caveat: Some(caveat), ..Self::convnet(&name, String::new(), Box::new(network), device) })
    }

    fn of_run(name: &str, device: &Device) -> Result<Self, EvaluateError> {
        let hash = |tensors: &[NamedTensor]| sha256(&safetensors_bytes(tensors, ""));
        Ok(match open_any_classifier(Path::new(name), Which::Newest, device)? {
            TrainedClassifier::Digits(network, fit) => {
                let frame = if fit == Fit::Pad { Frame::Pad } else { Frame::Resize };
                Self::lenet(name, hash(&collect(&*network)), *network, frame, device)
            }
            TrainedClassifier::Colour(network, classes) => {
                let hash = hash(&collect(&*network));
                let network = Box::new(Trained::new(*network, ConvNet::FEATURES, classes));
                Self::convnet(name, hash, network, device)
            }
        })
    }

    /// How many features an image has.
    pub fn features(&self) -> usize {
        self.network.features()
    }

    /// How many classes it tells apart; 0 where it names none.
    pub fn classes(&self) -> usize {
        self.network.classes()
    }

    /// How images are brought to its size, in words.
    pub fn resize(&self) -> String {
        let [channels, height, width] = self.network.input();
        let how = match self.framing {
            Framing::Whole(filter) => filter_word(filter),
            Framing::Digit(Frame::Resize) => "28 pixels, then antialiased bilinear",
            Framing::Digit(Frame::Pad) => "28 pixels, then black around",
        };
        let scaled = if self.gain == 1.0 { "" } else { ", scaled as pytorch-fid does it" };
        format!("{how} to {channels}×{height}×{width}{scaled}")
    }

    /// What it sees in `images`. The last ones are joined by black ones to a whole batch, so that an image is seen alike
    /// whatever stands beside it.
    pub fn look(&self, images: &[Pixels], padded: bool) -> Seen {
        let (framing, gain, input) = (self.framing, self.gain, self.network.input());
        let [c, h, w] = input;
        let batch = if h > 64 { 16 } else { 64 };
        let mut seen = Seen { features: Vec::new(), logits: Vec::new() };
        for images in images.chunks(batch) {
            let mut values = vec![0.0; batch * c * h * w];
            let places = values.par_chunks_exact_mut(c * h * w).zip(images);
            places.for_each(|(to, image)| {
                to.copy_from_slice(&prepared(image, framing, input, padded));
                to.iter_mut().for_each(|value| *value *= gain);
            });
            let found = self.network.look(Tensor::from_data(TensorData::new(values, [batch, c, h, w]), &self.device));
            let rows = |x: Tensor<2>| x.narrow(0, 0, images.len()).into_data().iter::<f32>().collect::<Vec<_>>();
            seen.features.extend(rows(found.features));
            seen.logits.extend(found.logits.map(rows).unwrap_or_default());
        }
        seen
    }
}

/// Planes `[c, h, w]` in `[0, 255]`.
fn prepared(image: &Pixels, framing: Framing, [c, h, w]: [usize; 3], padded: bool) -> Vec<f32> {
    let image = image.clone().convert(c);
    match framing {
        Framing::Whole(filter) => resized(planes(&image), [image.height, image.width], [h, w], filter),
        Framing::Digit(frame) => {
            let digit = if padded { middle(image) } else { image };
            let size = [digit.height, digit.width];
            let digit = resized(planes(&digit), size, [DIGIT; 2], Filter::Triangle);
            match frame {
                Frame::Resize => resized(digit, [DIGIT; 2], [h, w], Filter::Triangle),
                Frame::Pad => framed(&digit, w),
            }
        }
    }
}

/// pytorch-fid shows Inception 2x/255 − 1, where TensorFlow's graph has (x − 128)/128.
const PYTORCH_FID: f32 = 256.0 / 255.0;

/// A network whose classes mean nothing.
struct Random(Trained<ConvNet>);

impl Extractor for Random {
    fn input(&self) -> [usize; 3] {
        self.0.input()
    }

    fn features(&self) -> usize {
        self.0.features()
    }

    fn classes(&self) -> usize {
        0
    }

    fn look(&self, images: Tensor<4>) -> gannet_nn::extractors::Seen {
        gannet_nn::extractors::Seen { logits: None, ..self.0.look(images) }
    }
}

/// The word of a filter, as `--resize` takes it.
pub fn filter_word(filter: Filter) -> &'static str {
    match filter {
        Filter::Triangle => "antialiased",
        Filter::Bilinear => "bilinear",
        Filter::Tf1 => "tf1",
        Filter::Bicubic => "clean",
        Filter::Imresize => "imresize",
    }
}

/// The filter of a word: `tf1` (TensorFlow 1's bilinear, as torch-fidelity and the original FID), `bilinear` (as pytorch-fid),
/// `clean` (antialiased bicubic, as clean-fid), `antialiased` (bilinear), `imresize` (MATLAB's bicubic).
pub fn filter(word: &str) -> Result<Filter, String> {
    let all = [Filter::Tf1, Filter::Bilinear, Filter::Bicubic, Filter::Triangle, Filter::Imresize];
    let found = all.into_iter().find(|filter| filter_word(*filter) == word);
    found.ok_or_else(|| "give tf1, bilinear, clean, antialiased or imresize".to_owned())
}

/// The perceptual distance on the trunk `vgg` or `alex`, with published weights or `TRUNK-FILE,OWN-FILE`.
///
/// # Errors
/// The weights cannot be had or are another network's.
pub fn perceptual(name: &str, fetch: &Fetch, device: &Device) -> Result<(Lpips, String), EvaluateError> {
    let (kind, files) = name.split_once(':').map_or((name, None), |(kind, files)| (kind, Some(files)));
    let (trunk, own) = match (kind, files) {
        ("vgg", None) => (known("vgg16", fetch)?, known("lpips-vgg", fetch)?),
        ("alex", None) => (known("alexnet", fetch)?, known("lpips-alex", fetch)?),
        ("vgg" | "alex", Some(files)) => {
            let two = files.split_once(',');
            let (trunk, own) =
                two.ok_or_else(|| EvaluateError::Setting(format!("{name}: give TRUNK-FILE,OWN-FILE")))?;
            (trunk.into(), own.into())
        }
        _ => return Err(EvaluateError::Setting(format!("no perceptual distance '{name}': give vgg or alex"))),
    };
    let (trunk_read, own_read) = (Read::open(&trunk)?, Read::open(&own)?);
    let hash = format!("{}+{}", &trunk_read.hash[..12], &own_read.hash[..12]);
    let made = Lpips::new(weights_of(trunk_read.tensors, device), weights_of(own_read.tensors, device))
        .map_err(misfit(&trunk))?;
    Ok((made, hash))
}

fn file_or_known(kind: &str, file: Option<&str>, fetch: &Fetch) -> Result<PathBuf, EvaluateError> {
    file.map_or_else(|| known(kind, fetch), |file| Ok(PathBuf::from(file)))
}

/// The kept file of published weights, fetched where it is not there yet.
fn known(name: &str, fetch: &Fetch) -> Result<PathBuf, EvaluateError> {
    let known = Known::named(name).expect("only names of the list are asked for");
    match known.kept()? {
        Some(path) => Ok(path),
        None => fetch(known),
    }
}

/// A file of weights and its hash.
struct Read {
    tensors: Vec<NamedTensor>,
    hash: String,
}

impl Read {
    fn open(path: &Path) -> Result<Self, EvaluateError> {
        let (tensors, hash) = read_weights(path)?;
        Ok(Self { tensors, hash })
    }
}

/// A file's tensors, for a network to take its own from.
fn weights_of(tensors: Vec<NamedTensor>, device: &Device) -> Weights {
    Weights::new(tensors.into_iter().map(|tensor| (tensor.name, tensor.shape, tensor.values)), device)
}

fn misfit(path: &Path) -> impl FnOnce(Misfit) -> EvaluateError {
    let path = path.to_owned();
    move |misfit| EvaluateError::Misfit { path, misfit }
}

/// Interleaved bytes as planes.
fn planes(image: &Pixels) -> Vec<f32> {
    let plane = |channel: usize| image.data.iter().skip(channel).step_by(image.channels).map(|value| f32::from(*value));
    (0..image.channels).flat_map(plane).collect()
}

/// Planes of one size as planes of another.
fn resized(planes: Vec<f32>, from: [usize; 2], to: [usize; 2], filter: Filter) -> Vec<f32> {
    if from == to {
        return planes;
    }
    let taps = [0, 1].map(|axis| Taps::new(filter, from[axis], to[axis]));
    let made =
        planes.chunks_exact(from[0] * from[1]).flat_map(|plane| resize_plane(plane, from[1], &taps[0], &taps[1]));
    // Clipped, as clean-fid does it: a cubic overshoots.
    made.map(|value| value.clamp(0.0, 255.0)).collect()
}

/// The middle 28 pixels of a grey square that is larger.
fn middle(image: Pixels) -> Pixels {
    let (top, left) = (image.height.saturating_sub(DIGIT) / 2, image.width.saturating_sub(DIGIT) / 2);
    let (height, width) = (image.height.min(DIGIT), image.width.min(DIGIT));
    let rows = image.data.chunks_exact(image.width).skip(top).take(height);
    let data = rows.flat_map(|row| &row[left..left + width]).copied().collect();
    Pixels { width, height, channels: 1, data }
}

/// A digit in the middle of a black square of `side` pixels.
fn framed(digit: &[f32], side: usize) -> Vec<f32> {
    let border = (side - DIGIT) / 2;
    let mut made = vec![0.0; side * side];
    for (row, digit) in digit.chunks_exact(DIGIT).enumerate() {
        made[(border + row) * side + border..][..DIGIT].copy_from_slice(digit);
    }
    made
}
