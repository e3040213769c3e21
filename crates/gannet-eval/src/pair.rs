//! One image and its partner, as pair metrics compare them.

use std::borrow::Cow;

use burn::tensor::Device;
use gannet_data::Pixels;
use gannet_metrics::{MetricError, Plane};
use gannet_ops::resample::Filter;
use image::DynamicImage;

use crate::EvalError;
use crate::conventions::{Channels, Conventions};
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
    /// What papers leave open.
    pub conventions: Conventions,
    /// Whether brightness alone is compared.
    pub luma: bool,
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
    /// The pair, with the image enlarged where `pairing` says so. Images of more than 8 bits are compared at 16 bits, unless one
    /// is enlarged.
    pub fn new(image: &DynamicImage, partner: &DynamicImage, pairing: &Pairing) -> Self {
        // A gray image is compared with a color image in color.
        let channels = if [image, partner].iter().any(|image| image.color().has_color()) { 3 } else { 1 };
        let deep = !pairing.enlarge && [image, partner].into_iter().any(is_deep);
        let exact = [image, partner].map(|image| if deep { deep_values(image, channels) } else { Vec::new() });
        let partner = Pixels::from_image(partner);
        let image = Pixels::from_image(image);
        let image = if pairing.enlarge { enlarge(&image, [partner.height, partner.width]) } else { image };
        let pixels = [image.convert(channels), partner.convert(channels)];
        let [a, b] = [0, 1].map(|at| match deep {
            true => compared_planes(&pixels[at], &exact[at], pairing, false),
            false => compared_planes(&pixels[at], &byte_values(&pixels[at]), pairing, true),
        });
        let planes = a.into_iter().zip(b).map(|(a, b)| [a, b].map(|plane| plane.crop(pairing.border))).collect();
        let [image, partner] = pixels.map(|pixels| cropped(pixels, pairing.border));
        Self { image, partner, planes }
    }

    /// The planes of both images that are compared in these channels.
    pub fn channels(&self, channels: Channels) -> Cow<'_, [[Plane; 2]]> {
        match channels {
            Channels::FullRangeLuma { rounded } if self.image.channels == 3 => {
                let luma =
                    |image: &Pixels| Plane::full_range_luma(image.height, image.width, &byte_values(image), rounded);
                Cow::Owned(vec![[luma(&self.image), luma(&self.partner)]])
            }
            _ => Cow::Borrowed(&self.planes),
        }
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

/// Whether an image has more than 8 bits per value.
pub fn is_deep(image: &DynamicImage) -> bool {
    image.color().bytes_per_pixel() > image.color().channel_count()
}

/// The values of an image in `[0, 255]`, interleaved.
fn byte_values(image: &Pixels) -> Vec<f64> {
    image.data.iter().map(|value| f64::from(*value)).collect()
}

/// The values of an image at 16 bits as fractions in `[0, 255]`, 1 or 3 channels interleaved; transparency is composited over
/// white, as [`Pixels::convert`] does.
fn deep_values(image: &DynamicImage, channels: usize) -> Vec<f64> {
    const WHITE: f64 = 65_535.0;
    let over_white = |color: u16, alpha: u16| {
        let opacity = f64::from(alpha) / WHITE;
        (f64::from(color) * opacity + WHITE * (1.0 - opacity)) / 257.0
    };
    if channels == 1 {
        return image.to_luma_alpha16().pixels().map(|pixel| over_white(pixel.0[0], pixel.0[1])).collect();
    }
    let rgba = image.to_rgba16();
    rgba.pixels().flat_map(|pixel| [0, 1, 2].map(|c| over_white(pixel.0[c], pixel.0[3]))).collect()
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

/// The planes of an image with these `values` in `[0, 255]`: its brightness, `rounded` or not, or each channel.
fn compared_planes(image: &Pixels, values: &[f64], pairing: &Pairing, rounded: bool) -> Vec<Plane> {
    let (height, width) = (image.height, image.width);
    if pairing.luma && image.channels == 3 {
        return vec![Plane::luma(height, width, values, rounded)];
    }
    let channel = |channel| values.iter().skip(channel).step_by(image.channels).copied().collect();
    (0..image.channels).map(|at| Plane::new(height, width, channel(at))).collect()
}
