//! Image Style Transfer Using Convolutional Neural Networks, Gatys, Ecker and Bethge 2016, CVPR: the style of a painting as
//! Gram matrices, and a picture optimized towards it pixel by pixel.

use std::path::{Path, PathBuf};

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_data::{ImageBuffer, Split, image_files};
use gannet_nn::NetworkKind;
use gannet_nn::extractors::frozen::Weights;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_objectives::style::{content_loss, gram_matrix, style_loss, total_variation};
use gannet_optim::{Adam, AdamConfig, parameters};
use gannet_recipe::Task;
use gannet_weights::{TensorFile, WeightsError};
use image::DynamicImage;

use crate::error::ApplyError;
use crate::resize_picture::{resize_to, to_tensor};
use crate::run::RunFolder;

/// The prefixes of feature names that a path follows.
const FROM_FILE: [&str; 2] = ["vgg16:", "vgg19:"];
/// Settings of the optimizer of pixels, whose range is 2.
const PIXELS: AdamConfig = AdamConfig { lr: 0.03, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
/// Side of a built-in style image, in pixels.
const BUILT_IN: usize = 64;

/// The style of a painting: Gram matrices of its feature maps.
pub struct StyleTarget {
    features: StyleFeatures,
    grams: Vec<Tensor<3>>,
}

/// The weights of the terms of a style-transfer loss.
#[derive(Debug, Clone, Copy)]
pub struct LossWeights {
    /// Weight of the content loss.
    pub content: f64,
    /// Weight of the style loss.
    pub style: f64,
    /// Weight of the total variation.
    pub variation: f64,
}

/// The terms of a style-transfer loss; see [`gannet_objectives::style`].
pub struct StyleTransferLoss {
    /// The content loss.
    pub content: Tensor<1>,
    /// The style loss.
    pub style: Tensor<1>,
    /// The weighted sum of all terms.
    pub total: Tensor<1>,
}

/// Style features by name, on `device`: `random`, or `vgg16:PATH` or `vgg19:PATH` with a file of torchvision's weights.
///
/// # Errors
/// The name is unknown; the file cannot be read or holds another network.
pub fn style_features(name: &str, device: &Device) -> Result<StyleFeatures, ApplyError> {
    if name == "random" {
        return Ok(StyleFeatures::random(device));
    }
    let Some(path) = FROM_FILE.iter().find_map(|prefix| name.strip_prefix(prefix)) else {
        let text = format!("there are no style features '{name}': give random, vgg16:PATH or vgg19:PATH");
        return Err(WeightsError::Fit(text).into());
    };
    let (tensors, _) = gannet_weights::read_weights(Path::new(path))?;
    let tensors = TensorFile::unwrapped(tensors).into_iter().map(|tensor| (tensor.name, tensor.shape, tensor.values));
    let misfit = |reason: String| WeightsError::Unsuited { path: path.into(), reason };
    let features = StyleFeatures::vgg(Weights::new(tensors, device), name.to_owned());
    Ok(features.map_err(|error| misfit(error.to_string()))?)
}

impl StyleTarget {
    /// The style of a painting `[1, 3, h, w]` in `[-1, 1]`.
    pub fn new(features: StyleFeatures, painting: Tensor<4>) -> Self {
        let grams = features.features(painting).style.into_iter().map(gram_matrix).collect();
        Self { features, grams }
    }

    /// The style of the painting in a file, its longer side `size` pixels, by features of a name.
    ///
    /// # Errors
    /// The painting or the features cannot be read.
    pub fn open(path: &Path, size: usize, features: &str, device: &Device) -> Result<Self, ApplyError> {
        let painting = open_style_image(path, size, device)?;
        Ok(Self::new(style_features(features, device)?, painting))
    }

    /// The style that the run in `path` was trained on.
    ///
    /// # Errors
    /// There is no run, it is of another task, or its style image cannot be read any more.
    pub fn of_run(path: &Path, device: &Device) -> Result<Self, ApplyError> {
        let recipe = RunFolder::open(path)?.recipe(&[])?;
        match &recipe.task {
            Task::Stylize(style) if recipe.model.kind == NetworkKind::Johnson => {
                Self::open(Path::new(&style.image), style.size, &style.features, device)
            }
            task => Err(ApplyError::NoStyleTransfer { path: path.to_owned(), task: task.kind().to_string() }),
        }
    }

    /// The name of the features.
    pub fn about(&self) -> &str {
        self.features.about()
    }

    /// The style loss of images `[n, 3, h, w]`: relative squared distance of Gram matrices.
    pub fn distance(&self, images: Tensor<4>) -> f64 {
        let grams = self.features.features(images).style.into_iter().map(gram_matrix).collect();
        f64::from(style_loss(grams, &self.grams).into_scalar::<f32>())
    }

    /// The loss of images `[n, 3, h, w]` whose content should match the feature map `content`.
    pub fn loss(&self, images: Tensor<4>, content: &Tensor<4>, weights: LossWeights) -> StyleTransferLoss {
        let maps = self.features.features(images.clone());
        let style = style_loss(maps.style.into_iter().map(gram_matrix).collect(), &self.grams);
        let content = content_loss(maps.content, content.clone());
        let variation = total_variation(images) * weights.variation;
        let total = content.clone() * weights.content + style.clone() * weights.style + variation;
        StyleTransferLoss { content, style, total }
    }

    /// The content of images `[n, 3, h, w]`: the feature map that [`Self::loss`] compares with.
    pub fn content(&self, images: Tensor<4>) -> Tensor<4> {
        self.features.features(images).content
    }

    /// A picture `[1, 3, h, w]` after `steps` steps of Adam on its pixels; `progress` gets the number of steps done. The
    /// target must lie on a device for training.
    pub fn optimize(
        &self,
        picture: Tensor<4>,
        weights: LossWeights,
        steps: usize,
        mut progress: impl FnMut(usize),
    ) -> Tensor<4> {
        let content = self.content(picture.clone()).detach();
        let mut image = OptimizedImage { pixels: Param::from_tensor(picture.detach()) };
        let mut adam = Adam::new(PIXELS);
        for step in 0..steps {
            let loss = self.loss(image.pixels.val(), &content, weights);
            let gradients = parameters::gradients(&image, &loss.total.backward());
            image = adam.step(image, gradients);
            progress(step + 1);
        }
        image.pixels.val().detach().clamp(-1.0, 1.0)
    }
}

/// The style image of a run of task stylize, as its recipe names it; none for other runs.
pub fn style_image(run: &Path) -> Option<PathBuf> {
    match RunFolder::open(run).and_then(|run| run.recipe(&[])).ok()?.task {
        Task::Stylize(style) => Some(PathBuf::from(style.image)),
        _ => None,
    }
}

/// The style image of a path `[1, 3, h, w]` in `[-1, 1]`, its longer side `size` pixels, or in its own size where that is 0.
///
/// # Errors
/// It cannot be read.
pub fn open_style_image(path: &Path, size: usize, device: &Device) -> Result<Tensor<4>, ApplyError> {
    let picture = ImageBuffer::from_image(read_style_image(path)?).with_visible_colors();
    Ok(to_tensor(&resize_to(&picture, size), device))
}

/// The picture of a path, or the first one of a built-in set.
fn read_style_image(path: &Path) -> Result<DynamicImage, ApplyError> {
    if path.as_os_str().is_empty() || !path.exists() {
        let name = path.display().to_string();
        if gannet_data::is_built_in(&name) {
            return Ok(gannet_data::open(&name, Split::Train, 0, BUILT_IN)?.read(0)?);
        }
        return Err(ApplyError::NoStyleImage { path: path.to_owned() });
    }
    let picture = image_files(path)?.into_iter().next();
    Ok(picture.ok_or_else(|| ApplyError::NoStyleImage { path: path.to_owned() })?.read()?)
}

/// The pixels of a picture as the parameters of an optimization.
#[derive(Module, Debug)]
struct OptimizedImage {
    pixels: Param<Tensor<4>>,
}
