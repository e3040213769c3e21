//! Helpers of the tests of metrics.
#![allow(dead_code, reason = "each test uses some of them")]

use std::path::Path;

use gannet_metrics::{Features, Plane};
use gannet_ops::random::Streams;
use serde_json::Value;

/// scripts/reference/metrics.json.
pub fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/metrics.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

pub fn indices(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|value| value.as_u64().unwrap() as usize).collect()
}

pub fn pair(value: &Value) -> (usize, usize) {
    let both = indices(value);
    (both[0], both[1])
}

/// Rows of integers, each divided by `unit`: values `[n, width]` and the width.
pub fn rows(value: &Value, unit: f64) -> (Vec<f32>, usize) {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    (rows.concat().iter().map(|value| (value / unit) as f32).collect(), rows[0].len())
}

pub fn features(value: &Value, unit: f64) -> Features {
    let (values, dims) = rows(value, unit);
    Features::new(dims, values)
}

/// `[n, dims]` from N(0, 1) + `shift`.
pub fn normal(n: usize, dims: usize, shift: f32, seed: u64) -> Features {
    let values = Streams::new(seed).at("features", 0).normals(n * dims);
    Features::new(dims, values.iter().map(|value| value + shift).collect())
}

/// The image of the function of this name in scripts/reference/metrics.py.
pub fn picture((height, width): (usize, usize), noise: usize) -> Plane {
    let pixel = |y: usize, x: usize| {
        let bands = (x * x / 9 + 3 * y + x * y / 17) % 256;
        let grain = (x * 37 + y * 101 + x * y * 7) % (2 * noise + 1);
        (bands as f64 + grain as f64 - noise as f64).clamp(0.0, 255.0)
    };
    let values = (0..height).flat_map(|y| (0..width).map(move |x| pixel(y, x)));
    Plane::new(height, width, values.collect())
}

/// Fails unless the relative error is at most `relative`.
#[track_caller]
pub fn assert_close(found: f64, expected: f64, relative: f64, what: &str) {
    let error = (found - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
    assert!(
        found == expected || error <= relative,
        "{what}: {found} instead of {expected}, a relative error of {error:e}"
    );
}

/// Runs `f` in a pool of `threads` threads.
pub fn with_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(f)
}
