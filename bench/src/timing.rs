//! Wall-clock time, and the peak memory of the process.

use std::time::Instant;

use burn::tensor::Device;
use gannet_ops::device::on_worker;

use crate::arguments::Error;

/// Runs before the first timed run, as in `pytorch.py`.
const WARM_UP: usize = 3;

/// Times `steps` runs of `f` and prints the result; with 0 steps only the memory.
pub fn time(steps: usize, device: &Device, mut f: impl FnMut() + Send) -> Result<(), Error> {
    let mut times = Vec::new();
    let runs = if steps == 0 { 0 } else { WARM_UP + steps };
    for _ in 0..runs {
        times.push(seconds(device, || on_worker(&mut f))? * 1e3);
    }
    report(times.get(WARM_UP..).unwrap_or_default());
    Ok(())
}

/// Seconds that one run of `f` takes, until the device has finished.
pub fn seconds(device: &Device, f: impl FnOnce()) -> Result<f64, Error> {
    let start = Instant::now();
    f();
    device.sync()?;
    Ok(start.elapsed().as_secs_f64())
}

/// Prints the line of JSON that `compare.py` reads; `times` are in milliseconds.
fn report(times: &[f64]) {
    let or_null = |value: Option<f64>| value.map_or("null".to_owned(), |value| value.to_string());
    let (median, least) = (or_null(median(times)), or_null(times.iter().copied().reduce(f64::min)));
    let (steps, peak) = (times.len(), or_null(peak_mb()));
    println!("{{\"median_ms\": {median}, \"min_ms\": {least}, \"steps\": {steps}, \"peak_mb\": {peak}}}");
}

/// The median; `None` if there are no values.
pub fn median(times: &[f64]) -> Option<f64> {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    Some((upper + sorted[(sorted.len() - 1) / 2]) / 2.0)
}

/// Peak memory of this process in MiB, if the system reports it.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_or_the_mean_of_the_two_middles() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[5.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }
}
