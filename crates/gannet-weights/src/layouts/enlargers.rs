//! Networks of super-resolution: SRGAN's as the common PyTorch port names them, ESRGAN's by its first and its present names,
//! and Real-ESRGAN's compact ones, whose names are places in a sequence.

use super::{File, Layout, Renamed};

pub(super) fn layout(file: &File<'_>) -> Option<Layout> {
    srresnet(file).or_else(|| rrdb(file)).or_else(|| first_rrdb(file)).or_else(|| compact(file))
}

fn srresnet(file: &File<'_>) -> Option<Layout> {
    let [width, channels, ..] = file.conv("block1.0")?;
    let blocks = (0..).take_while(|block| file.conv(&format!("block{}.conv1", block + 2)).is_some()).count();
    let up = format!("block{}", blocks + 3);
    let doublings = (0..).take_while(|at| file.conv(&format!("{up}.{at}.conv")).is_some()).count();
    file.conv(&format!("{up}.{doublings}"))?;
    Some(Layout::Srresnet { channels, scale: 1 << doublings, blocks, width })
}

/// Of a first convolution from `input` channels to an image of `output`, by how much pixels were made channels.
fn of_rrdb(file: &File<'_>, names: [&str; 3], blocks: usize) -> Option<Layout> {
    let [first, growing, last] = names;
    let [width, input, ..] = file.conv(first)?;
    let [growth, ..] = file.conv(growing)?;
    let [channels, ..] = file.conv(last)?;
    let scale = match input.checked_div(channels)? {
        1 => 4,
        4 => 2,
        16 => 1,
        _ => return None,
    };
    Some(Layout::Rrdb { channels, scale, blocks, width, growth })
}

fn rrdb(file: &File<'_>) -> Option<Layout> {
    let blocks = (0..).take_while(|block| file.has(&format!("body.{block}.rdb1.conv1.weight"))).count();
    of_rrdb(file, ["conv_first", "body.0.rdb1.conv1", "conv_last"], blocks)
}

fn first_rrdb(file: &File<'_>) -> Option<Layout> {
    let blocks = (0..).take_while(|block| file.has(&format!("model.1.sub.{block}.RDB1.conv1.0.weight"))).count();
    of_rrdb(file, ["model.0", "model.1.sub.0.RDB1.conv1.0", "model.10"], blocks)
}

fn compact(file: &File<'_>) -> Option<Layout> {
    let [width, channels, 3, 3] = file.conv("body.0")? else { return None };
    let convolutions = (0..).take_while(|at| file.conv(&format!("body.{}", 2 * at)).is_some()).count();
    let layers = convolutions.checked_sub(2)?;
    let [output, ..] = file.conv(&format!("body.{}", 2 * (layers + 1)))?;
    let scale = (output / channels).isqrt();
    (channels * scale * scale == output).then_some(Layout::Compact { channels, scale, layers, width })
}

pub(super) fn rename(layout: &Layout, name: &str) -> Renamed {
    let (place, what) = name.rsplit_once('.')?;
    match layout {
        Layout::Srresnet { blocks, .. } => {
            let (block, inside) = place.strip_prefix("block")?.split_once('.').unwrap_or((&place[5..], ""));
            let block: usize = block.parse().ok()?;
            match (block.checked_sub(2), inside) {
                (None, "0") => plain("from_image", what),
                (None, "1") => slope("prelu", what),
                (Some(at), "conv1") if at < *blocks => plain(&format!("blocks.{at}.first"), what),
                (Some(at), "bn1") if at < *blocks => norm(&format!("blocks.{at}.first_norm.batch"), what),
                (Some(at), "prelu") if at < *blocks => slope(&format!("blocks.{at}.prelu"), what),
                (Some(at), "conv2") if at < *blocks => plain(&format!("blocks.{at}.second"), what),
                (Some(at), "bn2") if at < *blocks => norm(&format!("blocks.{at}.second_norm.batch"), what),
                (Some(at), "0") if at == *blocks => plain("behind", what),
                (Some(at), "1") if at == *blocks => norm("behind_norm.batch", what),
                (Some(at), inside) if at == blocks + 1 => match inside.split_once('.') {
                    Some((level, "conv")) => plain(&format!("double.{level}.conv"), what),
                    Some((level, "prelu")) => slope(&format!("double.{level}.prelu"), what),
                    _ => plain("to_image", what),
                },
                _ => None,
            }
        }
        Layout::Rrdb { blocks, .. } => {
            let first: Vec<&str> = place.split('.').collect();
            let dense = |block: &str, dense: &str, conv: &str| {
                let [dense, conv]: [usize; 2] = [&dense[3..], &conv[4..]].map(|digit| digit.parse().unwrap_or(0));
                let [dense, conv] = [dense.checked_sub(1)?, conv.checked_sub(1)?];
                plain(&format!("blocks.{block}.dense.{dense}.convs.{conv}"), what)
            };
            match first[..] {
                ["conv_first"] | ["model", "0"] => plain("from_image", what),
                ["conv_body"] => plain("behind", what),
                ["model", "1", "sub", at] if at == blocks.to_string() => plain("behind", what),
                ["conv_up1"] | ["model", "3"] => plain("double.0", what),
                ["conv_up2"] | ["model", "6"] => plain("double.1", what),
                ["conv_hr"] | ["model", "8"] => plain("last", what),
                ["conv_last"] | ["model", "10"] => plain("to_image", what),
                ["body", block, rdb, conv] if rdb.starts_with("rdb") && conv.starts_with("conv") => {
                    dense(block, rdb, conv)
                }
                ["model", "1", "sub", block, rdb, conv, "0"] if rdb.starts_with("RDB") && conv.starts_with("conv") => {
                    dense(block, rdb, conv)
                }
                _ => None,
            }
        }
        Layout::Compact { layers, .. } => {
            let at: usize = place.strip_prefix("body.")?.parse().ok()?;
            match (at / 2, at % 2) {
                (layer, 0) if layer == layers + 1 => plain("to_image", what),
                (layer, 0) => plain(&format!("convs.{layer}"), what),
                (layer, _) => slope(&format!("prelus.{layer}"), what),
            }
        }
        _ => None,
    }
}

fn plain(own: &str, what: &str) -> Renamed {
    Some(Some(format!("{own}.{what}")))
}

fn slope(own: &str, what: &str) -> Renamed {
    (what == "weight").then(|| Some(format!("{own}.slope")))
}

fn norm(own: &str, what: &str) -> Renamed {
    super::of_norm(own, what, true)
}
