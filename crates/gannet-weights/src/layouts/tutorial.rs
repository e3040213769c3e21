//! The networks of PyTorch's DCGAN tutorial: convolutions and batch norms in one sequence, at any size.

use super::{File, Layout, Renamed, of_norm};
use crate::NamedTensor;

/// Side of the smallest map.
const BASE: usize = 4;

pub(super) fn layout(file: &File<'_>) -> Option<Layout> {
    let first = file.conv("main.0")?;
    if file.has("main.1.weight") {
        let [latent, ..] = first;
        let levels = (0..).take_while(|at| file.conv(&format!("main.{}", 3 * at)).is_some()).count();
        let [width, channels, ..] = file.conv(&format!("main.{}", 3 * (levels - 1)))?;
        return Some(Layout::DcganGenerator { size: BASE << (levels - 1), channels, latent, width });
    }
    let [width, channels, ..] = first;
    let levels = 1 + (0..).take_while(|at| file.conv(&format!("main.{}", 3 * at + 2)).is_some()).count();
    (levels > 1).then(|| Layout::DcganDiscriminator { size: BASE << (levels - 1), channels, width })
}

/// The biases that Gannet's networks have and these have not.
pub(super) fn absent(layout: &Layout) -> Vec<NamedTensor> {
    let zeros = |name: &str, count| NamedTensor { name: name.to_owned(), shape: vec![count], values: vec![0.0; count] };
    match layout {
        Layout::DcganGenerator { channels, .. } => vec![zeros("to_image.bias", *channels)],
        Layout::DcganDiscriminator { width, .. } => vec![zeros("from_image.bias", *width), zeros("score.bias", 1)],
        _ => Vec::new(),
    }
}

pub(super) fn rename(layout: &Layout, name: &str) -> Renamed {
    let (place, what) = name.strip_prefix("main.")?.split_once('.')?;
    let place: usize = place.parse().ok()?;
    match layout {
        Layout::DcganGenerator { size, .. } => {
            let last = size.ilog2() as usize - 2;
            match (place / 3, place % 3) {
                (0, 0) => Some(Some(format!("project.{what}"))),
                (0, 1) => of_norm("project_norm", what, true),
                (level, 0) if level == last => Some(Some(format!("to_image.{what}"))),
                (level, 0) => Some(Some(format!("up.{}.{what}", level - 1))),
                (level, 1) => of_norm(&format!("up_norm.{}", level - 1), what, true),
                _ => None,
            }
        }
        Layout::DcganDiscriminator { size, .. } => {
            let last = size.ilog2() as usize - 3;
            match (place, place % 3) {
                (0, _) => Some(Some(format!("from_image.{what}"))),
                (_, 2) if place / 3 == last => Some(Some(format!("score.{what}"))),
                (_, 2) => Some(Some(format!("down.{}.{what}", place / 3))),
                (_, 0) => of_norm(&format!("down_norm.{}", place / 3 - 1), what, true),
                _ => None,
            }
        }
        _ => None,
    }
}
