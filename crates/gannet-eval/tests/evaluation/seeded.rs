//! Images by formula, as scripts/reference/seeded.py makes them, and the files of references.

use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use gannet_data::Pixels;
use gannet_weights::{NamedTensor, read_safetensors};

#[path = "../../../gannet-nn/tests/networks/seeded.rs"]
mod formula;

pub use formula::{uniform, values};

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
