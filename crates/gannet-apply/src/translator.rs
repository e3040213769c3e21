//! Image-to-image networks, ready to use: a run's, or those of another project's file.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::ImageBuffer;
use gannet_nn::{AnyNetwork, Mode, NetworkKind, Recognized, Role, Translator, TranslatorConfig, TranslatorVisitor};
use gannet_ops::random::Stream;
use gannet_ops::resample::{Filter, mirrored, resize_by};
use gannet_recipe::TaskKind;
use gannet_weights::{NamedTensor, WeightsError, load};

use crate::checkpoint_choice::CheckpointChoice;
use crate::error::ApplyError;
use crate::network_file::{file_and_key, file_usage, read_network};
use crate::picture_values::network_input;
use crate::run::RunFolder;

/// Channels that the networks of other projects may take and give.
const CHANNELS: [usize; 3] = [1, 3, 4];

/// From images `[n, c, h, w]` in `[-1, 1]` to others; dropout draws from the stream, where one is given.
pub(crate) type Translate = dyn Fn(Tensor<4>, Option<Stream>) -> Tensor<4>;

/// Builds a network from its tensors on a device.
type Build = Box<dyn FnOnce(Vec<NamedTensor>, &Device) -> Result<TrainedTranslator, WeightsError>>;

/// An image-to-image network.
pub struct TrainedTranslator {
    translate: Box<Translate>,
    /// Channels of its input and of its output.
    channels: [usize; 2],
    multiple: usize,
    /// Tiles begin at multiples of it, in pixels.
    grid: usize,
    /// The least side of its input, in pixels.
    smallest: usize,
    scale: usize,
    /// Pixels around a hole that it sees, where it inpaints.
    context: usize,
    noisy: bool,
    stylizes: bool,
    /// Whether it takes the mask as one channel more than it gives.
    pub(crate) inpaints: bool,
    about: String,
    warnings: Vec<String>,
    device: Device,
}

/// The weights of an image-to-image network, before it is built.
pub struct TranslatorWeights {
    build: Build,
    tensors: Vec<NamedTensor>,
    noisy: bool,
    /// Whether a run of task stylize trained it.
    stylizes: bool,
    about: String,
    warnings: Vec<String>,
}

/// The output of a network that is not being trained for images `[n, c, h, w]`; dropout draws from `noise`, where it is
/// given.
pub fn translate<T: Translator>(network: &T, images: Tensor<4>, mut noise: Option<Stream>) -> Tensor<4> {
    network.clone().translate(images, Mode::Eval, noise.as_mut())
}

/// Prepares the function that builds a network of any configuration, and tells whether dropout can change its output.
struct PrepareBuild;

impl TranslatorVisitor for PrepareBuild {
    type Output = (Build, bool);

    fn visit<C: TranslatorConfig>(self, config: C) -> Self::Output {
        let noisy = config.has_dropout();
        let build = move |tensors: Vec<NamedTensor>, device: &Device| {
            let stream = &mut Stream::placeholder();
            let built = TrainedTranslator::new(load(config.init(stream, device), tensors)?, device);
            // A network that enlarges pictures may take their transparency and give colors alone.
            Ok(TrainedTranslator { inpaints: built.inpaints && C::ROLE != Role::Upscaler, ..built })
        };
        (Box::new(build), noisy)
    }
}

impl TranslatorWeights {
    /// The weights of the run in `path` at a checkpoint. `back` selects the second direction of a CycleGAN.
    ///
    /// # Errors
    /// There is no run or no such checkpoint, the run trains no image-to-image network, or it has one direction only.
    pub fn open(path: &Path, choice: CheckpointChoice, back: bool) -> Result<Self, ApplyError> {
        let run = RunFolder::open(path)?;
        let recipe = run.recipe(&[])?;
        let task = recipe.task.kind();
        if recipe.model.kind == NetworkKind::Adain {
            return Err(ApplyError::NeedsStyle { path: path.to_owned() });
        }
        let Ok((build, _)) = recipe.model.kind.visit_translator(&recipe.network_settings(), PrepareBuild) else {
            return Err(ApplyError::NoTranslator { path: path.to_owned(), task: task.to_string() });
        };
        if back && task != TaskKind::Cyclegan {
            return Err(ApplyError::OneWay { path: path.to_owned(), task: task.to_string() });
        }
        let mut loaded = run.load(choice)?;
        let tensors = loaded.state.take(if back { "back_ema" } else { "ema" })?;
        let about = format!("step {} of {}", loaded.step, path.display());
        let stylizes = task == TaskKind::Stylize;
        Ok(Self { build, tensors, noisy: recipe.dropout(), stylizes, about, warnings: loaded.warnings })
    }

    /// The weights in a file of another project, recognized by the names and shapes of its tensors. See [`Self::read_under`].
    ///
    /// # Errors
    /// The file cannot be read or holds another network.
    pub fn read(path: &Path) -> Result<Self, ApplyError> {
        Self::read_under(path, None)
    }

    /// The weights in a file of another project: those under `key`, where one is given, and else those under the preferred key of
    /// the file.
    ///
    /// # Errors
    /// The file cannot be read, lacks the key or holds another network.
    pub fn read_under(path: &Path, key: Option<&str>) -> Result<Self, ApplyError> {
        let found = read_network(path, key)?;
        let what = found.describe();
        Self::recognized(found, format!("{}: {what}", file_and_key(path, key))).map_err(|found| {
            let reason =
                format!("it is {what}, which is not an image-to-image network: {}", file_usage(&found, path, key));
            WeightsError::Unsuited { path: path.to_owned(), reason }.into()
        })
    }

    /// The weights of a network that was recognized.
    ///
    /// # Errors
    /// It is no image-to-image network, and is given back.
    pub(crate) fn recognized(
        found: Recognized<AnyNetwork>,
        about: String,
    ) -> Result<Self, Box<Recognized<AnyNetwork>>> {
        match found.config.clone().visit_translator(PrepareBuild) {
            Ok((build, noisy)) => {
                Ok(Self { build, tensors: found.tensors, noisy, stylizes: false, about, warnings: Vec::new() })
            }
            Err(_) => Err(Box::new(found)),
        }
    }

    /// Interpolates each weight linearly towards that of `other` by `share` in `[0, 1]`: network interpolation between a
    /// network of small errors and one of sharp images (Wang et al. 2018, arXiv:1809.00219, section 3.4).
    ///
    /// # Errors
    /// The other network has other weights.
    pub fn interpolate(mut self, other: &Self, share: f32) -> Result<Self, ApplyError> {
        let [own, others] = [self.tensors.len(), other.tensors.len()];
        if own != others {
            let text = format!("{} has {others} tensors, and {} has {own}", other.about, self.about);
            return Err(WeightsError::Fit(format!("{text}: mix two networks of one architecture")).into());
        }
        for tensor in &mut self.tensors {
            let same = |other: &&NamedTensor| other.name == tensor.name && other.shape == tensor.shape;
            let Some(other) = other.tensors.iter().find(same) else {
                let text = format!("{} has no {} of the shape {:?}", other.about, tensor.name, tensor.shape);
                return Err(WeightsError::Fit(format!("{text}: mix two networks of one architecture")).into());
            };
            let pairs = tensor.values.iter_mut().zip(&other.values);
            pairs.for_each(|(own, other)| *own += share * (other - *own));
        }
        self.warnings.extend(other.warnings.iter().cloned());
        self.about = format!("{}, {share} of the way to {}", self.about, other.about);
        Ok(self)
    }

    /// The network whose output is that of this one, and `share` of the way to that of `other`.
    pub(crate) fn towards(self, other: Self, share: f32) -> Self {
        let (build, build_other, tensors_of_other) = (self.build, other.build, other.tensors);
        let build = move |tensors: Vec<NamedTensor>, device: &Device| {
            Ok(build(tensors, device)?.towards(build_other(tensors_of_other, device)?, share))
        };
        Self { build: Box::new(build), ..self }
    }

    /// The network followed by `change` of its output.
    pub(crate) fn with_output(self, change: impl Fn(Tensor<4>) -> Tensor<4> + 'static) -> Self {
        let build = self.build;
        Self { build: Box::new(move |tensors, device| Ok(build(tensors, device)?.with_output(change))), ..self }
    }

    /// With these words about where the network comes from.
    pub(crate) fn with_about(self, about: String) -> Self {
        Self { about, ..self }
    }

    /// The network, on `device`.
    ///
    /// # Errors
    /// The weights do not fit it.
    pub fn build(self, device: &Device) -> Result<TrainedTranslator, ApplyError> {
        let Self { build, tensors, noisy, stylizes, about, warnings } = self;
        let misfit = |error: WeightsError| WeightsError::Fit(format!("{about}: {error}"));
        let built = build(tensors, device).map_err(misfit)?;
        // A run's inpainting network takes the mask as one channel more.
        let picture_channels = if built.inpaints() { &built.channels[1..] } else { &built.channels[..] };
        if !picture_channels.iter().all(|channels| CHANNELS.contains(channels)) {
            let reason =
                format!("{about}: pictures have 1, 3 or 4 channels, and this network's have {:?}", built.channels);
            return Err(WeightsError::Fit(reason).into());
        }
        Ok(TrainedTranslator { noisy, stylizes, about, warnings, ..built })
    }
}

impl TrainedTranslator {
    fn new<T: Translator + 'static>(network: T, device: &Device) -> Self {
        let channels = network.channels();
        Self {
            channels,
            inpaints: channels[0] == channels[1] + 1,
            multiple: network.multiple(),
            grid: network.grid(),
            smallest: network.smallest(),
            scale: network.scale(),
            context: network.context(),
            translate: Box::new(move |images, noise| translate(&network, images, noise)),
            noisy: false,
            stylizes: false,
            about: String::new(),
            warnings: Vec::new(),
            device: device.clone(),
        }
    }

    /// A style-transfer function on color images, whose sides must be multiples of `multiple` and at least `smallest`.
    pub(crate) fn style_transfer(
        translate: Box<Translate>,
        [multiple, smallest]: [usize; 2],
        about: String,
        warnings: Vec<String>,
        device: &Device,
    ) -> Self {
        let (channels, scale, context, noisy, stylizes) = ([3, 3], 1, 0, false, true);
        Self {
            translate,
            channels,
            multiple,
            grid: multiple,
            smallest,
            scale,
            context,
            noisy,
            stylizes,
            inpaints: false,
            about,
            warnings,
            device: device.clone(),
        }
    }

    /// Pixels of which tiles and their overlap are multiples.
    pub(crate) fn grid(&self) -> usize {
        self.grid
    }

    /// Whether dropout can change its output: true for a run's U-Net that was trained with dropout, and for any U-Net of
    /// another project that is deep enough, since its file does not say.
    pub fn has_dropout(&self) -> bool {
        self.noisy
    }

    /// Whether it was trained to give pictures a style.
    pub fn stylizes(&self) -> bool {
        self.stylizes
    }

    /// Width and height of the output, in multiples of the input's.
    pub fn scale(&self) -> usize {
        self.scale
    }

    /// The upscaler with results `scale` times as large as the picture, fewer times than its own: they are reduced by cubic
    /// convolution with antialiasing.
    #[must_use]
    pub fn reduced_to(self, scale: usize) -> Self {
        let own = self.scale;
        let reduced = self.with_output(move |large| {
            let [_, _, h, w] = large.dims();
            resize_by(Filter::Bicubic, large, [h, w].map(|side| side / own * scale))
        });
        Self { scale, ..reduced }
    }

    /// The network whose output is that of this one, and `share` of the way to that of `other`, which takes the same images.
    fn towards(self, other: Self, share: f32) -> Self {
        let (own, other) = (self.translate, other.translate);
        let translate = move |images: Tensor<4>, noise: Option<Stream>| {
            let first = own(images.clone(), noise.clone());
            let second = other(images, noise);
            first.clone() + (second - first) * share
        };
        Self { translate: Box::new(translate), ..self }
    }

    /// The network followed by `change` of its output.
    fn with_output(self, change: impl Fn(Tensor<4>) -> Tensor<4> + 'static) -> Self {
        let translate = self.translate;
        Self { translate: Box::new(move |images, noise| change(translate(images, noise))), ..self }
    }

    /// Pixels around a hole that it sees, where it inpaints.
    pub(crate) fn context(&self) -> usize {
        self.context
    }

    /// Channels of the input and of the output.
    pub fn channels(&self) -> [usize; 2] {
        self.channels
    }

    /// Where the network comes from, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// A line for each newer checkpoint that is damaged, where the newest was asked for, and one where the network is barely
    /// trained.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Translates a picture of any size to one of the same size, at its depth, with its transparency and its color space. The
    /// network's number of output channels says whether the result is gray or in color. Dropout draws from `noise`, where it is
    /// given.
    pub fn translate(&self, picture: &ImageBuffer, noise: Option<Stream>) -> ImageBuffer {
        let [channels, given] = self.channels;
        let visible = picture.with_visible_colors();
        let value = |c: usize, y: usize, x: usize| network_input(&visible, channels, c, [y, x]);
        let output = self.apply([picture.height, picture.width], value, noise).into_data();
        let (values, plane) = (output.iter::<f32>().collect::<Vec<f32>>(), picture.height * picture.width);
        let kept = usize::from(picture.has_alpha());
        let mut result = picture.blank_with_channels(match given {
            1 => 1 + kept,
            4 => 4,
            _ => 3 + kept,
        });
        result.copy_alpha(picture);
        for (channel, values) in values.chunks_exact(plane).take(result.channels).enumerate() {
            for (place, value) in values.iter().enumerate() {
                result.set(channel, place / picture.width, place % picture.width, 0.5 * (value + 1.0));
            }
        }
        result
    }

    /// The output `[1, c, s h, s w]` in `[-1, 1]` for a picture of `[h, w]` pixels; `value(channel, row, column)` gives its
    /// values in `[-1, 1]`. Where the sides are no multiples of the network's stride, the picture is padded with its mirror
    /// image, and the output is cropped.
    pub fn apply(
        &self,
        [height, width]: [usize; 2],
        value: impl Fn(usize, usize, usize) -> f32,
        noise: Option<Stream>,
    ) -> Tensor<4> {
        let [tall, wide] = [height, width].map(|side| side.max(self.smallest).next_multiple_of(self.multiple));
        let at = |c, y: usize, x: usize| value(c, mirrored(y as isize, height), mirrored(x as isize, width));
        let channels = self.channels[0];
        let places = (0..channels).flat_map(|c| (0..tall).flat_map(move |y| (0..wide).map(move |x| (c, y, x))));
        let planes: Vec<f32> = places.map(|(c, y, x)| at(c, y, x)).collect();
        let images = Tensor::from_data(TensorData::new(planes, [1, channels, tall, wide]), &self.device);
        (self.translate)(images, noise).narrow(2, 0, self.scale * height).narrow(3, 0, self.scale * width)
    }
}
