//! The settings of DCGAN, and the sizes of its maps.

use crate::layers::{GeneratorNormKind, NormKind, WeightKind};

/// Side of the smallest feature map, in pixels.
pub(super) const BASE: usize = 4;
/// Most downsamplings of a file's network: images of 4096 pixels.
pub(super) const MOST_LEVELS: usize = 10;
/// Values that convolution, norm and activation keep for each value of a feature map.
const KEPT: usize = 4;

/// The configuration of DCGAN's two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DcganConfig {
    pub(super) size: usize,
    pub(super) channels: usize,
    pub(super) width: usize,
    /// Channels of the feature maps by level, where each does not have twice as many as the one before it.
    pub(super) widths: Option<[usize; MOST_LEVELS]>,
    pub(super) latent: usize,
    pub(super) norm: NormKind,
    pub(super) generator_norm: GeneratorNormKind,
    pub(super) weight: WeightKind,
    pub(super) generator_weight: WeightKind,
    pub(super) minibatch_std: bool,
    pub(super) references: usize,
}

impl DcganConfig {
    /// Sides of the images that the networks can be built for, in pixels.
    pub const SIZES: [usize; 4] = [28, 32, 64, 128];
    /// The norms that the generator can have.
    pub const GENERATOR_NORMS: [GeneratorNormKind; 3] =
        [GeneratorNormKind::Batch, GeneratorNormKind::Pixel, GeneratorNormKind::None];

    /// For RGB images of `size` × `size` pixels, with width 64 and latents of length 100.
    ///
    /// # Panics
    /// Where `size` is not one of [`Self::SIZES`].
    pub fn new(size: usize) -> Self {
        assert!(Self::SIZES.contains(&size), "DCGAN has images of {:?} pixels, not {size}", Self::SIZES);
        Self {
            size,
            channels: 3,
            width: 64,
            widths: None,
            latent: 100,
            norm: NormKind::Batch,
            generator_norm: GeneratorNormKind::Batch,
            weight: WeightKind::Plain,
            generator_weight: WeightKind::Plain,
            minibatch_std: false,
            references: 64,
        }
    }

    /// For the network of a file: RGB images of `size` × `size` pixels, and at most [`MOST_LEVELS`] feature maps of these channels,
    /// from the image on.
    pub(super) fn of_widths(size: usize, widths: &[usize]) -> Self {
        let mut all = [0; MOST_LEVELS];
        all.iter_mut().zip(widths).for_each(|(own, width)| *own = *width);
        Self { size, width: all[0], widths: Some(all), ..Self::new(Self::SIZES[0]) }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many channels in the layers next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With latents of this length.
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent, ..self }
    }

    /// With this normalization in the discriminator.
    pub fn with_norm(self, norm: NormKind) -> Self {
        Self { norm, ..self }
    }

    /// With this normalization in the generator.
    ///
    /// # Panics
    /// Where it is not one of [`Self::GENERATOR_NORMS`].
    pub fn with_generator_norm(self, generator_norm: GeneratorNormKind) -> Self {
        assert!(Self::GENERATOR_NORMS.contains(&generator_norm), "DCGAN's generator has no norm {generator_norm}");
        Self { generator_norm, ..self }
    }

    /// With this form of the discriminator's weights.
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// With this form of the generator's weights.
    pub fn with_generator_weight(self, generator_weight: WeightKind) -> Self {
        Self { generator_weight, ..self }
    }

    /// With the standard deviation over the batch as one more of the discriminator's last features.
    pub fn with_minibatch_std(self, minibatch_std: bool) -> Self {
        Self { minibatch_std, ..self }
    }

    /// With so many images in the reference batch of virtual batch norm.
    pub fn with_references(self, references: usize) -> Self {
        Self { references, ..self }
    }

    /// Side of the feature map `level` downsamplings from the image, in pixels.
    pub(super) fn side(&self, level: usize) -> usize {
        self.size.div_ceil(1 << level)
    }

    /// Number of downsamplings from the image to the smallest feature map.
    pub(super) fn levels(&self) -> usize {
        (self.size / BASE).next_power_of_two().ilog2() as usize
    }

    /// Side of the kernel between the feature maps of `level` and of the next level, so that their sides fit exactly.
    pub(super) fn kernel(&self, level: usize) -> usize {
        if self.side(level).is_multiple_of(2) { 4 } else { 3 }
    }

    /// Channels of the feature map `level` downsamplings from the image.
    pub(super) fn features(&self, level: usize) -> usize {
        self.widths.map_or(self.width << (level - 1), |widths| widths[level - 1])
    }

    /// Number of values of all feature maps and of the image that a training pass keeps.
    pub(super) fn activations(&self) -> usize {
        let maps = (1..=self.levels()).map(|level| self.features(level) * self.side(level).pow(2));
        KEPT * maps.sum::<usize>() + 2 * self.channels * self.size.pow(2)
    }
}
