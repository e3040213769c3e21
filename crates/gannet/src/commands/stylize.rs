//! `gannet stylize`: pictures painted as a painting is: pixel by pixel, or at once by a network that a run has trained, for one
//! painting or for any, or that a file of another project holds.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use gannet_data::Canvas;
use gannet_train::adain;
use gannet_train::style::{Hand, Weighing, sized, tensor};
use gannet_train::translator::{TrainedTranslator, TranslatorWeights};
use image::DynamicImage;
use indicatif::ProgressBar;

use super::job::Job;
use super::{device, warn};
use crate::Failure;
use crate::cli;

/// How much a painting's hand counts in the optimisation of pixels, where nothing else is asked for.
const STRENGTH: f64 = 10.0;

/// What paints.
enum Painter {
    /// The optimiser of pixels.
    Pixels { weighing: Weighing, steps: usize },
    /// A network, which may be of another hand than is measured.
    Network(Box<TrainedTranslator>),
}

/// One picture, several, or whole folders.
pub fn stylize(args: &cli::Stylize) -> Result<String, Failure> {
    let plain = device(&args.device.device)?;
    // Those of a run that paints as any painting.
    let own_features = args.run.as_deref().map(adain::features_of).transpose()?.flatten();
    let painter = match &args.run {
        Some(run) if own_features.is_some() => of_any_painting(args, run, &plain)?,
        _ => painter(args, &plain)?,
    };
    let place = if matches!(painter, Painter::Pixels { .. }) { plain.clone().autodiff() } else { plain };
    let hand = match (&args.style, &args.run) {
        (Some(path), _) => {
            let features = own_features.as_ref().unwrap_or(&args.features);
            Some(Hand::open(path, args.style_size.into(), features, &place)?)
        }
        (None, Some(run)) => Some(Hand::of_run(run, &place)?),
        (None, None) => None,
    };
    let job = Job::new(&args.inputs, &args.output, args.overwrite.force)?;
    if let Painter::Network(network) = &painter {
        warn(network.warnings());
        crate::tell(network.about());
    }
    job.run(|image, name, _| {
        let whole = sized(&Canvas::from_image(image), args.size.into());
        let picture = tensor(&whole, &place);
        let painted = painter.paint(&whole, picture.clone(), hand.as_ref())?;
        if let Some(hand) = &hand {
            let [before, after] = [picture, painted.clone()].map(|picture| hand.distance(picture));
            let cut = 100.0 * (1.0 - after / before);
            crate::tell(&format!(
                "{name}: Gram distance to the painting by {}, as a share of it: {before:.4} before, {after:.4} after, {:.1} % {}",
                hand.about(),
                cut.abs(),
                if cut < 0.0 { "more" } else { "less" }
            ));
        }
        finished(whole, painted, args.keep_colors)
    })
}

fn painter(args: &cli::Stylize, device: &Device) -> Result<Painter, Failure> {
    let weights = match (&args.run, &args.weights) {
        (Some(run), _) => TranslatorWeights::open(run, args.checkpoint, false)?,
        (_, Some(file)) => TranslatorWeights::read(file)?,
        _ => {
            let weighing = Weighing { content: 1.0, style: args.strength.unwrap_or(STRENGTH), variation: args.smooth };
            return Ok(Painter::Pixels { weighing, steps: args.steps as usize });
        }
    };
    let network = weights.build(device)?;
    if network.scale() != 1 || network.channels() != [3, 3] {
        return Err(format!(
            "{} does not paint: give a run of translate.kind = \"stylise\" or \"adain\"",
            network.about()
        )
        .into());
    }
    Ok(Painter::Network(Box::new(network)))
}

/// The painter of `run` as the painting that is given.
fn of_any_painting(args: &cli::Stylize, run: &Path, device: &Device) -> Result<Painter, Failure> {
    let place = run.display();
    let Some(painting) = &args.style else {
        return Err(format!("{place} paints as any painting: give one with --style PICTURE").into());
    };
    let share = args.strength.unwrap_or(1.0);
    if share > 1.0 {
        return Err(format!(
            "--strength {share} is too much for {place}, a run of translate.kind = \"adain\", for which it is a share: give 0, which leaves \
             the picture's own hand, to 1, all of the painting's"
        )
        .into());
    }
    let size = args.style_size.into();
    Ok(Painter::Network(Box::new(adain::painter(run, args.checkpoint, (painting, size), share, device)?)))
}

impl Painter {
    fn paint(&self, whole: &Canvas, picture: Tensor<4>, hand: Option<&Hand>) -> Result<Tensor<4>, Failure> {
        match self {
            Self::Network(network) => {
                let colors = whole.colors();
                let value = |c: usize, y: usize, x: usize| 2.0 * whole.at(c.min(colors - 1), y, x) - 1.0;
                Ok(network.apply([whole.height, whole.width], value, None).clamp(-1.0, 1.0))
            }
            Self::Pixels { weighing, steps } => {
                let hand = hand.ok_or("give --style PAINTING, --run RUN or --weights FILE")?;
                let bar = ProgressBar::new(*steps as u64);
                let painted = hand.paint(picture, *weighing, *steps, |step| bar.set_position(step as u64));
                bar.finish_and_clear();
                Ok(painted)
            }
        }
    }
}

/// The painted picture, in colour, with its transparency; with the picture's own colours and the painted brightness if asked for
/// (Gatys et al. 2016, arXiv:1606.05897, section 4).
fn finished(whole: Canvas, painted: Tensor<4>, keep_colors: bool) -> Result<DynamicImage, Failure> {
    let [_, _, height, width] = painted.dims();
    let values: Vec<f32> = painted.into_data().iter::<f32>().collect();
    let mut made = whole.in_color();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let painted: [f32; 3] = std::array::from_fn(|c| 0.5 * values[(c * height + y) * width + x] + 0.5);
        let own: [f32; 3] = std::array::from_fn(|c| made.at(c, y, x));
        let luma = |[r, g, b]: [f32; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
        let lighter = luma(painted) - luma(own);
        for c in 0..3 {
            made.set(c, y, x, if keep_colors { own[c] + lighter } else { painted[c] });
        }
    }
    made.into_image().ok_or_else(|| "a picture has fewer values than pixels".into())
}
