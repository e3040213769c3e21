//! How much memory a run will take, told before its first step rather than by its end.
//!
//! Each learned value is held as weight, gradient, two moments and an average, and once more while the
//! optimiser replaces it; each activation of a micro-batch as a value and, on the way back, a gradient.
//! What the program, the images of a small data set and the allocator take comes on top as a constant.
//! It is an estimate to choose `train.batch` by: for DCGAN it lies within a factor of two of the truth.

/// Bytes of a value.
const VALUE: u64 = 4;
/// Copies of a learned value.
const COPIES: u64 = 6;
/// The program itself, its threads' buffers and the images read ahead, in bytes.
const BASE: u64 = 100 << 20;

/// Bytes for networks of so many learned values, and so many activations an image, with micro-batches of `batch`.
pub fn estimate(parameters: &[(String, usize)], activations: usize, batch: usize) -> u64 {
    let parameters: usize = parameters.iter().map(|(_, count)| count).sum();
    let held = (activations as u64).saturating_mul(batch as u64);
    let values = (COPIES * parameters as u64).saturating_add(held);
    BASE.saturating_add(VALUE.saturating_mul(values))
}

/// What to say if `needed` bytes are more than this machine has left, where it tells.
pub fn warning(needed: u64) -> Option<String> {
    let available = available()?;
    (needed > available).then(|| {
        let (needed, available) = (readable(needed), readable(available));
        format!("training needs about {needed} of memory and {available} are free: a smaller train.batch with train.accumulate needs less")
    })
}

/// Bytes as people say them: `380 MB`, `1.4 GB`.
pub fn readable(bytes: u64) -> String {
    let mega = bytes as f64 / 1e6;
    if mega < 1000.0 { format!("{mega:.0} MB") } else { format!("{:.1} GB", mega / 1000.0) }
}

/// Bytes that Linux could still hand out.
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibi| kibi << 10)
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
    fn bytes_are_readable() {
        assert_eq!([readable(380_000_000), readable(1_440_000_000)], ["380 MB", "1.4 GB"]);
    }
}
