//! Linear layers in a row, as a sequence with activations between them numbers them; and the VAE of PyTorch's examples.

use super::{File, Layout, Renamed};

pub(super) fn layout(file: &File<'_>) -> Option<Layout> {
    if let (Some([hidden, pixels]), Some([code, _])) = (file.matrix("fc1"), file.matrix("fc21")) {
        return Some(Layout::Vae { pixels, hidden, code });
    }
    let [hidden, inputs] = file.matrix("0")?;
    let layers = (0..).take_while(|at| file.matrix(&(2 * at).to_string()).is_some()).count();
    let [outputs, _] = file.matrix(&(2 * (layers - 1)).to_string())?;
    Some(Layout::Mlp { inputs, hidden, depth: layers - 1, outputs })
}

pub(super) fn rename(layout: &Layout, name: &str) -> Renamed {
    let (place, what) = name.rsplit_once('.')?;
    let own = match (layout, place) {
        (Layout::Vae { .. }, "fc1") => "encoder.hidden".to_owned(),
        (Layout::Vae { .. }, "fc21") => "encoder.mean".to_owned(),
        (Layout::Vae { .. }, "fc22") => "encoder.log_variance".to_owned(),
        (Layout::Vae { .. }, "fc3") => "decoder.hidden.0".to_owned(),
        (Layout::Vae { .. }, "fc4") => "decoder.output".to_owned(),
        (Layout::Mlp { depth, .. }, place) => match place.parse::<usize>().ok()? {
            place if place == 2 * depth => "output".to_owned(),
            place => format!("hidden.{}", place / 2),
        },
        _ => return None,
    };
    Some(Some(format!("{own}.{what}")))
}
