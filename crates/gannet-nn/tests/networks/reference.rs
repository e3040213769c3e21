//! The committed results of PyTorch, and how networks are compared with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_weights::{NamedTensor, collect, load, read_safetensors};

pub fn training() -> Device {
    gannet_ops::device::device("cpu").unwrap().autodiff()
}

pub fn values<const D: usize>(x: &Tensor<D>) -> Vec<f32> {
    x.to_data().iter().collect()
}

/// Fails where a value is off by more than `tolerance`, absolute.
pub fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}: number of values");
    let off = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs());
    let worst = off.fold(0.0, |worst: f32, off| if off <= worst { worst } else { off });
    assert!(worst <= tolerance, "{what}: off by {worst}, more than {tolerance}");
}

/// The largest absolute value.
pub fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()))
}

/// The gradient of each parameter that a loss reaches, by the parameter's name.
pub fn gradients<M: Module>(network: &M, gradients: &Gradients) -> BTreeMap<String, Vec<f32>> {
    struct Collect<'a>(&'a Gradients, Vec<String>, BTreeMap<String, Vec<f32>>);
    impl ModuleVisitor for Collect<'_> {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.1.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.1.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = param.val().grad(self.0) {
                self.2.insert(self.1.join("."), values(&gradient));
            }
        }
    }
    let mut collect = Collect(gradients, Vec::new(), BTreeMap::new());
    network.visit(&mut collect);
    collect.2
}

/// The path of a file of scripts/reference.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference").join(name)
}

/// A file of scripts/reference.
pub struct Reference(BTreeMap<String, NamedTensor>);

impl Reference {
    pub fn read(name: &str) -> Self {
        let (tensors, _) = read_safetensors(&path(name).with_extension("safetensors")).unwrap();
        Self(tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect())
    }

    /// Whether there are values called `key`.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The values called `key`.
    pub fn values(&self, key: &str) -> &[f32] {
        &self.0.get(key).unwrap_or_else(|| panic!("the reference has no {key}")).values
    }

    pub fn tensor<const D: usize>(&self, key: &str) -> Tensor<D> {
        let tensor = self.0[key].clone();
        Tensor::from_data(TensorData::new(tensor.values, tensor.shape), &training())
    }

    /// All tensors below `prefix`, by the rest of their names.
    pub fn below(&self, prefix: &str) -> Vec<NamedTensor> {
        let named = |tensor: &NamedTensor| Some((tensor.name.strip_prefix(prefix)?.to_owned(), tensor.clone()));
        self.0.values().filter_map(named).map(|(name, tensor)| NamedTensor { name, ..tensor }).collect()
    }

    /// `network` with the weights below `prefix`; every one must be there and none be left over.
    pub fn load<M: Module>(&self, network: M, prefix: &str) -> M {
        load(network, self.below(prefix)).unwrap()
    }

    /// `network` with seeded weights, and those below `prefix` that no formula gives.
    pub fn seed<M: Module>(&self, network: M, prefix: &str) -> M {
        let seeded = collect(&network).into_iter().map(|tensor| {
            let name = format!("{prefix}{}", tensor.name);
            match self.0.get(&name) {
                Some(given) => NamedTensor { name: tensor.name, ..given.clone() },
                None => NamedTensor { values: crate::seeded::values(&name, &tensor.shape), ..tensor },
            }
        });
        load(network, seeded.collect()).unwrap()
    }

    /// Images of `latent`, and the logits of `real` and of the images, each by its own batch's statistics.
    pub fn assert_forward(&self, case: &str, mut g: impl Generator, mut d: impl Discriminator, tolerance: [f32; 2]) {
        let images = g.forward(self.tensor(&format!("{case}latent")), Mode::Train);
        let real = d.logits(self.tensor(&format!("{case}real")), &[], Mode::Train);
        let fake = d.logits(images.clone(), &[], Mode::Train);
        assert_eq!(images.dims()[1..], g.image_shape());
        let check = |name: &str, found: Vec<f32>, tolerance| {
            let key = format!("{case}{name}");
            assert_close(&key, &found, self.values(&key), tolerance);
        };
        check("images", values(&images), tolerance[0]);
        check("logits_real", values(&real), tolerance[1]);
        check("logits_fake", values(&fake), tolerance[1]);
    }
}
