//! The painter of PyTorch's example fast_neural_style, by its names.

use super::{File, Layout, Renamed};

pub(super) fn layout(file: &File<'_>) -> Option<Layout> {
    let [width, ..] = file.conv("conv1.conv2d")?;
    let blocks = (1..).take_while(|block| file.conv(&format!("res{block}.conv1.conv2d")).is_some()).count();
    file.conv("deconv3.conv2d")?;
    Some(Layout::Johnson { blocks, width })
}

pub(super) fn rename(name: &str) -> Renamed {
    let (place, what) = name.rsplit_once('.')?;
    let parts: Vec<&str> = place.split('.').collect();
    let number = |word: &str, prefix: &str| word.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1);
    // The norms of old files count what they have seen, which nothing needs.
    if what.starts_with("running_") || what == "num_batches_tracked" {
        return Some(None);
    }
    let own = match parts[..] {
        ["deconv3", "conv2d"] => "to_image".to_owned(),
        [conv, "conv2d"] if conv.starts_with("deconv") => format!("up.{}.conv", number(conv, "deconv")?),
        [conv, "conv2d"] => format!("{}.conv", outer(number(conv, "conv")?)),
        [norm] => format!("{}.norm", outer(number(norm, "in")?)),
        [block, conv, "conv2d"] => format!("blocks.{}.{}.conv", number(block, "res")?, inner(number(conv, "conv")?)?),
        [block, norm] => format!("blocks.{}.{}.norm", number(block, "res")?, inner(number(norm, "in")?)?),
        _ => return None,
    };
    let what = match (own.ends_with("norm"), what) {
        (true, "weight") => "gamma",
        (true, "bias") => "beta",
        _ => what,
    };
    Some(Some(format!("{own}.{what}")))
}

/// The layers of the trunk, from 0: next to the image, two down and two up.
fn outer(number: usize) -> String {
    match number {
        0 => "from_image".to_owned(),
        1 | 2 => format!("down.{}", number - 1),
        _ => format!("up.{}", number - 3),
    }
}

fn inner(number: usize) -> Option<&'static str> {
    ["first", "second"].get(number).copied()
}
