//! Times metrics on two sets of features and prints a line of JSON for each: what bench/metrics.py runs.
//!
//! ```text
//! time [METRIC…] [--data FOLDER]
//! ```
//!
//! Metrics are fid, kid, is and pr; all of them where none is named. FOLDER has `a.f32` and `b.f32` (`[n, 2048]`),
//! `logits.f32` (`[n, 1008]`), `order.u32` (`[n]`) and `subsets.u32` (`[100, 2, 1000]`), little-endian; without one, 10,000
//! images are made up by `feature`, which is the same as in bench/metrics.py.

use std::path::Path;
use std::time::Instant;

use gannet_metrics::{Features, Moments, draw_subsets, frechet_distance, inception_score, kid, prdc};
use gannet_ops::random::Stream;

const IMAGES: usize = 10_000;
const DIMS: usize = 2048;
const CLASSES: usize = 1008;
const SUBSETS: usize = 100;
const SUBSET: usize = 1000;
const SPLITS: usize = 10;
const NEIGHBOURS: usize = 3;

struct Data {
    a: Features,
    b: Features,
    logits: Vec<f32>,
    order: Vec<usize>,
    subsets: Vec<(Vec<usize>, Vec<usize>)>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.iter().position(|argument| argument == "--data").map(|at| at + 1);
    let data = folder.map_or_else(made, |at| read(Path::new(&arguments[at])));
    let named: Vec<&str> = arguments.iter().map(String::as_str).filter(|name| METRICS.contains(name)).collect();
    for metric in if named.is_empty() { METRICS.to_vec() } else { named } {
        let start = Instant::now();
        let values = run(metric, &data);
        let seconds = start.elapsed().as_secs_f64();
        println!("{}", serde_json::json!({ "metric": metric, "seconds": seconds, "values": values }));
    }
}

const METRICS: [&str; 4] = ["fid", "kid", "is", "pr"];

fn run(metric: &str, data: &Data) -> Vec<f64> {
    match metric {
        "fid" => vec![frechet_distance(&moments(&data.a), &moments(&data.b)).unwrap()],
        "kid" => {
            let found = kid(&data.a, &data.b, &data.subsets).unwrap();
            vec![found.mean, found.std]
        }
        "is" => {
            let found = inception_score(&data.logits, CLASSES, SPLITS, &data.order).unwrap();
            vec![found.mean, found.std]
        }
        _ => {
            let found = prdc(&data.b, &data.a, NEIGHBOURS).unwrap();
            vec![found.precision, found.recall]
        }
    }
}

fn moments(features: &Features) -> Moments {
    let mut moments = Moments::new(features.dims());
    moments.add(features.values());
    moments
}

fn read(folder: &Path) -> Data {
    let words = |name: &str| -> Vec<[u8; 4]> {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        bytes.as_chunks().0.to_vec()
    };
    let floats = |name| words(name).into_iter().map(f32::from_le_bytes).collect();
    let indices =
        |name| -> Vec<usize> { words(name).into_iter().map(|word| u32::from_le_bytes(word) as usize).collect() };
    let subset = |pair: &[usize]| (pair[..SUBSET].to_vec(), pair[SUBSET..].to_vec());
    Data {
        a: Features::new(DIMS, floats("a.f32")),
        b: Features::new(DIMS, floats("b.f32")),
        logits: floats("logits.f32"),
        order: indices("order.u32"),
        subsets: indices("subsets.u32").chunks_exact(2 * SUBSET).map(subset).collect(),
    }
}

fn made() -> Data {
    let features = |seed: u64| {
        let values = (0..IMAGES * DIMS).map(|i| feature(seed, (i / DIMS) as u64, (i % DIMS) as u64));
        Features::new(DIMS, values.collect())
    };
    let mut stream = Stream::new(0, "time", 0);
    Data {
        a: features(1),
        b: features(2),
        logits: (0..IMAGES * CLASSES).map(|i| (12.0 * uniform(9, i as u64)) as f32).collect(),
        order: stream.permutation(IMAGES),
        subsets: draw_subsets(IMAGES, IMAGES, SUBSETS, SUBSET, &mut stream).unwrap(),
    }
}

/// Features after a rectifier: from two sets of causes that many of them share, and noise of their own.
fn feature(seed: u64, image: u64, column: u64) -> f32 {
    let first = uniform(10 * seed, image * 64 + column % 64) - 0.5;
    let second = uniform(10 * seed + 1, image * 61 + column % 61) - 0.5;
    let noise = uniform(10 * seed + 2, image * DIMS as u64 + column) - 0.5;
    let scale = 0.2 + uniform(3, column);
    (scale * (first + second + 0.5 * noise + 0.1 + 0.01 * seed as f64)).max(0.0) as f32
}

/// SplitMix64's `index`-th number, in [0, 1).
fn uniform(seed: u64, index: u64) -> f64 {
    let mut z = (seed << 40).wrapping_add(index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
