//! The networks of pytorch-CycleGAN-and-pix2pix, whose names are places in sequences.

use super::{File, Layout, Renamed, of_norm};

pub(super) fn layout(file: &File<'_>) -> Option<Layout> {
    unet(file).or_else(|| resnet(file)).or_else(|| patch(file))
}

/// The sequence of a level of the U-Net, from 0 next to the image.
fn level(level: usize) -> String {
    match level {
        0 => "model.model".to_owned(),
        _ => format!("model.model.1{}.model", ".model.3".repeat(level - 1)),
    }
}

fn unet(file: &File<'_>) -> Option<Layout> {
    let [width, input, ..] = file.conv("model.model.0")?;
    let [_, output, ..] = file.conv("model.model.3")?;
    let levels = 1 + (1..).take_while(|at| file.has(&format!("{}.1.weight", level(*at)))).count();
    let batch = file.has(&format!("{}.4.weight", level(levels - 1)));
    Some(Layout::Unet { channels: [input, output], levels, width, batch })
}

fn resnet(file: &File<'_>) -> Option<Layout> {
    let [width, input, ..] = file.conv("model.1")?;
    let blocks = (0..).take_while(|block| file.has(&format!("model.{}.conv_block.1.weight", 10 + block))).count();
    let [output, ..] = file.conv(&format!("model.{}", 17 + blocks))?;
    let dropout = file.conv("model.10.conv_block.6").is_some();
    Some(Layout::Resnet { channels: [input, output], blocks, width, batch: file.has("model.2.weight"), dropout })
}

fn patch(file: &File<'_>) -> Option<Layout> {
    if let Some([width, channels, 1, 1]) = file.conv("net.0") {
        return Some(Layout::Patch { channels, halvings: 0, width, batch: file.has("net.3.weight") });
    }
    let [width, channels, 4, 4] = file.conv("model.0")? else { return None };
    let convolutions = (0..).take_while(|at| file.conv(&place(*at)).is_some()).count();
    // The last two have stride 1.
    let halvings = convolutions.checked_sub(2).filter(|halvings| *halvings > 0)?;
    Some(Layout::Patch { channels, halvings, width, batch: file.has("model.3.weight") })
}

/// The sequence's place of the discriminator's convolution number `at`.
fn place(at: usize) -> String {
    if at == 0 { "model.0".to_owned() } else { format!("model.{}", 3 * at - 1) }
}

pub(super) fn rename(layout: &Layout, name: &str) -> Renamed {
    let (place, what) = name.rsplit_once('.')?;
    match layout {
        Layout::Unet { levels, batch, .. } => {
            let depth = (0..*levels).rev().find(|depth| place.starts_with(&format!("{}.", level(*depth))))?;
            let at = place.strip_prefix(&format!("{}.", level(depth)))?;
            match (depth, at, depth + 1 == *levels) {
                (0, "0", _) | (1.., "1", _) => conv(&format!("down.{depth}"), what),
                (0, "3", _) | (1.., "3", true) | (1.., "5", false) => conv(&format!("up.{depth}"), what),
                (1.., "2", false) => of_norm(&format!("down_norm.{}.batch", depth - 1), what, *batch),
                (1.., "4", true) | (1.., "6", false) => of_norm(&format!("up_norm.{}.batch", depth - 1), what, *batch),
                _ => None,
            }
        }
        Layout::Resnet { blocks, batch, dropout, .. } => {
            if let Some((block, at)) = place.split_once(".conv_block.") {
                let block: usize = block.strip_prefix("model.")?.parse().ok()?;
                let own = format!("blocks.{}", block.checked_sub(10)?);
                // Dropout has no weights, but a place before the second half.
                return match (at, dropout) {
                    ("1", _) => conv(&format!("{own}.first"), what),
                    ("2", _) => of_norm(&format!("{own}.first_norm.batch"), what, *batch),
                    ("5", false) | ("6", true) => conv(&format!("{own}.second"), what),
                    ("6", false) | ("7", true) => of_norm(&format!("{own}.second_norm.batch"), what, *batch),
                    _ => None,
                };
            }
            let at: usize = place.strip_prefix("model.")?.parse().ok()?;
            match at.checked_sub(10 + blocks) {
                None => match at {
                    1 => conv("from_image", what),
                    2 => of_norm("from_image_norm.batch", what, *batch),
                    4 | 7 => conv(&format!("down.{}", at / 3 - 1), what),
                    5 | 8 => of_norm(&format!("down_norm.{}.batch", at / 3 - 1), what, *batch),
                    _ => None,
                },
                Some(at @ (0 | 3)) => conv(&format!("up.{}", at / 3), what),
                Some(at @ (1 | 4)) => of_norm(&format!("up_norm.{}.batch", at / 3), what, *batch),
                Some(7) => conv("to_image", what),
                Some(_) => None,
            }
        }
        Layout::Patch { halvings: 0, batch, .. } => match place {
            "net.0" => conv("from_image", what),
            "net.2" => conv("hidden.0", what),
            "net.3" => of_norm("norm.0.batch", what, *batch),
            "net.5" => conv("score", what),
            _ => None,
        },
        Layout::Patch { halvings, batch, .. } => {
            let at: usize = place.strip_prefix("model.")?.parse().ok()?;
            match (at, at % 3) {
                (0, _) => conv("from_image", what),
                (_, 2) if at == 3 * halvings + 2 => conv("score", what),
                (_, 2) => conv(&format!("hidden.{}", at / 3), what),
                (_, 0) => of_norm(&format!("norm.{}.batch", at / 3 - 1), what, *batch),
                _ => None,
            }
        }
        _ => None,
    }
}

fn conv(own: &str, what: &str) -> Renamed {
    Some(Some(format!("{own}.{what}")))
}
