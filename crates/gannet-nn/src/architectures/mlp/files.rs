//! Other projects' files of fully connected networks: linear layers in one sequence, with activations between them, which is
//! PyTorch's numbering by twos; and the variational autoencoder of PyTorch's examples.

use gannet_weights::{Mismatch, NamedTensor, Renamed, TensorFile};

use super::config::MlpConfig;
use crate::registry::{Part, Recognized};

pub(super) fn recognize(file: &TensorFile) -> Result<Recognized<MlpConfig>, Mismatch> {
    if file.matrix("fc1").is_ok() { autoencoder(file) } else { sequence(file) }
}

/// Linear layers in a row: a discriminator where the last has one output, else a generator.
fn sequence(file: &TensorFile) -> Result<Recognized<MlpConfig>, Mismatch> {
    let [hidden, inputs] = file.matrix("0")?;
    let layers = file.count(|file, at| file.matrix(&(2 * at).to_string()).is_ok());
    let [outputs, _] = file.matrix(&(2 * (layers - 1)).to_string())?;
    let depth = layers - 1;
    if depth == 0 {
        return Err(Mismatch::new("it has one linear layer"));
    }
    let (part, shape) = match outputs {
        1 => (Part::Discriminator, shape_of(inputs)),
        _ => (Part::Generator, shape_of(outputs)),
    };
    let config = MlpConfig::new(shape).with_hidden(hidden).with_depth(depth);
    let config = if part == Part::Generator { config.with_latent(inputs) } else { config };
    let rename = |name: &str| {
        let place = name.rsplit_once('.').and_then(|(place, what)| Some((place.parse::<usize>().ok()?, what)));
        match place {
            Some((place, what)) if place == 2 * depth => Renamed::layer("output", what),
            Some((place, what)) => Renamed::layer(&format!("hidden.{}", place / 2), what),
            None => Renamed::Unknown,
        }
    };
    Ok(Recognized::new(config, part, file.renamed(rename)))
}

/// The shape `[c, h, w]` of an image with so many values: one square gray channel or three square channels, else one row.
fn shape_of(values: usize) -> [usize; 3] {
    let square = |channels: usize| {
        let side = (values / channels).isqrt();
        (channels * side * side == values).then_some([channels, side, side])
    };
    square(1).or_else(|| square(3)).unwrap_or([1, 1, values])
}

/// The VAE of PyTorch's examples. Its codes are means before logarithms of variances. Its images are in `[0, 1]`, Gannet's in
/// `[-1, 1]`, which is absorbed by the weights: `w (x + 1) / 2` before the first layer, and `2 σ(x) − 1 = tanh(x / 2)` after
/// the last.
fn autoencoder(file: &TensorFile) -> Result<Recognized<MlpConfig>, Mismatch> {
    let ([hidden, pixels], [code, _]) = (file.matrix("fc1")?, file.matrix("fc21")?);
    let config = MlpConfig::new(shape_of(pixels)).with_hidden(hidden).with_latent(code).with_depth(1).rectified();
    let named = |name: &str, tensor: &NamedTensor| NamedTensor { name: name.to_owned(), ..tensor.clone() };
    let mut tensors = Vec::new();
    for what in ["weight", "bias"] {
        let of = |place: &str| file.tensor(&format!("{place}.{what}"));
        tensors.extend(of("fc1").map(|tensor| named(&format!("encoder.hidden.0.{what}"), tensor)));
        if let (Some(mean), Some(variance)) = (of("fc21"), of("fc22")) {
            if mean.shape != variance.shape || mean.shape.is_empty() {
                return Err(Mismatch::new("its fc21 and fc22 have different shapes"));
            }
            let mut both = named(&format!("encoder.output.{what}"), mean);
            both.values.extend(&variance.values);
            both.shape[0] += variance.shape[0];
            tensors.push(both);
        }
        tensors.extend(of("fc3").map(|tensor| named(&format!("decoder.hidden.0.{what}"), tensor)));
        tensors.extend(of("fc4").map(|tensor| halved(named(&format!("decoder.output.{what}"), tensor))));
    }
    rescale_input(&mut tensors);
    Ok(Recognized::new(config, Part::VariationalAutoencoder, tensors))
}

/// Turns the encoder's first layer for inputs in `[0, 1]` into one for inputs in `[-1, 1]`.
fn rescale_input(tensors: &mut [NamedTensor]) {
    let place = |name: &str| tensors.iter().position(|tensor| tensor.name == name);
    let (Some(weight), Some(bias)) = (place("encoder.hidden.0.weight"), place("encoder.hidden.0.bias")) else {
        return;
    };
    let scaled = halved(tensors[weight].clone());
    let rows = scaled.values.chunks_exact(scaled.shape[1]).map(|row| row.iter().sum::<f32>());
    tensors[bias].values = tensors[bias].values.iter().zip(rows).map(|(bias, row)| bias + row).collect();
    tensors[weight] = scaled;
}

fn halved(tensor: NamedTensor) -> NamedTensor {
    NamedTensor { values: tensor.values.iter().map(|x| x / 2.0).collect(), ..tensor }
}
