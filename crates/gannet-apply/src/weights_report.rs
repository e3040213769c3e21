//! What a file of weights is.

use std::path::Path;

use burn::tensor::Device;
use gannet_nn::{AnyNetwork, Recognized, recognize};
use gannet_weights::{KNOWN, NamedTensor, WeightsFile};

use crate::error::ApplyError;
use crate::network_file::{command, extractor, key_option};
use crate::translator::TranslatorWeights;

/// Tensors that are listed of a network that is not known.
const LISTED: usize = 8;
/// Endings of names of running statistics.
const STATISTICS: [&str; 2] = ["running_mean", "running_var"];

/// A line of a report: what it is about, and what is found.
pub type ReportLine = (&'static str, String);

/// What the file at `path` is, line by line: its kind, the network in it (under `key`, where one is given), and the command that uses
/// it. A network that is not known is described by its tensors.
///
/// # Errors
/// The file cannot be read, or lacks the key.
pub fn weights_report(path: &Path, key: Option<&str>, device: &Device) -> Result<Vec<ReportLine>, ApplyError> {
    let mut file = WeightsFile::read_under(path, key)?;
    let mut lines = file_lines(&file);
    let tensors = std::mem::take(&mut file.tensors);
    let listed: Vec<String> =
        tensors.iter().take(LISTED).map(|tensor| format!("{} {:?}", tensor.name, tensor.shape)).collect();
    let count = tensors.len();
    let extractor = extractor(&tensors);
    match (recognize(tensors), extractor) {
        (Ok(found), _) => lines.extend(network_lines(found, key, device)),
        (Err(_), Some((what, used))) => {
            lines.push(("network", format!("by its names {what}")));
            lines.push(("used by", used.to_owned()));
        }
        (Err(error), None) => {
            lines.push(("network", format!("not known: {error}")));
            lines.extend(listed.into_iter().map(|tensor| ("", tensor)));
            if count > LISTED {
                lines.push(("", format!("and {} more", count - LISTED)));
            }
        }
    }
    Ok(lines)
}

/// The kind of a file, its length and hash, and what was read of it.
fn file_lines(file: &WeightsFile) -> Vec<ReportLine> {
    let mut lines = vec![("file", format!("{}: {}", file.path.display(), file.container))];
    for part in &file.parts {
        let name = part.path.file_name().unwrap_or_default().to_string_lossy();
        lines.push(("size", format!("{} bytes, {name}", grouped(part.bytes))));
        lines.push(("SHA-256", part.sha256.clone()));
        let known = KNOWN.iter().find(|known| known.sha256 == part.sha256);
        lines.extend(known.map(|known| ("published", format!("{}: {}", known.name, known.what))));
    }
    let types: Vec<String> = file.types.iter().map(|(kind, count)| format!("{count} of {kind}")).collect();
    lines.push((
        "tensors",
        if types.is_empty() { "none of floating-point numbers".to_owned() } else { types.join(", ") },
    ));
    let left_out = file.describe_left_out();
    lines.extend((!left_out.is_empty()).then_some(("", left_out)));
    lines.extend(file.notes.iter().map(|note| ("note", note.clone())));
    lines
}

/// A network, its size, and what it does.
fn network_lines(found: Recognized<AnyNetwork>, key: Option<&str>, device: &Device) -> Vec<ReportLine> {
    let mut lines = vec![("network", found.describe()), ("parameters", grouped(parameters(&found.tensors)))];
    let used_by = command(&found);
    if let Ok(translator) = TranslatorWeights::recognized(found, "the file".to_owned()) {
        let network = match translator.build(device) {
            Ok(network) => network,
            Err(error) => {
                lines.push(("does not fit", error.to_string()));
                return lines;
            }
        };
        let [input, output] = network.channels();
        lines.push(("channels", format!("{input} in, {output} out")));
        lines.push(("scale", network.scale().to_string()));
    }
    let used = used_by.map(|command| format!("gannet {command} --weights FILE{}", key_option(key)));
    lines.push(("used by", used.unwrap_or("no command; the library builds it (gannet_nn::recognize)".to_owned())));
    lines
}

/// How many values of a network are learned; the statistics of batch norms are not.
fn parameters(tensors: &[NamedTensor]) -> usize {
    let learned = tensors.iter().filter(|tensor| !STATISTICS.iter().any(|name| tensor.name.ends_with(name)));
    learned.map(|tensor| tensor.values.len()).sum()
}

/// A number with commas between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    digits.chars().enumerate().flat_map(|(at, digit)| comma(at).then_some(',').into_iter().chain([digit])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_no_parameters() {
        let tensor = |name: &str| NamedTensor { name: name.to_owned(), shape: vec![3], values: vec![0.0; 3] };
        assert_eq!(parameters(&["norm.gamma", "norm.running_mean", "norm.running_var"].map(tensor)), 3);
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
