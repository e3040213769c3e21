//! `gannet stylize`: pictures in the style of a painting, by optimizing their pixels, or by the style-transfer network of a run or
//! of another project's file.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use clap::Args;
use gannet_apply::adain::{adain_features, open_adain};
use gannet_apply::resize_picture::{resize_to, to_tensor};
use gannet_apply::style_transfer::{LossWeights, StyleTarget, style_image};
use gannet_apply::translator::{TrainedTranslator, TranslatorWeights};
use gannet_apply::{ApplyError, CheckpointChoice};
use gannet_data::ImageBuffer;

use crate::args::{self, Key, OUTPUT, Overwrite, WEIGHTS, not_negative};
use crate::failure::Failure;
use crate::images::{Job, Picture, from_buffer};
use crate::progress::bar;
use crate::stderr;

/// The weight of the style in the optimization of pixels, where none is given.
const STYLE_WEIGHT: f64 = 10.0;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Optimizes the pixels, without training
  gannet stylize photo.jpg --style painting.jpg -o stylized.png
  # A network for one style, a network for any style, and a network of another project
  gannet stylize photos/ --run runs/folder-style -o stylized/
  gannet stylize photos/ --run runs/folder-adain --style painting.jpg -o stylized/
  gannet stylize photo.jpg --weights candy.pth -o stylized.png")]
pub struct Stylize {
    /// Pictures, or folders of pictures
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The style image
    ///
    /// Without --run and --weights, the pixels of each picture are optimized towards its style. A run of task adain transfers its
    /// style. For other networks, the distance to its style is measured.
    #[arg(long, value_name = "PICTURE", required_unless_present_any = ["run", "weights"], help_heading = "Style")]
    style: Option<PathBuf>,
    /// Longer side to which the style image is resized, in pixels; 0 for its own size
    #[arg(long, value_name = "PIXELS", default_value_t = 512, help_heading = "Style")]
    style_size: u16,
    /// Features that measure style: random, or vgg16:FILE or vgg19:FILE with torchvision's weights
    ///
    /// A run of task adain has its own features.
    #[arg(long, value_name = "NAME", default_value = "random", help_heading = "Style")]
    features: String,
    /// Weight of the style, relative to the content [default: 10]; for a run of task adain the share of the style, from 0 to 1
    /// [default: 1]
    #[arg(long, value_name = "X", allow_hyphen_values = true, help_heading = "Style", value_parser = not_negative)]
    strength: Option<f64>,
    /// Weight of the total variation, which favors even areas
    #[arg(
        long,
        value_name = "X",
        default_value_t = 0.0,
        allow_hyphen_values = true,
        help_heading = "Style",
        value_parser = not_negative
    )]
    smooth: f64,
    /// Keep the picture's colors, and change its brightness only
    #[arg(long, help_heading = "Style")]
    keep_colors: bool,
    /// Use the network of a run of task stylize or adain
    #[arg(long, value_name = "RUN", help_heading = WEIGHTS)]
    run: Option<PathBuf>,
    /// Use the network in this file of PyTorch's fast_neural_style
    #[arg(long, value_name = "FILE", conflicts_with = "run", help_heading = WEIGHTS)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
    /// The run's checkpoint: newest, best, or a step
    #[arg(long, default_value_t, requires = "run", help_heading = WEIGHTS)]
    checkpoint: CheckpointChoice,
    /// Longer side to which pictures are resized, in pixels; 0 for their own size
    #[arg(long, value_name = "PIXELS", default_value_t = 512, help_heading = "Pictures")]
    size: u16,
    /// Steps of the optimization of pixels
    #[arg(
        long,
        value_name = "N",
        default_value_t = 300,
        help_heading = "Pictures",
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    steps: u32,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true, help_heading = OUTPUT)]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: args::NetworkDevice,
}

/// Whether a picture has been resized, which is reported once.
#[derive(Default)]
struct Resized(bool);

impl Resized {
    fn tell(&mut self, name: &str, stored: &ImageBuffer, picture: &ImageBuffer) {
        let [from, to] = [stored, picture].map(|picture| (picture.width, picture.height));
        if from != to && !std::mem::replace(&mut self.0, true) {
            let ((width, height), (wide, high)) = (from, to);
            stderr::line(&format!(
                "{name}: {width}×{height} pixels become {wide}×{high}; --size 0 keeps the size of pictures"
            ));
        }
    }
}

/// How a picture gets a style.
enum Method {
    /// Optimization of the picture's pixels.
    Optimize { weights: LossWeights, steps: usize },
    /// A network.
    Network(Box<TrainedTranslator>),
}

/// Stylizes one picture, several, or whole folders.
pub fn stylize(args: &Stylize) -> Result<String, Failure> {
    let device = args.device.open()?;
    let key = args.key.of_weights(args.weights.as_ref())?;
    let adain_features = args.run.as_deref().map(adain_features).transpose()?.flatten();
    let method = match &args.run {
        Some(run) if adain_features.is_some() => open_any_style(args, run, &device)?,
        _ => open_method(args, key, &device)?,
    };
    let device = if matches!(method, Method::Optimize { .. }) { device.autodiff() } else { device };
    let target = open_target(args, adain_features.as_deref(), &device)?;
    let trained_style = args.run.as_deref().and_then(style_image);
    let files = [&args.style, &args.weights, &trained_style].into_iter().flatten();
    let also_read: Vec<&Path> = files.map(PathBuf::as_path).collect();
    let job = Job::new(&args.inputs, &also_read, &args.output, args.overwrite.force)?;
    if let Method::Network(network) = &method {
        stderr::warn(network.warnings());
        stderr::line(network.about());
    }
    let mut resized = Resized::default();
    job.run(|image, name, _| {
        let stored = image.into_buffer();
        let picture = resize_to(&stored.with_visible_colors(), args.size.into());
        resized.tell(name, &stored, &picture);
        let pixels = to_tensor(&picture, &device);
        let stylized = method.apply(&picture, pixels.clone(), target.as_ref())?;
        if let Some(target) = &target {
            stderr::line(&comparison(name, target, [pixels, stylized.clone()]));
        }
        Ok(finish(picture, stylized, args.keep_colors))
    })
}

/// The style that results are compared with: of the style image, or else of the run; none for another project's network.
fn open_target(args: &Stylize, adain_features: Option<&str>, device: &Device) -> Result<Option<StyleTarget>, Failure> {
    Ok(match (&args.style, &args.run) {
        (Some(path), _) => {
            let features = adain_features.unwrap_or(&args.features);
            Some(StyleTarget::open(path, args.style_size.into(), features, device)?)
        }
        (None, Some(run)) => Some(StyleTarget::of_run(run, device)?),
        (None, None) => None,
    })
}

/// The network of a run or a file, or the optimization of pixels.
fn open_method(args: &Stylize, key: Option<&str>, device: &Device) -> Result<Method, Failure> {
    let weights = match (&args.run, &args.weights) {
        (Some(run), _) => TranslatorWeights::open(run, args.checkpoint, false)?,
        (_, Some(file)) => TranslatorWeights::read_under(file, key)?,
        _ => {
            let style = args.strength.unwrap_or(STYLE_WEIGHT);
            let weights = LossWeights { content: 1.0, style, variation: args.smooth };
            return Ok(Method::Optimize { weights, steps: args.steps as usize });
        }
    };
    let network = weights.build(device)?;
    if network.scale() != 1 || network.channels() != [3, 3] {
        let about = network.about();
        return Err(format!("{about} transfers no style: give a run of task stylize or adain").into());
    }
    Ok(Method::Network(Box::new(network)))
}

/// The network of an AdaIN run, with the style image.
fn open_any_style(args: &Stylize, run: &Path, device: &Device) -> Result<Method, Failure> {
    let Some(style) = &args.style else { return Err(ApplyError::NeedsStyle { path: run.to_owned() }.into()) };
    let strength = args.strength.unwrap_or(1.0);
    if strength > 1.0 {
        return Err(format!(
            "--strength {strength} is too large for {}, a run of task adain: give a share, from 0 (the picture's own style) to 1 \
             (the style image's)",
            run.display()
        )
        .into());
    }
    let size = args.style_size.into();
    Ok(Method::Network(Box::new(open_adain(run, args.checkpoint, (style, size), strength, device)?)))
}

impl Method {
    /// The stylized picture `[1, 3, h, w]` in `[-1, 1]`; `pixels` is the picture as such a tensor.
    fn apply(
        &self,
        picture: &ImageBuffer,
        pixels: Tensor<4>,
        target: Option<&StyleTarget>,
    ) -> Result<Tensor<4>, Failure> {
        match self {
            Self::Network(network) => {
                let colors = picture.color_channels();
                let value = |c: usize, y: usize, x: usize| 2.0 * picture.at(c.min(colors - 1), y, x) - 1.0;
                Ok(network.apply([picture.height, picture.width], value, None).clamp(-1.0, 1.0))
            }
            Self::Optimize { weights, steps } => {
                let target = target.ok_or("give --style PICTURE, --run RUN or --weights FILE")?;
                let bar = bar(Some(*steps as u64), "{bar:24} {pos}/{len} · {eta} left");
                let stylized = target.optimize(pixels, *weights, *steps, |step| bar.set_position(step as u64));
                bar.finish_and_clear();
                Ok(stylized)
            }
        }
    }
}

/// A line with the style distance of a picture before and after.
fn comparison(name: &str, target: &StyleTarget, pictures: [Tensor<4>; 2]) -> String {
    let [before, after] = pictures.map(|picture| target.distance(picture));
    let change = 100.0 * (after / before - 1.0);
    let direction = if change > 0.0 { "higher" } else { "lower" };
    format!(
        "{name}: style distance by {}: {before:.4} before, {after:.4} after, {:.1}% {direction}",
        target.about(),
        change.abs()
    )
}

/// The stylized picture in color, with the transparency of the given one. `keep_colors` keeps its colors and takes the brightness
/// alone (Gatys et al. 2016, arXiv:1606.05897, section 4).
fn finish(picture: ImageBuffer, stylized: Tensor<4>, keep_colors: bool) -> Picture<'static> {
    let [_, _, height, width] = stylized.dims();
    let values: Vec<f32> = stylized.into_data().iter::<f32>().collect();
    let mut result = picture.into_rgb();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let stylized: [f32; 3] = std::array::from_fn(|c| 0.5 * values[(c * height + y) * width + x] + 0.5);
        let own: [f32; 3] = std::array::from_fn(|c| result.at(c, y, x));
        let luma = |[r, g, b]: [f32; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
        let lighter = luma(stylized) - luma(own);
        for c in 0..3 {
            result.set(c, y, x, if keep_colors { own[c] + lighter } else { stylized[c] });
        }
    }
    from_buffer(result)
}
