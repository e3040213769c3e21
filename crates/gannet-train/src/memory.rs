//! An estimate of the memory that a run takes, before its first step.
//!
//! Each parameter is held as weight, gradient, two moments and an average, and once more while the optimizer replaces it. Each
//! activation of a micro-batch is held as a value and, in the backward pass, a gradient. The program, the images of a small
//! data set and the allocator add a constant. The estimate serves the choice of `train.batch`: for DCGAN it lies within a
//! factor of two of the measured peak.

/// Bytes of a value.
const VALUE: u64 = 4;
/// Copies of a parameter.
const COPIES: u64 = 6;
/// The program itself, its threads' buffers and the images read ahead, in bytes.
const BASE: u64 = 100 << 20;

/// By how much the estimate may be too large.
const MARGIN: u64 = 4;

/// Bytes for networks of these parameters, with so many activations for each image and micro-batches of `batch`.
pub fn estimate(parameters: &[(String, usize)], activations: usize, batch: usize) -> u64 {
    let parameters: usize = parameters.iter().map(|(_, count)| count).sum();
    let held = (activations as u64).saturating_mul(batch as u64);
    let values = (COPIES * parameters as u64).saturating_add(held);
    BASE.saturating_add(VALUE.saturating_mul(values))
}

/// A warning where `needed` bytes are more than the machine has available, if it says so.
pub fn warning(needed: u64) -> Option<String> {
    let available = available()?;
    (needed > available).then(|| {
        let (needed, available) = (readable(needed), readable(available));
        format!("training needs about {needed} of memory and {available} are free: a smaller train.batch with train.accumulate needs less")
    })
}

/// Why training that needs `weights` bytes for its weights and about `needed` in all cannot run on this machine, if it says how
/// much memory it has: the weights alone are too large, or the estimate is more than four times what is there.
pub fn refusal(weights: u64, needed: u64) -> Option<String> {
    let available = available()?;
    let (what, needed) = match (weights > available, needed / MARGIN > available) {
        (true, _) => ("the weights of the networks alone need", weights),
        (_, true) => ("training needs", needed),
        _ => return None,
    };
    let (needed, available) = (readable(needed), readable(available));
    Some(format!(
        "{what} about {needed} of memory and {available} are free: set model.width, model.hidden or model.blocks, data.size or \
         train.batch lower"
    ))
}

/// Bytes in readable units: `380 MB`, `1.4 GB`.
pub fn readable(bytes: u64) -> String {
    let mega = bytes as f64 / 1e6;
    if mega < 1000.0 { format!("{mega:.0} MB") } else { format!("{:.1} GB", mega / 1000.0) }
}

/// The available memory in bytes, on Linux: of the machine with its swap, of the process' address space, and of its control
/// group, the least.
fn available() -> Option<u64> {
    let machine =
        Some(kibibytes("/proc/meminfo", "MemAvailable:")? + kibibytes("/proc/meminfo", "SwapFree:").unwrap_or(0));
    [machine, address_space(), control_group()].into_iter().flatten().min()
}

/// What a limit of the address space (`ulimit -v`) leaves.
fn address_space() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(limit.saturating_sub(kibibytes("/proc/self/status", "VmSize:")?))
}

/// What the limit of the control group leaves, such as a container's.
fn control_group() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let number = |file: &str| {
        let path = std::path::Path::new("/sys/fs/cgroup").join(group).join(file);
        std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok()
    };
    Some(number("memory.max")?.saturating_sub(number("memory.current")?))
}

/// The bytes of a line of a system file such as `MemAvailable:   1024 kB`.
fn kibibytes(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kibi| kibi << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_grows_with_the_batch_and_never_overflows() {
        let parameters = [("generator".to_owned(), 1_000_000)];
        let [small, large] = [64, 128].map(|batch| estimate(&parameters, 100_000, batch));
        assert_eq!(large - small, 64 * 100_000 * 4);
        assert_eq!(estimate(&parameters, usize::MAX, usize::MAX), u64::MAX);
    }

    #[test]
    fn a_warning_names_the_remedy() {
        assert_eq!(warning(1), None);
        if available().is_some() {
            assert!(warning(1 << 50).unwrap().contains("train.batch"));
        }
    }

    #[test]
    fn what_cannot_fit_is_refused_and_an_estimate_has_a_margin() {
        assert_eq!(refusal(1, 1), None);
        if let Some(available) = available() {
            assert!(refusal(1 << 50, 1 << 50).unwrap().contains("model.width"));
            assert!(refusal(1, 5 * available).unwrap().contains("train.batch"));
            assert_eq!(refusal(1, available), None);
        }
    }

    #[test]
    fn bytes_are_readable() {
        assert_eq!([readable(380_000_000), readable(1_440_000_000)], ["380 MB", "1.4 GB"]);
    }
}
