//! One image and its partner, as pair metrics compare them.

use burn::tensor::Device;
use gannet_data::Pixels;
use gannet_metrics::{MetricError, Plane};
use gannet_ops::resample::Filter;

use crate::EvalError;
use crate::perceptual::PerceptualDistance;
use crate::pixels::{planes, resize_planes};

/// How pairs are formed and compared.
#[derive(Debug, Clone, Default)]
pub struct Pairing {
    /// The part of an image's name that differs, and what its partner's name has in its place; equal names otherwise.
    pub names: Option<(String, String)>,
    /// Enlarge each image to its partner's size by MATLAB's bicubic, rounded to 8 bits.
    pub enlarge: bool,
    /// Compare brightness alone: Y of ITU-R 601, rounded to 8 bits; gray images as they are. LPIPS and labels see colors.
    pub luma: bool,
    /// Pixels left out along each side.
    pub border: usize,
    /// The colors of labels.
    pub palette: Vec<[u8; 3]>,
}

/// What pair metrics may use.
pub struct PairTools<'a> {
    /// The colors of labels.
    pub palette: &'a [[u8; 3]],
    /// The perceptual distance LPIPS.
    pub perceptual: Option<&'a PerceptualDistance>,
    /// The device of perceptual distances.
    pub device: &'a Device,
}

impl<'a> PairTools<'a> {
    /// The perceptual distance.
    ///
    /// # Errors
    /// There is none.
    pub fn perceptual(&self) -> Result<&'a PerceptualDistance, EvalError> {
        self.perceptual.ok_or_else(|| EvalError::Setting("lpips needs --perceptual vgg or alex".into()))
    }
}

/// An image and its partner, as bytes and as the planes that are compared.
pub struct Pair {
    /// The image, such as a restored one, without the border.
    pub image: Pixels,
    /// Its partner, such as the original, without the border.
    pub partner: Pixels,
    /// The planes of both, without the border: one of brightness, or one a channel.
    pub planes: Vec<[Plane; 2]>,
}

impl Pair {
    /// The pair, with the image enlarged where `pairing` says so.
    pub fn new(image: Pixels, partner: Pixels, pairing: &Pairing) -> Self {
        let image = if pairing.enlarge { enlarge(&image, [partner.height, partner.width]) } else { image };
        // A gray image is compared with a color image in color.
        let channels = if image.channels < 3 && partner.channels < 3 { 1 } else { 3 };
        let [image, partner] = [image, partner].map(|image| cropped(image.convert(channels), pairing.border));
        let planes = compared_planes(&image, pairing).into_iter().zip(compared_planes(&partner, pairing));
        let planes = planes.map(|(a, b)| [a, b]).collect();
        Self { image, partner, planes }
    }

    /// The mean of a metric over the planes.
    ///
    /// # Errors
    /// Those of the metric.
    pub fn mean_over_planes(&self, metric: fn(&Plane, &Plane) -> Result<f64, MetricError>) -> Result<f64, EvalError> {
        let values: Result<Vec<f64>, _> = self.planes.iter().map(|[image, partner]| metric(image, partner)).collect();
        Ok(values?.iter().sum::<f64>() / self.planes.len() as f64)
    }

    /// Refuses images of different sizes.
    ///
    /// # Errors
    /// [`MetricError::Sizes`].
    pub fn check_sizes(&self) -> Result<(), MetricError> {
        let [image, partner] = [&self.image, &self.partner].map(|image| (image.height, image.width));
        if image == partner { Ok(()) } else { Err(MetricError::Sizes(image, partner)) }
    }
}

/// The image at another size, each channel by [`Filter::Imresize`], rounded.
fn enlarge(image: &Pixels, to: [usize; 2]) -> Pixels {
    let [height, width] = to;
    let resized = resize_planes(planes(image), [image.height, image.width], to, Filter::Imresize);
    let mut data = vec![0; height * width * image.channels];
    for (channel, plane) in resized.chunks_exact(height * width).enumerate() {
        let pixels = data.iter_mut().skip(channel).step_by(image.channels);
        pixels.zip(plane).for_each(|(pixel, value)| *pixel = value.round() as u8);
    }
    Pixels { width, height, channels: image.channels, data }
}

/// The image without so many pixels along each side; empty where nothing is left.
fn cropped(image: Pixels, border: usize) -> Pixels {
    let inner = [image.height, image.width].map(|side| side.saturating_sub(2 * border));
    let [height, width] = if inner.contains(&0) { [0, 0] } else { inner };
    let row =
        |y: usize| &image.data[((y + border) * image.width + border) * image.channels..][..width * image.channels];
    let data = (0..height).flat_map(row).copied().collect();
    Pixels { width, height, channels: image.channels, data }
}

/// The planes of one image: its brightness, or each channel.
fn compared_planes(image: &Pixels, pairing: &Pairing) -> Vec<Plane> {
    let (height, width) = (image.height, image.width);
    let values: Vec<f64> = image.data.iter().map(|value| f64::from(*value)).collect();
    if pairing.luma && image.channels == 3 {
        return vec![Plane::luma(height, width, &values, true)];
    }
    let channel = |channel| values.iter().skip(channel).step_by(image.channels).copied().collect();
    (0..image.channels).map(|at| Plane::new(height, width, channel(at))).collect()
}
