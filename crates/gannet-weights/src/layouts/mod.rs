//! Networks of other projects, known by the names and shapes of their tensors, and those names in Gannet.
//!
//! What a file holds is found out from the file alone: which network, how deep, how wide, with which norm. [`recognise`]
//! says so and renames the tensors; what builds the network and fits them is elsewhere.

mod enlargers;
mod fast_neural_style;
mod fully_connected;
mod translators;
mod tutorial;

use crate::{NamedTensor, WeightsError};

/// A network of another project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// The U-Net of pytorch-CycleGAN-and-pix2pix.
    Unet {
        /// Channels in and out.
        channels: [usize; 2],
        /// How often the image is halved.
        levels: usize,
        /// Channels next to the image.
        width: usize,
        /// Whether its norm is of batches, or else of instances.
        batch: bool,
    },
    /// The residual generator of the same.
    Resnet {
        /// Channels in and out.
        channels: [usize; 2],
        /// Residual blocks.
        blocks: usize,
        /// Channels next to the image.
        width: usize,
        /// Whether its norm is of batches, or else of instances.
        batch: bool,
        /// Whether it was trained with dropout.
        dropout: bool,
    },
    /// The discriminator of patches of the same.
    Patch {
        /// Channels of an image.
        channels: usize,
        /// Convolutions of stride 2; 0 for patches of one pixel.
        halvings: usize,
        /// Channels next to the image.
        width: usize,
        /// Whether its norm is of batches, or else of instances.
        batch: bool,
    },
    /// The generator of PyTorch's DCGAN tutorial.
    DcganGenerator {
        /// Side of an image in pixels.
        size: usize,
        /// Channels of an image.
        channels: usize,
        /// Length of a latent.
        latent: usize,
        /// Channels next to the image.
        width: usize,
    },
    /// The discriminator of the same.
    DcganDiscriminator {
        /// Side of an image in pixels.
        size: usize,
        /// Channels of an image.
        channels: usize,
        /// Channels next to the image.
        width: usize,
    },
    /// SRGAN's generator in the common PyTorch port.
    Srresnet {
        /// Channels of an image.
        channels: usize,
        /// How many times as large it makes images.
        scale: usize,
        /// Residual blocks.
        blocks: usize,
        /// Channels between the images.
        width: usize,
    },
    /// ESRGAN's network.
    Rrdb {
        /// Channels of an image.
        channels: usize,
        /// How many times as large it makes images.
        scale: usize,
        /// Residual blocks of dense blocks.
        blocks: usize,
        /// Channels between the images.
        width: usize,
        /// Channels that each convolution of a dense block adds.
        growth: usize,
    },
    /// Real-ESRGAN's compact network.
    Compact {
        /// Channels of an image.
        channels: usize,
        /// How many times as large it makes images.
        scale: usize,
        /// Convolutions between the first and the last.
        layers: usize,
        /// Channels between the images.
        width: usize,
    },
    /// The painter of PyTorch's example fast_neural_style.
    Johnson {
        /// Residual blocks.
        blocks: usize,
        /// Channels next to the image.
        width: usize,
    },
    /// Linear layers in a row, numbered by twos: a generator where they grow, a discriminator where they shrink to one.
    Mlp {
        /// Values in, of each hidden layer, and out.
        inputs: usize,
        /// Units of a hidden layer.
        hidden: usize,
        /// How many hidden layers.
        depth: usize,
        /// Values out.
        outputs: usize,
    },
    /// The variational autoencoder of PyTorch's examples.
    Vae {
        /// Values of an image.
        pixels: usize,
        /// Units of a hidden layer.
        hidden: usize,
        /// Length of a code.
        code: usize,
    },
}

impl Layout {
    /// What it is, in words.
    pub fn describe(&self) -> String {
        let norm = |batch: bool| if batch { "batch" } else { "instance" };
        match self {
            Self::Unet { channels: [from, to], levels, width, batch } => {
                format!("a U-Net from {from} to {to} channels, {levels} levels from {width}, {} norm", norm(*batch))
            }
            Self::Resnet { channels: [from, to], blocks, width, batch, .. } => {
                format!(
                    "a residual network from {from} to {to} channels, {blocks} blocks, width {width}, {} norm",
                    norm(*batch)
                )
            }
            Self::Patch { channels, halvings, width, batch } => {
                format!(
                    "a discriminator of patches of {channels} channels, {halvings} halvings, width {width}, {} norm",
                    norm(*batch)
                )
            }
            Self::DcganGenerator { size, channels, latent, width } => {
                format!(
                    "DCGAN's generator of {size}×{size} images of {channels} channels, latents of {latent}, width {width}"
                )
            }
            Self::DcganDiscriminator { size, channels, width } => {
                format!("DCGAN's discriminator of {size}×{size} images of {channels} channels, width {width}")
            }
            Self::Srresnet { channels, scale, blocks, width } => {
                format!("SRResNet for {scale} times the size, {channels} channels, {blocks} blocks, width {width}")
            }
            Self::Rrdb { channels, scale, blocks, width, growth } => {
                format!(
                    "ESRGAN's network for {scale} times the size, {channels} channels, {blocks} blocks, width {width} and {growth} more"
                )
            }
            Self::Compact { channels, scale, layers, width } => {
                format!(
                    "Real-ESRGAN's compact network for {scale} times the size, {channels} channels, {layers} layers, width {width}"
                )
            }
            Self::Johnson { blocks, width } => {
                format!("the painter of fast_neural_style, {blocks} blocks, width {width}")
            }
            Self::Mlp { inputs, hidden, depth, outputs } => {
                format!("linear layers from {inputs} to {outputs} values, {depth} hidden ones of {hidden}")
            }
            Self::Vae { pixels, hidden, code } => {
                format!("a variational autoencoder of {pixels} pixels, {hidden} hidden units, codes of {code}")
            }
        }
    }
}

/// What the tensors of a file are, and the same with the names that Gannet's networks have for them.
///
/// # Errors
/// [`WeightsError::Fit`] where no layout begins as the file does, with the first of its names.
pub fn recognise(tensors: Vec<NamedTensor>) -> Result<(Layout, Vec<NamedTensor>), WeightsError> {
    let tensors = bare(tensors);
    let file = File(&tensors);
    let layouts =
        [enlargers::layout, fast_neural_style::layout, translators::layout, tutorial::layout, fully_connected::layout];
    let Some(layout) = layouts.into_iter().find_map(|layout| layout(&file)) else {
        let names: Vec<&str> = tensors.iter().take(4).map(|tensor| tensor.name.as_str()).collect();
        let begins = names.join(", ");
        let known = "U-Nets, residual generators and discriminators of pytorch-CycleGAN-and-pix2pix, SRGAN's, ESRGAN's and \
                     Real-ESRGAN's generators, fast_neural_style's painters, the networks of PyTorch's DCGAN tutorial, linear layers in a row, and the VAE of \
                     PyTorch's examples";
        return Err(WeightsError::Fit(format!("it holds {begins}, …, and known are {known}")));
    };
    if let Layout::Vae { .. } = layout {
        return Ok((layout, fully_connected::vae(tensors)));
    }
    let rename = |tensor: NamedTensor| {
        let found = match layout {
            Layout::Unet { .. } | Layout::Resnet { .. } | Layout::Patch { .. } => {
                translators::rename(&layout, &tensor.name)
            }
            Layout::Srresnet { .. } | Layout::Rrdb { .. } | Layout::Compact { .. } => {
                enlargers::rename(&layout, &tensor.name)
            }
            Layout::DcganGenerator { .. } | Layout::DcganDiscriminator { .. } => {
                tutorial::rename(&layout, &tensor.name)
            }
            Layout::Johnson { .. } => fast_neural_style::rename(&tensor.name),
            Layout::Mlp { depth, .. } => fully_connected::rename(depth, &tensor.name),
            Layout::Vae { .. } => None,
        };
        // A name that is not known stays, so that fitting complains of it.
        found.map_or_else(|| Some(tensor.clone()), |name| name.map(|name| NamedTensor { name, ..tensor.clone() }))
    };
    let mut renamed: Vec<NamedTensor> = tensors.iter().cloned().filter_map(rename).collect();
    renamed.extend(tutorial::absent(&layout));
    Ok((layout, renamed))
}

/// Without what parallel training, and what saves several networks in one file, put before names. Of a network and its average
/// the average stays.
fn bare(tensors: Vec<NamedTensor>) -> Vec<NamedTensor> {
    const AVERAGE: &str = "params_ema.";
    let averaged = tensors.iter().any(|tensor| tensor.name.starts_with(AVERAGE));
    let kept = tensors.into_iter().filter(|tensor| !averaged || tensor.name.starts_with(AVERAGE));
    let name = |name: &str| {
        let inner = [AVERAGE, "params."].into_iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        inner.strip_prefix("module.").unwrap_or(inner).to_owned()
    };
    kept.map(|tensor| NamedTensor { name: name(&tensor.name), ..tensor }).collect()
}

/// Shapes by name.
struct File<'a>(&'a [NamedTensor]);

impl File<'_> {
    fn shape(&self, name: &str) -> Option<&[usize]> {
        self.0.iter().find(|tensor| tensor.name == name).map(|tensor| &tensor.shape[..])
    }

    /// The shape of a convolution's weight.
    fn conv(&self, name: &str) -> Option<[usize; 4]> {
        self.shape(&format!("{name}.weight"))?.try_into().ok()
    }

    /// The shape of a matrix.
    fn matrix(&self, name: &str) -> Option<[usize; 2]> {
        self.shape(&format!("{name}.weight"))?.try_into().ok()
    }

    fn has(&self, name: &str) -> bool {
        self.shape(name).is_some()
    }
}

/// The name in Gannet; a tensor that no network of ours needs has none; what is not known has not even that.
type Renamed = Option<Option<String>>;

/// Of a tensor `what` of a norm that Gannet calls `norm`. Without scale and shift nothing of it is needed: old files of
/// instance norms hold running statistics that were never used.
fn of_norm(norm: &str, what: &str, batch: bool) -> Renamed {
    let own = match what {
        "weight" => "gamma",
        "bias" => "beta",
        "running_mean" | "running_var" => what,
        _ => return None,
    };
    match (batch, what.starts_with("running_")) {
        (true, _) => Some(Some(format!("{norm}.{own}"))),
        (false, true) => Some(None),
        (false, false) => None,
    }
}
