//! SRVGG, the network of Real-ESRGAN's fast models.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_ops::resample::{Filter, resize_by};
use gannet_weights::{Mismatch, RESIZED_TO, Renamed, TensorFile};

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Prelu, pixel_shuffle, repeat_pixels, shuffle_factor};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{
    Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, require_whole_input,
};

/// Largest scale of a last resize that is recognized in a file.
const MOST_SCALE: usize = 16;
/// Gain of He's initialization of the last convolution, so that the first results are near the upsampled input.
const SMALL_GAIN: f64 = 0.1;

/// The configuration of SRVGG.
#[derive(Debug, Clone, Copy)]
pub struct SrvggConfig {
    scale: usize,
    channels: usize,
    layers: usize,
    width: usize,
    /// How many times the input's size the output has, where a last layer resizes it, as in Real-ESRGAN's networks for videos at
    /// scales 2 and 3, which are those of scale 4.
    resized_to: Option<usize>,
}

impl SrvggConfig {
    /// The project's network for photographs, RGB images: 32 layers of 64 channels.
    pub fn new(scale: usize) -> Self {
        Self { scale, channels: 3, layers: 32, width: 64, resized_to: None }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many convolutions between the first and the last.
    pub fn with_layers(self, layers: usize) -> Self {
        Self { layers, ..self }
    }

    /// With this many channels.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }
}

impl TranslatorConfig for SrvggConfig {
    type Network = Srvgg;

    fn init(&self, stream: &mut Stream, device: &Device) -> Srvgg {
        let Self { scale, channels, layers, width, .. } = *self;
        let mut constants = stream.clone();
        let mut conv = |input: usize, output: usize, gain: f64| {
            let conv = ConvConfig::new(input, output, 3).with_window(1, 1).with_bias();
            conv.with_init(Init::he(gain, conv.fan_in())).init(stream, device)
        };
        // He's gain for PReLU of slope 0.25.
        let gain = (2.0 / (1.0 + 0.25_f64.powi(2))).sqrt();
        let input = |layer: usize| if layer == 0 { channels } else { width };
        Srvgg {
            convs: (0..=layers).map(|layer| conv(input(layer), width, gain)).collect(),
            prelus: (0..=layers).map(|_| Prelu::new(width, &mut constants, device)).collect(),
            to_image: conv(width, channels * scale * scale, SMALL_GAIN),
            config: *self,
        }
    }
}

/// The network from images to larger ones.
#[derive(Module, Debug)]
pub struct Srvgg {
    convs: Vec<Conv2d>,
    prelus: Vec<Prelu>,
    to_image: Conv2d,
    #[module(skip)]
    config: SrvggConfig,
}

impl Translator for Srvgg {
    /// The network's own images are in `[0, 1]`.
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let input = Dual::constant(images * 0.5 + 0.5);
        let layers = self.convs.iter().zip(&self.prelus);
        let x = layers.fold(input.clone(), |x, (conv, prelu)| prelu.forward(conv.forward(x)));
        let scale = self.config.scale;
        let output = pixel_shuffle(self.to_image.forward(x), scale) + repeat_pixels(input, scale);
        let [_, _, height, width] = output.value.dims();
        let output = match self.config.resized_to {
            Some(to) => resize_by(Filter::PlainBicubic, output.value, [height, width].map(|side| side / scale * to)),
            None => output.value,
        };
        output * 2.0 - 1.0
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels; 2]
    }

    fn multiple(&self) -> usize {
        1
    }

    fn scale(&self) -> usize {
        self.config.resized_to.unwrap_or(self.config.scale)
    }

    fn activations(&self, size: usize) -> usize {
        let SrvggConfig { scale, channels, layers, width, .. } = self.config;
        // A layer's map is kept before its rectifier and in the rectifier's parts.
        (4 * width * (layers + 1) + 3 * channels * scale.pow(2)) * size.pow(2)
    }
}

impl Network for SrvggConfig {
    const NAME: &'static str = "srvgg";
    const SUMMARY: &'static str =
        "Plain convolutions, Real-ESRGAN's fast generator (Wang et al. 2021, arXiv:2107.10833).";
    const PAPER: &'static str = "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, Wang et al. 2021, \
                                 arXiv:2107.10833";
    const ROLE: Role = Role::Upscaler;
    const KEYS: &'static [&'static str] = &["width", "blocks"];
    const PROJECT: &'static str = "Real-ESRGAN";

    fn sizes() -> Sizes {
        Sizes::Any
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        let NetworkSettings { scale, channels, blocks: layers, width, .. } = *settings;
        Self { scale, channels, layers, width, resized_to: None }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_whole_input(settings)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let [width, channels, 3, 3] = file.conv("body.0")? else {
            return Err(Mismatch::new("its body.0 is not a convolution of 3 × 3"));
        };
        let convolutions = file.count(|file, at| file.conv(&format!("body.{}", 2 * at)).is_ok());
        let few = || Mismatch::new("it has one convolution");
        let layers = convolutions.checked_sub(2).ok_or_else(few)?;
        let [output, ..] = file.conv(&format!("body.{}", 2 * (layers + 1)))?;
        let Some(scale) = shuffle_factor(output, channels) else {
            return Err(Mismatch::new(format!("its last convolution makes {output} channels of {channels}")));
        };
        let resized_to = file.tensor(RESIZED_TO).and_then(|tensor| tensor.values.first()).map(|to| *to as usize);
        if resized_to.is_some_and(|to| to == 0 || to > MOST_SCALE) {
            return Err(Mismatch::new(format!("it resizes its output to {resized_to:?} times the input's size")));
        }
        let config = Self { scale, channels, layers, width, resized_to };
        Ok(Recognized::whole(config, file.renamed(|name| config.rename(name))))
    }

    fn describe(&self) -> String {
        let Self { scale, channels, layers, width, resized_to } = self;
        let resized = resized_to.map_or(String::new(), |to| format!(", resized to {to} times the size"));
        let [channels, layers] = [counted(*channels, "channel"), counted(*layers, "layer")];
        format!("SRVGG for {scale} times the size, {channels}, {layers}, width {width}{resized}")
    }
}

impl SrvggConfig {
    /// Gannet's name of a tensor of Real-ESRGAN, whose layers are places in a sequence.
    fn rename(&self, name: &str) -> Renamed {
        if name == RESIZED_TO {
            return Renamed::Dropped;
        }
        let place = || {
            let (place, what) = name.rsplit_once('.')?;
            Some((place.strip_prefix("body.")?.parse::<usize>().ok()?, what))
        };
        let Some((at, what)) = place() else { return Renamed::Unknown };
        match (at / 2, at % 2) {
            (layer, 0) if layer == self.layers + 1 => Renamed::layer("to_image", what),
            (layer, 0) => Renamed::layer(&format!("convs.{layer}"), what),
            (layer, _) if what == "weight" => Renamed::layer(&format!("prelus.{layer}"), "slope"),
            _ => Renamed::Unknown,
        }
    }
}
