//! Images measured against their partners, one by one: restored ones against originals.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::{Pixels, Source, read_image};
use gannet_metrics::{Plane, label_accuracy, ms_ssim, psnr, ssim};
use gannet_nn::extractors::lpips::Lpips;
use gannet_ops::resample::{Filter, Taps, resize_plane};

use super::metrics::{Metric, Number};
use super::{EvaluateError, Progress};

/// How pairs are made and measured.
#[derive(Debug, Clone, Default)]
pub struct Pairing {
    /// What a partner's name has in place of what the image's has; equal names otherwise.
    pub names: Option<(String, String)>,
    /// Enlarge each image to its partner's size by MATLAB's bicubic, rounded to 8 bits.
    pub enlarge: bool,
    /// Measure brightness alone: Y of ITU-R 601, rounded to 8 bits; grey images as they are.
    pub luma: bool,
    /// Pixels left out along each side.
    pub border: usize,
    /// The colours of labels.
    pub palette: Vec<[u8; 3]>,
}

/// Means over all pairs, and how many there are.
///
/// # Errors
/// Names that have no partner, images that cannot be read, or pairs of different sizes.
pub fn paired(
    [images, partners]: [&Arc<dyn Source>; 2],
    pairing: &Pairing,
    metrics: &[Metric],
    perceptual: Option<&Lpips>,
    device: &Device,
    progress: &Progress,
) -> Result<(Vec<Number>, usize), EvaluateError> {
    let pairs = pairs(images.as_ref(), partners.as_ref(), pairing)?;
    let mut sums = vec![0.0; metrics.len()];
    for (number, (image, partner)) in pairs.iter().enumerate() {
        let names = || format!("{} and {}", images.name(*image), partners.name(*partner));
        let real = Pixels::from_image(&read_image(partners.as_ref(), *partner)?);
        let mut made = Pixels::from_image(&read_image(images.as_ref(), *image)?);
        if pairing.enlarge {
            made = enlarged(&made, [real.height, real.width]);
        }
        let both = Pair::new(made, real, pairing);
        for (sum, metric) in sums.iter_mut().zip(metrics) {
            let value = both.measure(*metric, pairing, perceptual, device);
            *sum += value.map_err(|error| EvaluateError::Pair { names: names(), error: error.to_string() })?;
        }
        progress("pairs", number + 1, pairs.len());
    }
    let mean = |(sum, metric): (&f64, &Metric)| Number::one(metric.word(), sum / pairs.len() as f64, metric.meaning());
    Ok((sums.iter().zip(metrics).map(mean).collect(), pairs.len()))
}

/// Which image belongs to which.
fn pairs(images: &dyn Source, partners: &dyn Source, pairing: &Pairing) -> Result<Vec<(usize, usize)>, EvaluateError> {
    let stem = |name: String| Path::new(&name).with_extension("").display().to_string();
    let names: Vec<String> = (0..partners.len()).map(|index| stem(partners.name(index))).collect();
    let mut pairs = Vec::new();
    for index in 0..images.len() {
        let name = stem(images.name(index));
        let wanted = match &pairing.names {
            Some((from, to)) if name.contains(from.as_str()) => name.replace(from.as_str(), to),
            Some(_) => continue,
            None => name,
        };
        match names.iter().position(|name| *name == wanted) {
            Some(partner) => pairs.push((index, partner)),
            None => return Err(EvaluateError::NoPartner { name: images.name(index), wanted }),
        }
    }
    let (from, _) = pairing.names.clone().unwrap_or_default();
    if pairs.is_empty() { Err(EvaluateError::NoPairs(from)) } else { Ok(pairs) }
}

/// The image at another size, each channel by [`Filter::Imresize`], rounded.
fn enlarged(image: &Pixels, [height, width]: [usize; 2]) -> Pixels {
    let taps = [(image.height, height), (image.width, width)].map(|(from, to)| Taps::new(Filter::Imresize, from, to));
    let mut data = vec![0; height * width * image.channels];
    for channel in 0..image.channels {
        let plane: Vec<f32> = image.data.iter().skip(channel).step_by(image.channels).map(|v| f32::from(*v)).collect();
        let made = resize_plane(&plane, image.width, &taps[0], &taps[1]);
        let to = data.iter_mut().skip(channel).step_by(image.channels);
        to.zip(made).for_each(|(to, value)| *to = value.round().clamp(0.0, 255.0) as u8);
    }
    Pixels { width, height, channels: image.channels, data }
}

/// An image and its partner, as bytes and as planes that are compared.
struct Pair {
    made: Pixels,
    real: Pixels,
    planes: Vec<[Plane; 2]>,
}

impl Pair {
    fn new(made: Pixels, real: Pixels, pairing: &Pairing) -> Self {
        // A grey image beside a coloured one is compared in colour, which grey has, too.
        let channels = if made.channels < 3 && real.channels < 3 { 1 } else { 3 };
        let (made, real) = (made.convert(channels), real.convert(channels));
        let planes = planes(&made, pairing).into_iter().zip(planes(&real, pairing));
        let planes = planes.map(|(made, real)| [made, real].map(|plane| plane.crop(pairing.border))).collect();
        Self { made, real, planes }
    }

    fn measure(
        &self,
        metric: Metric,
        pairing: &Pairing,
        perceptual: Option<&Lpips>,
        device: &Device,
    ) -> Result<f64, EvaluateError> {
        let mean = |f: fn(&Plane, &Plane) -> Result<f64, gannet_metrics::MetricError>| {
            let values: Result<Vec<f64>, _> = self.planes.iter().map(|[made, real]| f(made, real)).collect();
            Ok(values?.iter().sum::<f64>() / self.planes.len() as f64)
        };
        match (metric, perceptual) {
            (Metric::Psnr, _) => self.psnr(),
            (Metric::Ssim, _) => mean(ssim),
            (Metric::MsSsim, _) => mean(ms_ssim),
            (Metric::Labels, _) => {
                self.refuse_sizes()?;
                let [made, real] = [&self.made, &self.real].map(|image| image.clone().convert(3).data);
                Ok(label_accuracy(&made, &real, &pairing.palette)?)
            }
            (Metric::Lpips, Some(lpips)) => {
                self.refuse_sizes()?;
                let [x, y] = [&self.made, &self.real].map(|image| tensor(image, device));
                Ok(f64::from(lpips.distance(x, y).into_scalar::<f32>()))
            }
            _ => unreachable!("only metrics of pairs come here, and LPIPS with its network"),
        }
    }

    fn refuse_sizes(&self) -> Result<(), EvaluateError> {
        let [made, real] = [&self.made, &self.real].map(|image| (image.height, image.width));
        if made == real { Ok(()) } else { Err(gannet_metrics::MetricError::Sizes(made, real).into()) }
    }

    /// Of all channels together, as one error.
    fn psnr(&self) -> Result<f64, EvaluateError> {
        let values: Result<Vec<f64>, _> = self.planes.iter().map(|[made, real]| psnr(made, real)).collect();
        let errors = values?.into_iter().map(|decibels| 10_f64.powf(-decibels / 10.0)).sum::<f64>();
        Ok(-10.0 * (errors / self.planes.len() as f64).log10())
    }
}

fn planes(image: &Pixels, pairing: &Pairing) -> Vec<Plane> {
    let (height, width) = (image.height, image.width);
    let values: Vec<f64> = image.data.iter().map(|value| f64::from(*value)).collect();
    if pairing.luma && image.channels == 3 {
        return vec![Plane::luma(height, width, &values, true)];
    }
    let of = |channel| values.iter().skip(channel).step_by(image.channels).copied().collect();
    (0..image.channels).map(|channel| Plane::new(height, width, of(channel))).collect()
}

/// `[1, 3, h, w]` in `[0, 255]`.
pub fn tensor(image: &Pixels, device: &Device) -> Tensor<4> {
    let image = image.clone().convert(3);
    let plane = |channel| image.data.iter().skip(channel).step_by(3).map(|value| f32::from(*value));
    let values: Vec<f32> = (0..3).flat_map(plane).collect();
    Tensor::from_data(TensorData::new(values, [1, 3, image.height, image.width]), device)
}
