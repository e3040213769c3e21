//! The PatchGAN discriminator.

use burn::module::Module;
use burn::tensor::Device;
use gannet_choice::alternatives;
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::layers::{Conv2d, ConvConfig, ImageNorm, ImageNormKind, WeightKind};
use crate::mode::Mode;
use crate::network::{Discriminator, DiscriminatorOutput};
use crate::registry::{DiscriminatorConfig, DiscriminatorSettings, Recognized, counted, require};

/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// Most channels of a map, as a multiple of those next to the image.
const WIDEST: usize = 8;
/// Most convolutions of stride 2 that are recognized in a file.
const MOST_LAYERS: usize = 10;
/// Least side of the map behind the convolutions of stride 2, in pixels.
const SMALLEST_MAP: usize = 3;

/// The configuration of a PatchGAN discriminator.
#[derive(Debug, Clone, Copy)]
pub struct PatchConfig {
    size: usize,
    channels: usize,
    n_layers: usize,
    width: usize,
    norm: ImageNormKind,
    weight: WeightKind,
}

impl PatchConfig {
    /// The paper's discriminator, whose patches have 70 pixels, for RGB images of `size` pixels.
    pub fn new(size: usize) -> Self {
        Self { size, channels: 3, n_layers: 3, width: 64, norm: ImageNormKind::Batch, weight: WeightKind::Plain }
    }

    /// For images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many convolutions of stride 2: 0 for patches of one pixel, 1 for 16 pixels, 2 for 34, 3 for 70, 4 for 142.
    pub fn with_n_layers(self, n_layers: usize) -> Self {
        Self { n_layers, ..self }
    }

    /// With this many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With this norm.
    pub fn with_norm(self, norm: ImageNormKind) -> Self {
        Self { norm, ..self }
    }

    /// With this form of the weights; spectral in DeepFill v2 (arXiv:1806.03589, section 3.4).
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// Number of convolutions of stride 2.
    pub fn n_layers(&self) -> usize {
        self.n_layers
    }

    /// Channels of the map of a layer.
    fn features(&self, layer: usize) -> usize {
        self.width * WIDEST.min(1 << layer)
    }

    /// Layers before the last.
    fn layers(&self) -> usize {
        self.n_layers.max(1) + 1
    }

    /// Side of the map behind so many layers, in pixels.
    fn side(&self, layers: usize) -> usize {
        (0..layers).fold(self.size, |side, layer| match layer {
            _ if self.n_layers == 0 => side,
            _ if layer < self.n_layers => side / 2,
            _ => side - 1,
        })
    }

    /// Gannet's name of a tensor of pytorch-CycleGAN-and-pix2pix.
    fn rename(&self, name: &str) -> Renamed {
        let Some((place, what)) = name.rsplit_once('.') else { return Renamed::Unknown };
        if self.n_layers == 0 {
            return match place {
                "net.0" => Renamed::layer("from_image", what),
                "net.2" => Renamed::layer("hidden.0", what),
                "net.3" => self.norm.renamed("norm.0", what),
                "net.5" => Renamed::layer("score", what),
                _ => Renamed::Unknown,
            };
        }
        let at: Option<usize> = place.strip_prefix("model.").and_then(|at| at.parse().ok());
        match at.map(|at| (at, at % 3)) {
            Some((0, _)) => Renamed::layer("from_image", what),
            Some((at, 2)) if at == 3 * self.n_layers + 2 => Renamed::layer("score", what),
            Some((at, 2)) => Renamed::layer(&format!("hidden.{}", at / 3), what),
            Some((at, 0)) => self.norm.renamed(&format!("norm.{}", at / 3 - 1), what),
            _ => Renamed::Unknown,
        }
    }
}

/// The place of the discriminator's convolution number `at` in the sequence of pytorch-CycleGAN-and-pix2pix.
fn sequence_place(at: usize) -> String {
    if at == 0 { "model.0".to_owned() } else { format!("model.{}", 3 * at - 1) }
}

impl DiscriminatorConfig for PatchConfig {
    type Network = PatchDiscriminator;

    const NAME: &'static str = "patch";
    const SUMMARY: &'static str = "PatchGAN, convolutions with a logit a patch (Isola et al. 2016, arXiv:1611.07004).";
    const PAPER: &'static str = "Image-to-Image Translation with Conditional Adversarial Networks, Isola, Zhu, Zhou and Efros \
                                 2016, arXiv:1611.07004";
    const KEYS: &'static [&'static str] = &["width", "norm", "weight", "n_layers"];
    const PROJECT: &'static str = "pytorch-CycleGAN-and-pix2pix";

    fn from_settings(settings: &DiscriminatorSettings) -> Self {
        let DiscriminatorSettings { size, channels, width, n_layers, norm, weight } = *settings;
        Self { size, channels, n_layers, width, norm: ImageNormKind::of_discriminator(norm), weight }
    }

    fn check(settings: &DiscriminatorSettings) -> Result<(), String> {
        let DiscriminatorSettings { size, n_layers, norm, .. } = *settings;
        require(ImageNormKind::IN_DISCRIMINATORS.contains(&norm), || {
            let norms = alternatives(&ImageNormKind::IN_DISCRIMINATORS);
            format!("model.norm {norm} is not available in a PatchGAN discriminator: set it to {norms}")
        })?;
        require(n_layers == 0 || size >> n_layers >= SMALLEST_MAP, || {
            let most = (1..).take_while(|n_layers| size >> n_layers >= SMALLEST_MAP).last().unwrap_or(0);
            format!("model.n_layers {n_layers} is too large for images of {size} pixels: set it to {most} or less")
        })
    }

    /// The initial weights are from N(0, 0.02).
    fn init(&self, stream: &mut Stream, device: &Device) -> PatchDiscriminator {
        let biased = self.norm != ImageNormKind::Batch;
        let conv = |from, to, stride, bias: bool| {
            let conv = match self.n_layers {
                0 => ConvConfig::new(from, to, 1),
                _ => ConvConfig::new(from, to, 4).with_window(stride, 1),
            };
            let conv = conv.with_weight(self.weight);
            if bias { conv.with_bias() } else { conv }
        };
        let from_image = conv(self.channels, self.width, 2, true).init(stream, device);
        let (mut hidden, mut norm) = (Vec::new(), Vec::new());
        for layer in 1..self.layers() {
            let stride = if layer < self.n_layers { 2 } else { 1 };
            hidden.push(conv(self.features(layer - 1), self.features(layer), stride, biased).init(stream, device));
            norm.push(ImageNorm::new(self.norm, self.features(layer), stream, device));
        }
        let features = self.features(self.layers() - 1);
        let score = conv(features, 1, 1, biased || self.n_layers > 0).init(stream, device);
        PatchDiscriminator { from_image, hidden, norm, score, config: *self }
    }

    /// The size of the images, which files do not hold, is the smallest that the network can have.
    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let (width, channels, n_layers, norm) = if let Ok([width, channels, 1, 1]) = file.conv("net.0") {
            (width, channels, 0, "net.3")
        } else {
            let [width, channels, 4, 4] = file.conv("model.0")? else {
                return Err(Mismatch::new("its model.0 is not a convolution of 4 × 4"));
            };
            let convolutions = file.count(|file, at| file.conv(&sequence_place(at)).is_ok());
            // The last two have stride 1.
            let n_layers = convolutions.checked_sub(2).filter(|n_layers| (1..=MOST_LAYERS).contains(n_layers));
            let n_layers = n_layers.ok_or_else(|| Mismatch::new(format!("it has {convolutions} convolutions")))?;
            (width, channels, n_layers, "model.3")
        };
        let norm = ImageNormKind::of_file(file, norm);
        let config = Self { channels, n_layers, width, norm, ..Self::new(4 << n_layers) };
        Ok(Recognized::whole(config, file.renamed(|name| config.rename(name))))
    }

    fn describe(&self) -> String {
        let Self { channels, n_layers, width, norm, .. } = self;
        let norm = norm.describe();
        let [channels, n_layers] = [counted(*channels, "channel"), counted(*n_layers, "layer")];
        format!("a PatchGAN discriminator of {channels}, {n_layers} of stride 2, width {width}, {norm}")
    }
}

/// The network from images to a logit for each of their patches.
#[derive(Module, Debug)]
pub struct PatchDiscriminator {
    from_image: Conv2d,
    hidden: Vec<Conv2d>,
    norm: Vec<ImageNorm>,
    score: Conv2d,
    #[module(skip)]
    config: PatchConfig,
}

impl Discriminator for PatchDiscriminator {
    fn forward(&mut self, images: Dual<4>, _: &[usize], mode: Mode) -> DiscriminatorOutput {
        let mut x = self.from_image.forward_leaky(images, SLOPE);
        for (conv, norm) in self.hidden.iter().zip(&mut self.norm) {
            x = norm.forward_leaky(conv.forward(x), mode, SLOPE);
        }
        let logits = self.score.forward(x.clone());
        let patches = logits.dims().iter().product();
        DiscriminatorOutput { logits: logits.reshape([patches]), features: x }
    }

    fn power_iterate(&mut self) {
        let ends = [&mut self.from_image, &mut self.score];
        ends.into_iter().chain(&mut self.hidden).for_each(Conv2d::power_iterate);
    }

    fn feature_shape(&self) -> [usize; 3] {
        let layers = self.config.layers();
        let side = self.config.side(layers);
        [self.config.features(layers - 1), side, side]
    }

    fn activations(&self) -> usize {
        let layers = 1..=self.config.layers();
        let kept = |layer: usize| self.config.features(layer - 1) * self.config.side(layer).pow(2);
        3 * layers.map(kept).sum::<usize>()
    }
}
