//! The settings of SNGAN, and the sizes of its maps.

use crate::layers::WeightKind;

/// Side of the generator's smallest feature map, in pixels.
pub(super) const BASE: usize = 4;

/// The configuration of SNGAN's two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnganConfig {
    pub(super) size: usize,
    pub(super) channels: usize,
    pub(super) width: usize,
    pub(super) latent: usize,
    pub(super) classes: usize,
    pub(super) attention: usize,
    pub(super) weight: WeightKind,
    pub(super) generator_weight: WeightKind,
}

impl SnganConfig {
    /// Sides of the images that the networks can be built for, in pixels.
    pub const SIZES: [usize; 3] = [32, 64, 128];

    /// For RGB images of `size` × `size` pixels, with width 64 as in the papers and latents of length 128.
    ///
    /// # Panics
    /// Where `size` is not one of [`Self::SIZES`].
    pub fn new(size: usize) -> Self {
        assert!(Self::SIZES.contains(&size), "SNGAN has images of {:?} pixels, not {size}", Self::SIZES);
        Self {
            size,
            channels: 3,
            width: 64,
            latent: 128,
            classes: 0,
            attention: 0,
            weight: WeightKind::Spectral,
            generator_weight: WeightKind::Plain,
        }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many channels next to an image of 64 pixels and more. Next to an image of 32 pixels the generator has four
    /// times as many and the discriminator twice as many.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With latents of this length, classes included.
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent, ..self }
    }

    /// With conditional batch norm in the generator for so many classes, which are the latent's last values, one-hot; 0 for
    /// unconditional batch norm.
    pub fn with_classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// With self-attention in both networks on the maps of this side, in pixels; 0 for none.
    pub fn with_attention(self, attention: usize) -> Self {
        Self { attention, ..self }
    }

    /// With this form of the discriminator's weights.
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// With this form of the generator's weights.
    pub fn with_generator_weight(self, generator_weight: WeightKind) -> Self {
        Self { generator_weight, ..self }
    }

    /// Channels of the generator's maps, from the smallest on.
    pub(super) fn up(&self) -> Vec<usize> {
        let times: &[usize] = match self.size {
            32 => &[4, 4, 4, 4],
            64 => &[16, 8, 4, 2, 1],
            _ => &[16, 16, 8, 4, 2, 1],
        };
        times.iter().map(|times| times * self.width).collect()
    }

    /// Output channels of the discriminator's blocks, and whether each downsamples.
    pub(super) fn down(&self) -> Vec<(usize, bool)> {
        let times: &[(usize, bool)] = match self.size {
            32 => &[(2, true), (2, true), (2, false), (2, false)],
            64 => &[(1, true), (2, true), (4, true), (8, true), (16, true)],
            _ => &[(1, true), (2, true), (4, true), (8, true), (16, true), (16, false)],
        };
        times.iter().map(|(times, downsamples)| (times * self.width, *downsamples)).collect()
    }

    /// Number of values that the generator's training pass keeps for an image: two norms, two convolutions and a sum a block.
    pub(super) fn generator_activations(&self) -> usize {
        let up = self.up();
        let blocks = up.windows(2).zip((1..).map(|level| BASE << level));
        let blocks = blocks.map(|(pair, side)| side * side * (pair[0] / 2 + 5 * pair[1]));
        blocks.sum::<usize>() + self.size.pow(2) * (up[up.len() - 1] + 2 * self.channels)
    }

    /// Number of values that the discriminator's training pass keeps for an image.
    pub(super) fn discriminator_activations(&self) -> usize {
        let (mut side, mut sum) = (self.size, 0);
        for (features, downsamples) in self.down() {
            sum += 2 * features * side * side;
            side /= if downsamples { 2 } else { 1 };
            sum += 3 * features * side * side;
        }
        sum + 2 * self.channels * self.size.pow(2)
    }
}
