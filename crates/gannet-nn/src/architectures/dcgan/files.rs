//! Other projects' files of DCGAN, as PyTorch's tutorial has it: convolutions and batch norms in one sequence, of any depth, width
//! and size. Activations and dropout take numbers of the sequence and have no tensors.

use std::collections::BTreeSet;

use gannet_weights::{Mismatch, NamedTensor, Renamed, TensorFile};

use super::config::{BASE, DcganConfig, MOST_LEVELS};
use crate::layers::{GeneratorNormKind, NormKind};
use crate::registry::{Part, Recognized};

/// The name of the sequence in PyTorch's tutorial. A discriminator under another name may be a PatchGAN, whose last layers have
/// other strides and the same shapes.
const TUTORIAL: &str = "main";

pub(super) fn recognize(file: &TensorFile) -> Result<Recognized<DcganConfig>, Mismatch> {
    let sequence = Sequence::of_file(file)?;
    let follows = |fits: fn(&Layer, &Layer) -> bool| sequence.layers.windows(2).all(|two| fits(&two[0], &two[1]));
    // A transposed convolution's weight has its inputs first.
    if follows(|layer, next| layer.shape[1] == next.shape[0]) {
        generator(file, &sequence)
    } else if follows(|layer, next| layer.shape[0] == next.shape[1]) && sequence.name == TUTORIAL {
        discriminator(file, &sequence)
    } else {
        Err(Mismatch::new(format!("the channels of its {} do not follow from one another", sequence.name)))
    }
}

/// A convolution and the batch norm behind it.
struct Layer {
    place: usize,
    shape: [usize; 4],
    norm: Option<usize>,
}

impl Layer {
    fn kernel(&self) -> usize {
        self.shape[2]
    }
}

/// All layers of a file.
struct Sequence {
    name: String,
    layers: Vec<Layer>,
}

impl Sequence {
    /// The layers, if all tensors of the file are of one sequence of convolutions and batch norms.
    fn of_file(file: &TensorFile) -> Result<Self, Mismatch> {
        let mut places = BTreeSet::new();
        let mut names = BTreeSet::new();
        for tensor in file.names() {
            let (sequence, place, _) =
                sequence_place(tensor).ok_or_else(|| Mismatch::new(format!("{tensor} is not of one sequence")))?;
            places.insert(place);
            names.insert(sequence);
        }
        let (Some(name), 1) = (names.pop_first(), names.len() + 1) else {
            return Err(Mismatch::new("its tensors are of several sequences"));
        };
        let mut sequence = Self { name: name.to_owned(), layers: Vec::new() };
        for place in places {
            sequence.add(file, place)?;
        }
        match sequence.layers.len() {
            0 | 1 => {
                // Such a file is not even nearly DCGAN's.
                file.take_found();
                Err(Mismatch::new("it has fewer than two convolutions"))
            }
            count if count > MOST_LEVELS + 1 => Err(Mismatch::new(format!("it has {count} convolutions"))),
            _ => Ok(sequence),
        }
    }

    /// Adds the convolution at a place, or the batch norm of the last one.
    fn add(&mut self, file: &TensorFile, place: usize) -> Result<(), Mismatch> {
        let layer = self.tensor(place);
        let layer = layer.strip_suffix('.').unwrap_or(&layer);
        match *file.shape(&format!("{layer}.weight"))? {
            [a, b, height, width] if height == width => {
                self.layers.push(Layer { place, shape: [a, b, height, width], norm: None });
                Ok(())
            }
            [_] if file.has(&format!("{layer}.running_mean")) => match self.layers.last_mut() {
                Some(last) if last.norm.is_none() => {
                    last.norm = Some(place);
                    Ok(())
                }
                _ => Err(Mismatch::new(format!("its {layer} is a batch norm without a convolution before it"))),
            },
            _ => Err(Mismatch::new(format!("its {layer} is neither a square convolution nor a batch norm"))),
        }
    }

    /// The file's name of the layer at a place, with the dot behind it.
    fn tensor(&self, place: usize) -> String {
        if self.name.is_empty() { format!("{place}.") } else { format!("{}.{place}.", self.name) }
    }

    /// Whether these layers have batch norms.
    fn has_norms(&self, layers: &[Layer]) -> Result<bool, Mismatch> {
        let count = layers.iter().filter(|layer| layer.norm.is_some()).count();
        if count != 0 && count != layers.len() {
            let without = layers.iter().find(|layer| layer.norm.is_none()).map_or(0, |layer| layer.place);
            return Err(Mismatch::new(format!("its {} has no batch norm, and others have", self.tensor(without))));
        }
        Ok(count > 0)
    }

    /// The file's tensors by Gannet's names: `own` gives the name of a layer and of its norm by the layer's number. The bias of a
    /// convolution before a batch norm is taken from the running mean, which gives the same images.
    fn renamed(&self, file: &TensorFile, own: impl Fn(usize) -> (String, String)) -> Vec<NamedTensor> {
        let layer_at =
            |place: usize| self.layers.iter().position(|layer| layer.place == place || layer.norm == Some(place));
        let mut tensors = file.renamed(|name| {
            let Some((_, place, what)) = sequence_place(name) else { return Renamed::Unknown };
            let Some(at) = layer_at(place) else { return Renamed::Unknown };
            let (conv, norm) = own(at);
            match self.layers[at].norm {
                Some(of_norm) if place == of_norm => Renamed::norm(&norm, what, true),
                Some(_) if what == "bias" => Renamed::Dropped,
                _ => Renamed::layer(&conv, what),
            }
        });
        for (at, layer) in self.layers.iter().enumerate().filter(|(_, layer)| layer.norm.is_some()) {
            let Some(bias) = file.tensor(&format!("{}bias", self.tensor(layer.place))) else { continue };
            let mean = format!("{}.running_mean", own(at).1);
            match tensors.iter_mut().find(|tensor| tensor.name == mean && tensor.shape == bias.shape) {
                Some(mean) => mean.values.iter_mut().zip(&bias.values).for_each(|(mean, bias)| *mean -= bias),
                None => tensors.push(bias.clone()),
            }
        }
        tensors
    }
}

fn generator(file: &TensorFile, sequence: &Sequence) -> Result<Recognized<DcganConfig>, Mismatch> {
    let layers = &sequence.layers;
    let last = layers.len() - 1;
    if layers[last].norm.is_some() {
        return Err(Mismatch::new("there is a batch norm behind its last convolution"));
    }
    let norms = sequence.has_norms(&layers[..last])?;
    let kernels: Vec<usize> = layers.iter().map(Layer::kernel).collect();
    let widths: Vec<usize> = layers[1..].iter().rev().map(|layer| layer.shape[0]).collect();
    let norm = if norms { GeneratorNormKind::Batch } else { GeneratorNormKind::None };
    let channels = layers[last].shape[1];
    let config = of_layers(&kernels, &widths)?.with_channels(channels).with_latent(layers[0].shape[0]);
    let config = config.with_generator_norm(norm);
    let mut tensors = sequence.renamed(file, |at| match at {
        0 => ("project".to_owned(), "project_norm".to_owned()),
        at if at == last => ("to_image".to_owned(), String::new()),
        at => (format!("up.{}", at - 1), format!("up_norm.{}", at - 1)),
    });
    let up = |at: usize| format!("up.{at}.bias");
    let mut biases = vec![("to_image.bias".to_owned(), channels)];
    if !norms {
        biases.push(("project.bias".to_owned(), layers[0].shape[1]));
        biases.extend((1..last).map(|at| (up(at - 1), layers[at].shape[1])));
    }
    add_biases(&mut tensors, biases);
    Ok(Recognized::new(config, Part::Generator, tensors))
}

fn discriminator(file: &TensorFile, sequence: &Sequence) -> Result<Recognized<DcganConfig>, Mismatch> {
    let layers = &sequence.layers;
    let last = layers.len() - 1;
    let outputs = layers[last].shape[0];
    if outputs != 1 || layers[0].norm.is_some() || layers[last].norm.is_some() {
        return Err(Mismatch::new(format!("it gives {outputs} values, or has a batch norm at an end")));
    }
    let norms = sequence.has_norms(&layers[1..last])?;
    let kernels: Vec<usize> = layers.iter().rev().map(Layer::kernel).collect();
    let widths: Vec<usize> = layers[..last].iter().map(|layer| layer.shape[0]).collect();
    let norm = if norms || last == 1 { NormKind::Batch } else { NormKind::None };
    let config = of_layers(&kernels, &widths)?.with_channels(layers[0].shape[1]).with_norm(norm);
    let mut tensors = sequence.renamed(file, |at| match at {
        0 => ("from_image".to_owned(), String::new()),
        at if at == last => ("score".to_owned(), String::new()),
        at => (format!("down.{}", at - 1), format!("down_norm.{}", at - 1)),
    });
    let mut biases = vec![("from_image.bias".to_owned(), layers[0].shape[0]), ("score.bias".to_owned(), 1)];
    if norm == NormKind::None {
        biases.extend((1..last).map(|at| (format!("down.{}.bias", at - 1), layers[at].shape[0])));
    }
    add_biases(&mut tensors, biases);
    Ok(Recognized::new(config, Part::Discriminator, tensors))
}

/// The configuration of a generator with these kernels from its latent on, and these widths from its image on. A kernel of 4 doubles
/// a map, and one of 3 doubles it less one pixel.
fn of_layers(kernels: &[usize], widths: &[usize]) -> Result<DcganConfig, Mismatch> {
    let wrong = || Mismatch::new(format!("its convolutions have kernels of {kernels:?} pixels"));
    let [BASE, inner @ .., 4] = kernels else { return Err(wrong()) };
    let side = inner.iter().try_fold(BASE, |side, kernel| match kernel {
        3 => Some(2 * side - 1),
        4 => Some(2 * side),
        _ => None,
    });
    let config = DcganConfig::of_widths(2 * side.ok_or_else(wrong)?, widths);
    let levels = (1..widths.len()).rev();
    let fits =
        config.levels() == widths.len() && levels.zip(inner).all(|(level, kernel)| config.kernel(level) == *kernel);
    if fits { Ok(config) } else { Err(wrong()) }
}

/// The name of a sequence, the number of a module in it, and the name of that one's parameter.
fn sequence_place(name: &str) -> Option<(&str, usize, &str)> {
    let (layer, what) = name.rsplit_once('.')?;
    let (sequence, place) = layer.rsplit_once('.').unwrap_or(("", layer));
    Some((sequence, place.parse().ok()?, what))
}

/// Adds the biases that Gannet's network has and the file has not, as zeros.
fn add_biases(tensors: &mut Vec<NamedTensor>, biases: Vec<(String, usize)>) {
    for (name, count) in biases {
        if !tensors.iter().any(|tensor| tensor.name == name) {
            tensors.push(NamedTensor { name, shape: vec![count], values: vec![0.0; count] });
        }
    }
}
