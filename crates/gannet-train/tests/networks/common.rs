//! What every pair of networks is held to: the committed references, and the rules of the two phases.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_nn::{Discriminator, Generator, Mode, parameter_count};
use gannet_objectives::losses::Loss;
use gannet_ops::random::Streams;
use gannet_train::adam::{Adam, AdamConfig};
use gannet_train::latents::LatentSpace;
use gannet_train::params::{self, Flat};
use gannet_train::recipe::Recipe;
use gannet_train::tasks::{AdversarialTask, Task};
use gannet_weights::{NamedTensor, collect, load, read_safetensors};

/// The loss of the references' gradients and steps.
pub const LOSS: Loss = Loss::NonSaturating;

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

/// A file of scripts/reference.
pub struct Reference(BTreeMap<String, NamedTensor>);

impl Reference {
    pub fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference");
        let (tensors, _) = read_safetensors(&folder.join(name).with_extension("safetensors")).unwrap();
        Self(tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect())
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
        let real = d.logits(self.tensor(&format!("{case}real")), Mode::Train);
        let fake = d.logits(images.clone(), Mode::Train);
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

/// The discriminator's loss; its two batches are judged apart.
pub fn discriminator_loss<D: Discriminator>(loss: Loss, d: &mut D, real: Tensor<4>, fake: Tensor<4>) -> Tensor<1> {
    let real = d.logits(real, Mode::Train);
    loss.discriminator(real, d.logits(fake, Mode::Train))
}

/// The generator's loss, which compares with no real image.
pub fn generator_loss<D: Discriminator>(loss: Loss, d: &mut D, fakes: Tensor<4>) -> Tensor<1> {
    loss.generator(d.logits(fakes, Mode::Train), || unreachable!("this loss compares with nothing"))
}

/// Both networks after a step, and the copy of the discriminator that judged in the generator's phase.
pub struct Stepped<G, D> {
    pub generator: G,
    pub discriminator: D,
    pub frozen: D,
}

/// One step by the public pieces: one pass of the generator serves both phases.
pub fn step<G: Generator, D: Discriminator>(mut g: G, mut d: D, real: Tensor<4>, latent: Tensor<2>) -> Stepped<G, D> {
    let optim = Recipe::default().optim;
    let mut adams = [optim.generator_lr, optim.discriminator_lr].map(|lr| Adam::new(AdamConfig::new(&optim, lr)));
    let fakes = g.forward(latent, Mode::Train);
    let loss = discriminator_loss(LOSS, &mut d, real, fakes.clone().detach());
    let gradients = params::gradients(&d, &loss.backward());
    let d = adams[1].step(d, gradients);
    let mut frozen = d.clone().no_grad();
    let loss = generator_loss(LOSS, &mut frozen, fakes);
    let gradients = params::gradients(&g, &loss.backward());
    Stepped { generator: adams[0].step(g, gradients), discriminator: d, frozen }
}

/// How many learned values a loss reaches in each network.
fn reached<G: Generator, D: Discriminator>(g: &G, d: &D, loss: Tensor<1>) -> [usize; 2] {
    let gradients = loss.backward();
    let count = |flat: Flat| flat.values().map(|gradient| gradient.dims()[0]).sum();
    [count(params::gradients(g, &gradients)), count(params::gradients(d, &gradients))]
}

/// In each phase one network learns with all its parameters, and no gradient of the other's is computed.
pub fn assert_phases_are_apart<G: Generator, D: Discriminator>(g: G, d: D, real: Tensor<4>, latent: Tensor<2>) {
    let [all_of_g, all_of_d] = [parameter_count(&g), parameter_count(&d)];
    // Made anew each time, as a backward pass uses up the graph.
    let fakes = || g.clone().forward(latent.clone(), Mode::Train);
    let judged = |d: &D| generator_loss(LOSS, &mut d.clone(), fakes());
    let told = |fakes: Tensor<4>| discriminator_loss(LOSS, &mut d.clone(), real.clone(), fakes);
    let frozen = d.clone().no_grad();
    assert_eq!(reached(&g, &frozen, judged(&frozen)), [all_of_g, 0], "the generator's phase");
    assert_eq!(reached(&g, &d, judged(&frozen)), [all_of_g, 0], "the generator's phase, seen from D");
    assert_eq!(reached(&g, &d, told(fakes().detach())), [0, all_of_d], "the discriminator's phase");
    // Without freezing and detaching there would be such gradients.
    assert_eq!(reached(&g, &d, judged(&d)), [all_of_g, all_of_d], "not frozen");
    assert_eq!(reached(&g, &d, told(fakes())), [all_of_g, all_of_d], "not detached");
}

/// The task's step is [`step`] to the bit, with latents from its own stream.
pub fn assert_task_makes_the_step<G: Generator, D: Discriminator>(g: G, d: D, real: Tensor<4>) {
    let [n, channels, size, _] = real.dims();
    let (recipe, device) = (Recipe::default(), training());
    let latent = LatentSpace::noise(g.latent_size()).draw(Streams::new(recipe.seed), "latent", 0, n, &device);
    let expected = step(g.clone(), d.clone(), real.clone(), latent);
    let mut task = AdversarialTask::new(g, d, &recipe, &device);
    let losses = task.step(vec![Batch { images: values(&real), labels: Vec::new(), n, channels, size }], 1);
    assert!(losses.iter().all(|(_, value)| value.is_finite()), "{losses:?}");
    let state: BTreeMap<String, Vec<NamedTensor>> = task.state().tensors.into_iter().collect();
    assert!(state["generator"] == collect(&expected.generator), "the task moves G elsewhere");
    assert!(state["discriminator"] == collect(&expected.discriminator), "the task moves D elsewhere");
}
