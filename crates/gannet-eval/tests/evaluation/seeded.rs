//! Weights and images by formula, as scripts/reference/seeded.py makes them.

use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use gannet_data::Pixels;
use gannet_weights::{NamedTensor, read_safetensors};

fn splitmix64(x: u64) -> u64 {
    let z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `count` numbers in `[0, 1)`.
pub fn uniform(name: &str, count: usize) -> impl Iterator<Item = f64> {
    let key = key(name);
    (0..count as u64).map(move |at| (splitmix64(key.wrapping_add(at)) >> 40) as f64 / f64::from(1 << 24))
}

/// The values of the tensor called `name`.
pub fn values(name: &str, shape: &[usize]) -> Vec<f32> {
    let last = name.rsplit('.').next().unwrap_or_default();
    let fan_in = shape.iter().skip(1).product::<usize>() as f64;
    let count = shape.iter().product();
    let of: Box<dyn Fn(f64) -> f64> = match (last, shape) {
        ("pos_embed" | "cls_token" | "mask_token", _) => Box::new(|u| 0.5 * (2.0 * u - 1.0)),
        (_, [1, n, 1, 1]) => {
            let n = *n as f64;
            Box::new(move |u| u / n)
        }
        (_, [_, _, ..]) => Box::new(move |u| (2.0 * u - 1.0) * (6.0 / fan_in).sqrt()),
        ("running_var" | "weight" | "gamma", _) => Box::new(|u| 1.0 + 0.2 * (2.0 * u - 1.0)),
        _ => Box::new(|u| 0.1 * (2.0 * u - 1.0)),
    };
    uniform(name, count).map(|u| of(u) as f32).collect()
}

/// Seeded tensors of these names and shapes.
pub fn tensors(shapes: Vec<(String, Vec<usize>)>) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    shapes.into_iter().map(|(name, shape)| (name.clone(), shape.clone(), values(&name, &shape))).collect()
}

/// Image number `number` of `height × width` pixels.
pub fn image(number: usize, height: usize, width: usize) -> Pixels {
    let value = |y: usize, x: usize, c: usize| {
        ((x * (3 + number % 5) + y * (7 - number % 3) + c * 53 + number * 29 + ((x / 4) ^ (y / 3)) * 11) * 3 % 256)
            as u8
    };
    let places = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..3).map(move |c| (y, x, c))));
    Pixels { width, height, channels: 3, data: places.map(|(y, x, c)| value(y, x, c)).collect() }
}

/// A file of scripts/reference.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference").join(name)
}

/// The tensors of a reference.
pub struct Reference(Vec<NamedTensor>);

impl Reference {
    pub fn open(name: &str) -> Self {
        Self(read_safetensors(&path(name)).unwrap().0)
    }

    pub fn get(&self, name: &str) -> &NamedTensor {
        self.0.iter().find(|tensor| tensor.name == name).unwrap_or_else(|| panic!("the reference has no {name}"))
    }

    /// That the first columns of `found` equal the reference, relative to its mean size.
    pub fn assert_close<const D: usize>(&self, name: &str, found: Tensor<D>, tolerance: f64) {
        let expected = self.get(name);
        let columns = *expected.shape.last().unwrap();
        let width = *found.dims().last().unwrap();
        let found: Vec<f32> = found.into_data().iter::<f32>().collect();
        let found: Vec<f32> = found.chunks_exact(width).flat_map(|row| row[..columns].to_vec()).collect();
        let rows = expected.values.len() / columns;
        assert!(found.len() >= rows * columns, "{name}: {} values for {rows} × {columns}", found.len());
        let scale =
            expected.values.iter().map(|value| f64::from(value.abs())).sum::<f64>() / expected.values.len() as f64;
        for (at, (found, expected)) in found.iter().zip(&expected.values).enumerate() {
            let error = f64::from((found - expected).abs());
            assert!(
                error <= tolerance * scale,
                "{name}[{at}]: {found} instead of {expected}, at a mean size of {scale}"
            );
        }
    }
}
