//! SwinIR's files, under the names of its project.

use gannet_weights::{Mismatch, Renamed, TensorFile};

use super::config::{GroupSize, SwinirConfig, Upsampling};
use crate::layers::shuffle_factor;

/// Most upsamplings by 2 that are recognized: enlargement by 16.
const MOST_UPSAMPLINGS: usize = 4;
/// Largest side of a window that is recognized: its scores are the fourth power of it.
const MOST_WINDOW: usize = 64;
/// Side of the windows of the networks for JPEG, whose images are in `[0, 255]`. Files do not hold the range.
const JPEG_WINDOW: usize = 7;

/// The blocks of a group.
fn blocks(group: usize) -> String {
    format!("layers.{group}.residual_group.blocks")
}

impl SwinirConfig {
    /// The configuration of a file.
    pub(super) fn of_file(file: &TensorFile) -> Result<Self, Mismatch> {
        let unshuffled = file.has("conv_first.1.weight");
        let [width, input, ..] = file.conv(if unshuffled { "conv_first.1" } else { "conv_first" })?;
        let groups: Vec<GroupSize> = Self::groups(file)?;
        let table = file.shape(&format!("{}.0.attn.relative_position_bias_table", blocks(0)))?;
        let [hidden, _] = file.matrix(&format!("{}.0.mlp.fc1", blocks(0)))?;
        // (2s − 1)² differences of places in a window of side s.
        let window = table[0].isqrt().div_ceil(2);
        if (2 * window - 1).pow(2) != table[0]
            || !(2..=MOST_WINDOW).contains(&window)
            || groups.iter().any(|group| !width.is_multiple_of(group.heads))
        {
            let heads: Vec<usize> = groups.iter().map(|group| group.heads).collect();
            let text = format!("its width is {width}, with {heads:?} heads and {} relative places", table[0]);
            return Err(Mismatch::new(text));
        }
        let unshuffle = if unshuffled { (input / 3).isqrt() } else { 1 };
        let channels = input / unshuffle.max(1).pow(2);
        let (upsampling, features, output) = Self::upsampling(file, width, channels)?;
        let range = if window == JPEG_WINDOW { 255.0 } else { 1.0 };
        let narrow = !file.has("conv_after_body.weight");
        let config = Self { channels, width, groups, window, hidden, narrow, features, upsampling, unshuffle, range };
        let enlarges = config.map_scale().checked_div(unshuffle).is_some_and(|scale| scale > 0);
        let alone = config.upsampling != Upsampling::Residual || unshuffle == 1;
        if output != channels || channels * unshuffle.pow(2) != input || !enlarges || !alone {
            return Err(Mismatch::new(format!(
                "it goes from {input} channels, unshuffled by {unshuffle}, to {output}"
            )));
        }
        Ok(config)
    }

    fn groups(file: &TensorFile) -> Result<Vec<GroupSize>, Mismatch> {
        let norm = |group: usize, block: usize| format!("{}.{block}.norm1.weight", blocks(group));
        let count = file.count(|file, group| file.has(&norm(group, 0)));
        let group = |group: usize| {
            let table = format!("{}.0.attn.relative_position_bias_table", blocks(group));
            let [_, heads] = *file.shape(&table)? else {
                return Err(Mismatch::new(format!("its {table} has not two axes")));
            };
            Ok(GroupSize { depth: file.count(|file, block| file.has(&norm(group, block))), heads })
        };
        if count == 0 {
            file.shape(&norm(0, 0))?;
        }
        (0..count).map(group).collect()
    }

    /// The upsampling, its channels, and those of the output.
    fn upsampling(file: &TensorFile, width: usize, channels: usize) -> Result<(Upsampling, usize, usize), Mismatch> {
        let wrong = |text: String| Err(Mismatch::new(text));
        if !file.has("conv_before_upsample.0.weight") {
            if !file.has("upsample.0.weight") {
                let [output, ..] = file.conv("conv_last")?;
                return Ok((Upsampling::Residual, width, output));
            }
            let [shuffled, ..] = file.conv("upsample.0")?;
            let Some(factor) = shuffle_factor(shuffled, channels) else {
                return wrong(format!("its upsampling makes {shuffled} channels of {channels}"));
            };
            return Ok((Upsampling::Direct(factor), width, channels));
        }
        let [features, ..] = file.conv("conv_before_upsample.0")?;
        let [output, ..] = file.conv("conv_last")?;
        let doubled = file.count(|file, at| file.has(&format!("conv_up{}.weight", at + 1)));
        if doubled > MOST_UPSAMPLINGS {
            return wrong(format!("it doubles images {doubled} times"));
        }
        if doubled > 0 {
            return Ok((Upsampling::Nearest(doubled), features, output));
        }
        // A pixel shuffle without tensors comes after each convolution.
        let shuffles = file.count(|file, at| file.has(&format!("upsample.{}.weight", 2 * at)));
        let mut factors = Vec::new();
        for at in 0..shuffles {
            let [shuffled, ..] = file.conv(&format!("upsample.{}", 2 * at))?;
            let factor = shuffle_factor(shuffled, features);
            let Some(factor) = factor.filter(|_| shuffles <= MOST_UPSAMPLINGS) else {
                return wrong(format!("its upsampling makes {shuffled} channels of {features}"));
            };
            factors.push(factor);
        }
        Ok((Upsampling::Shuffles(factors), features, output))
    }

    /// Gannet's name of a tensor.
    pub(super) fn rename(&self, name: &str) -> Renamed {
        let parts: Vec<&str> = name.split('.').collect();
        // Of three convolutions the activations between them have numbers, too.
        let tail = |layer: &str, rest: &[&str]| match rest {
            [what] => Renamed::layer(&format!("{layer}.convs.0"), what),
            [at, what] => match at.parse::<usize>() {
                Ok(at) if at % 2 == 0 => Renamed::layer(&format!("{layer}.convs.{}", at / 2), what),
                _ => Renamed::Unknown,
            },
            _ => Renamed::Unknown,
        };
        match parts[..] {
            [.., "attn_mask" | "relative_position_index"] => Renamed::Dropped,
            ["conv_first", what] | ["conv_first", "1", what] => Renamed::layer("from_image", what),
            ["patch_embed", "norm", what] => Renamed::norm("first_norm", what, true),
            ["norm", what] => Renamed::norm("norm", what, true),
            ["layers", group, "residual_group", "blocks", block, ref inner @ ..] => {
                of_block(&format!("groups.{group}.blocks.{block}"), inner)
            }
            ["layers", group, "conv", ref rest @ ..] => tail(&format!("groups.{group}.tail"), rest),
            ["conv_after_body", ref rest @ ..] => tail("tail", rest),
            ["conv_before_upsample", "0", what] => Renamed::layer("head.before", what),
            ["upsample", at, what] => match at.parse::<usize>() {
                Ok(at) if at % 2 == 0 => Renamed::layer(&format!("head.up.{}", at / 2), what),
                _ => Renamed::Unknown,
            },
            ["conv_hr", what] => Renamed::layer("head.last", what),
            ["conv_last", what] => Renamed::layer("head.to_image", what),
            [up, what] => match up.strip_prefix("conv_up").and_then(|at| at.parse::<usize>().ok()?.checked_sub(1)) {
                Some(at) => Renamed::layer(&format!("head.up.{at}"), what),
                None => Renamed::Unknown,
            },
            _ => Renamed::Unknown,
        }
    }
}

/// Gannet's name of a tensor of a block.
fn of_block(block: &str, parts: &[&str]) -> Renamed {
    let layer = |layer: &str, what: &str| Renamed::layer(&format!("{block}.{layer}"), what);
    match parts {
        ["norm1", what] => Renamed::norm(&format!("{block}.norms.0"), what, true),
        ["norm2", what] => Renamed::norm(&format!("{block}.norms.1"), what, true),
        ["attn", "relative_position_bias_table"] => layer("attention", "table"),
        ["attn", part @ ("qkv" | "proj"), what] => layer(&format!("attention.{part}"), what),
        ["mlp", "fc1", what] => layer("mlp.0", what),
        ["mlp", "fc2", what] => layer("mlp.1", what),
        _ => Renamed::Unknown,
    }
}
