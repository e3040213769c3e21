//! Linear layers in a row, as a sequence with activations between them numbers them; and the VAE of PyTorch's examples.

use super::{File, Layout, Renamed};
use crate::NamedTensor;

pub(super) fn layout(file: &File<'_>) -> Option<Layout> {
    if let (Some([hidden, pixels]), Some([code, _])) = (file.matrix("fc1"), file.matrix("fc21")) {
        return Some(Layout::Vae { pixels, hidden, code });
    }
    let [hidden, inputs] = file.matrix("0")?;
    let layers = (0..).take_while(|at| file.matrix(&(2 * at).to_string()).is_some()).count();
    let [outputs, _] = file.matrix(&(2 * (layers - 1)).to_string())?;
    Some(Layout::Mlp { inputs, hidden, depth: layers - 1, outputs })
}

pub(super) fn rename(depth: usize, name: &str) -> Renamed {
    let (place, what) = name.rsplit_once('.')?;
    let own = match place.parse::<usize>().ok()? {
        place if place == 2 * depth => "output".to_owned(),
        place => format!("hidden.{}", place / 2),
    };
    Some(Some(format!("{own}.{what}")))
}

/// The tensors of an `encoder`, whose codes are means before logarithms of variances, and of a `decoder`, for images in
/// `[-1, 1]` where the file's are in `[0, 1]`: `w (x + 1) / 2` before the first layer, and `2 σ(x) − 1 = tanh(x / 2)` behind the
/// last.
pub(super) fn vae(tensors: Vec<NamedTensor>) -> Vec<NamedTensor> {
    let find = |name: &str| tensors.iter().find(|tensor| tensor.name == name);
    let named = |name: &str, tensor: &NamedTensor| NamedTensor { name: name.to_owned(), ..tensor.clone() };
    let halved =
        |tensor: NamedTensor| NamedTensor { values: tensor.values.iter().map(|x| x / 2.0).collect(), ..tensor };
    let mut ours = Vec::new();
    for what in ["weight", "bias"] {
        let of = |place: &str| find(&format!("{place}.{what}"));
        ours.extend(of("fc1").map(|tensor| named(&format!("encoder.hidden.0.{what}"), tensor)));
        if let (Some(mean), Some(variance)) = (of("fc21"), of("fc22")) {
            let mut both = named(&format!("encoder.output.{what}"), mean);
            both.values.extend(&variance.values);
            both.shape[0] += variance.shape[0];
            ours.push(both);
        }
        ours.extend(of("fc3").map(|tensor| named(&format!("decoder.hidden.0.{what}"), tensor)));
        ours.extend(of("fc4").map(|tensor| halved(named(&format!("decoder.output.{what}"), tensor))));
    }
    let first = ours.iter().position(|tensor| tensor.name == "encoder.hidden.0.weight");
    let bias = ours.iter().position(|tensor| tensor.name == "encoder.hidden.0.bias");
    if let (Some(first), Some(bias)) = (first, bias) {
        let weight = halved(ours[first].clone());
        let rows = weight.values.chunks_exact(weight.shape[1]).map(|row| row.iter().sum::<f32>());
        let moved = ours[bias].values.iter().zip(rows).map(|(bias, row)| bias + row).collect();
        ours[bias].values = moved;
        ours[first] = weight;
    }
    ours
}
