//! Image Style Transfer Using Convolutional Neural Networks, Gatys, Ecker and Bethge 2016, CVPR: the hand of a painting, and a picture
//! moved towards it pixel by pixel.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::{Canvas, Split, pictures};
use gannet_nn::extractors::frozen::Weights;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_objectives::style::{content_distance, gram, style_distance, total_variation};
use gannet_ops::resample::{Filter, Taps, resize_plane};
use gannet_weights::WeightsError;
use image::DynamicImage;

use crate::TrainError;
use crate::adam::{Adam, AdamConfig};
use crate::params;
use crate::recipe::ModelKind;
use crate::run::RunFolder;

/// What `style.features` may begin with, before a path.
const OF_FILES: [&str; 2] = ["vgg16:", "vgg19:"];
/// Settings of the optimiser of pixels, whose range is 2.
const PIXELS: AdamConfig = AdamConfig { lr: 0.03, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
/// Side of a built-in painting, in pixels.
const BUILT_IN: usize = 64;
/// Sides below which nothing is left of the deepest map.
pub const SMALLEST: usize = 32;

/// How a painting is painted, by features that say so.
pub struct Hand {
    features: StyleFeatures,
    grams: Vec<Tensor<3>>,
}

/// How much each thing counts.
#[derive(Debug, Clone, Copy)]
pub struct Weighing {
    /// To show what the picture shows.
    pub content: f64,
    /// To be painted as the painting is.
    pub style: f64,
    /// To be smooth.
    pub variation: f64,
}

/// What a picture costs; see [`gannet_objectives::style`].
pub struct Price {
    /// How far what it shows is from what it should.
    pub content: Tensor<1>,
    /// How far its hand is from the painting's.
    pub style: Tensor<1>,
    /// All, weighed.
    pub total: Tensor<1>,
}

/// Features by name, on `device`: `random`, or `vgg16:PATH` or `vgg19:PATH` with a file of torchvision's weights.
///
/// # Errors
/// The name is another; the file cannot be read or holds another network.
pub fn features(name: &str, device: &Device) -> Result<StyleFeatures, TrainError> {
    if name == "random" {
        return Ok(StyleFeatures::random(device));
    }
    let Some(path) = OF_FILES.iter().find_map(|prefix| name.strip_prefix(prefix)) else {
        let text = format!("there are no style features '{name}': give random, vgg16:PATH or vgg19:PATH");
        return Err(WeightsError::Fit(text).into());
    };
    let (tensors, _) = gannet_weights::read_weights(Path::new(path))?;
    let tensors = tensors.into_iter().map(|tensor| (tensor.name, tensor.shape, tensor.values));
    let misfit = |reason: String| WeightsError::Format { path: path.into(), reason };
    let made = StyleFeatures::vgg(Weights::new(tensors, device), name.to_owned());
    Ok(made.map_err(|error| misfit(error.to_string()))?)
}

impl Hand {
    /// That of a painting `[1, 3, h, w]` in `[-1, 1]`.
    pub fn new(features: StyleFeatures, painting: Tensor<4>) -> Self {
        let grams = features.looks(painting).style.into_iter().map(gram).collect();
        Self { features, grams }
    }

    /// That of the painting in a file, its longer side `size` pixels, by features of a name.
    ///
    /// # Errors
    /// It cannot be read, or the features cannot be had.
    pub fn open(path: &Path, size: usize, name: &str, device: &Device) -> Result<Self, TrainError> {
        let painting = opened(path, size, device)?;
        Ok(Self::new(features(name, device)?, painting))
    }

    /// That of the painting by which the run in `path` has learned to paint.
    ///
    /// # Errors
    /// There is no run; it paints nothing; its painting cannot be read any more.
    pub fn of_run(path: &Path, device: &Device) -> Result<Self, TrainError> {
        let recipe = RunFolder::open(path)?.recipe(&[])?;
        if recipe.model.kind != ModelKind::Johnson {
            return Err(TrainError::NoPainter { path: path.to_owned(), kind: recipe.model.kind.to_string() });
        }
        let style = &recipe.style;
        Self::open(Path::new(&style.image), style.size, &style.features, device)
    }

    /// The features it goes by, in words.
    pub fn about(&self) -> &str {
        self.features.about()
    }

    /// How far images `[n, 3, h, w]` are from it, as a share of it.
    pub fn distance(&self, images: Tensor<4>) -> f64 {
        let grams = self.features.looks(images).style.into_iter().map(gram).collect();
        f64::from(style_distance(grams, &self.grams).into_scalar::<f32>())
    }

    /// What images cost that should show what `content` shows.
    pub fn price(&self, images: Tensor<4>, content: &Tensor<4>, weighing: Weighing) -> Price {
        let looks = self.features.looks(images.clone());
        let style = style_distance(looks.style.into_iter().map(gram).collect(), &self.grams);
        let content = content_distance(looks.content, content.clone());
        let rough = total_variation(images) * weighing.variation;
        let total = content.clone() * weighing.content + style.clone() * weighing.style + rough;
        Price { content, style, total }
    }

    /// What images `[n, 3, h, w]` show: the map that [`Hand::price`] compares with.
    pub fn content(&self, images: Tensor<4>) -> Tensor<4> {
        self.features.looks(images).content
    }

    /// A picture `[1, 3, h, w]` moved so many steps towards the painting's hand; the hand lies on a device for training.
    pub fn paint(
        &self,
        picture: Tensor<4>,
        weighing: Weighing,
        steps: usize,
        mut told: impl FnMut(usize),
    ) -> Tensor<4> {
        let content = self.content(picture.clone()).detach();
        let mut painted = Painted { pixels: Param::from_tensor(picture.detach()) };
        let mut adam = Adam::new(PIXELS);
        for step in 0..steps {
            let price = self.price(painted.pixels.val(), &content, weighing);
            let gradients = params::gradients(&painted, &price.total.backward());
            painted = adam.step(painted, gradients);
            told(step + 1);
        }
        painted.pixels.val().detach().clamp(-1.0, 1.0)
    }
}

/// The painting in a file `[1, 3, h, w]` in `[-1, 1]`, its longer side `size` pixels, or as it is where that is 0.
///
/// # Errors
/// It cannot be read.
pub(crate) fn opened(path: &Path, size: usize, device: &Device) -> Result<Tensor<4>, TrainError> {
    Ok(tensor(&sized(&Canvas::from_image(painting(path)?), size), device))
}

/// The picture of a path, or the first one of a built-in set.
fn painting(path: &Path) -> Result<DynamicImage, TrainError> {
    if path.as_os_str().is_empty() || !path.exists() {
        let name = path.display().to_string();
        if gannet_data::is_built_in(&name) {
            return Ok(gannet_data::open(&name, Split::Train, 0, BUILT_IN)?.read(0)?);
        }
        return Err(TrainError::NoPainting { path: path.to_owned() });
    }
    let picture = pictures(path)?.into_iter().next();
    Ok(picture.ok_or_else(|| TrainError::NoPainting { path: path.to_owned() })?.read()?)
}

/// Pixels that learn.
#[derive(Module, Debug)]
struct Painted {
    pixels: Param<Tensor<4>>,
}

/// A picture as three planes `[1, 3, h, w]` in `[-1, 1]`, its transparency left out.
pub fn tensor(picture: &Canvas, device: &Device) -> Tensor<4> {
    let (height, width, colors) = (picture.height, picture.width, picture.colors());
    let places = (0..3).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| (c, y, x))));
    let values: Vec<f32> = places.map(|(c, y, x)| 2.0 * picture.at(c.min(colors - 1), y, x) - 1.0).collect();
    Tensor::from_data(TensorData::new(values, [1, 3, height, width]), device)
}

/// The picture with its longer side at `size` pixels, its shape nearly kept; as it is where that is 0. No side is below
/// [`SMALLEST`].
pub fn sized(picture: &Canvas, size: usize) -> Canvas {
    let longer = picture.width.max(picture.height);
    let scale = if size == 0 { 1.0 } else { size as f64 / longer as f64 };
    let side = |side: usize| ((side as f64 * scale).round() as usize).max(SMALLEST);
    let (height, width) = (side(picture.height), side(picture.width));
    if (height, width) == (picture.height, picture.width) {
        return picture.clone();
    }
    let mut made = picture.of_size(width, height);
    let taps = |from, to| Taps::new(Filter::Triangle, from, to);
    let (rows, columns) = (taps(picture.height, height), taps(picture.width, width));
    for channel in 0..picture.channels {
        let places = (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (y, x)));
        let plane: Vec<f32> = places.map(|(y, x)| picture.at(channel, y, x)).collect();
        for (at, value) in resize_plane(&plane, picture.width, &rows, &columns).into_iter().enumerate() {
            made.set(channel, at / width, at % width, value);
        }
    }
    made
}
