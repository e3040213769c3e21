//! The networks of PyTorch's DCGAN tutorial: convolutions and batch norms in one sequence, at any size.

use gannet_weights::{Mismatch, NamedTensor, Renamed, TensorFile};

use super::config::{BASE, DcganConfig};
use crate::registry::{Part, Recognized};

pub(super) fn recognize(file: &TensorFile) -> Result<Recognized<DcganConfig>, Mismatch> {
    let first = file.conv("main.0")?;
    // The generator's first convolution has a norm, the discriminator's has none.
    if file.has("main.1.weight") { generator(file, first) } else { discriminator(file, first) }
}

fn generator(file: &TensorFile, [latent, ..]: [usize; 4]) -> Result<Recognized<DcganConfig>, Mismatch> {
    let levels = file.count(|file, at| file.conv(&format!("main.{}", 3 * at)).is_ok());
    let [width, channels, ..] = file.conv(&format!("main.{}", 3 * (levels - 1)))?;
    let config = DcganConfig::new(known_size(levels)?).with_channels(channels).with_latent(latent).with_width(width);
    let rename = |name: &str| {
        let Some((place, what)) = sequence_place(name) else { return Renamed::Unknown };
        match (place / 3, place % 3) {
            (0, 0) => Renamed::layer("project", what),
            (0, 1) => Renamed::norm("project_norm", what, true),
            (level, 0) if level == levels - 1 => Renamed::layer("to_image", what),
            (level, 0) => Renamed::layer(&format!("up.{}", level - 1), what),
            (level, 1) => Renamed::norm(&format!("up_norm.{}", level - 1), what, true),
            _ => Renamed::Unknown,
        }
    };
    let mut tensors = file.renamed(rename);
    // Gannet's network has this bias, and the tutorial's has none.
    tensors.push(zeros("to_image.bias", channels));
    Ok(Recognized::new(config, Part::Generator, tensors))
}

fn discriminator(file: &TensorFile, [width, channels, ..]: [usize; 4]) -> Result<Recognized<DcganConfig>, Mismatch> {
    let levels = 1 + file.count(|file, at| file.conv(&format!("main.{}", 3 * at + 2)).is_ok());
    file.conv("main.2")?;
    let config = DcganConfig::new(known_size(levels)?).with_channels(channels).with_width(width);
    let rename = |name: &str| {
        let Some((place, what)) = sequence_place(name) else { return Renamed::Unknown };
        match (place, place % 3) {
            (0, _) => Renamed::layer("from_image", what),
            (_, 2) if place / 3 == levels - 2 => Renamed::layer("score", what),
            (_, 2) => Renamed::layer(&format!("down.{}", place / 3), what),
            (_, 0) => Renamed::norm(&format!("down_norm.{}", place / 3 - 1), what, true),
            _ => Renamed::Unknown,
        }
    };
    let mut tensors = file.renamed(rename);
    // Gannet's network has these biases, and the tutorial's has none.
    tensors.extend([zeros("from_image.bias", width), zeros("score.bias", 1)]);
    Ok(Recognized::new(config, Part::Discriminator, tensors))
}

/// Side of the images of a network with so many convolutions.
fn known_size(convolutions: usize) -> Result<usize, Mismatch> {
    let known = DcganConfig::SIZES
        .into_iter()
        .find(|size| size.is_power_of_two() && size / BASE == 1 << (convolutions - 1).min(16));
    known.ok_or_else(|| Mismatch::new(format!("it has {convolutions} convolutions")))
}

/// The number of a module in the sequence `main`, and the name of its parameter.
fn sequence_place(name: &str) -> Option<(usize, &str)> {
    let (place, what) = name.strip_prefix("main.")?.split_once('.')?;
    Some((place.parse().ok()?, what))
}

fn zeros(name: &str, count: usize) -> NamedTensor {
    NamedTensor { name: name.to_owned(), shape: vec![count], values: vec![0.0; count] }
}
