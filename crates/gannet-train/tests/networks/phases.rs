//! The two phases of a step: which gradients each computes, and a step from the public pieces.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use gannet_apply::latents::LatentSpace;
use gannet_data::Batch;
use gannet_nn::{Discriminator, Generator, Mode, parameter_count};
use gannet_objectives::losses::{AdversarialLoss, LossKind, LossSettings};
use gannet_ops::random::Streams;
use gannet_optim::{Adam, FlatTensors, parameters};
use gannet_recipe::Recipe;
use gannet_train::tasks::adversarial::AdversarialTask;
use gannet_train::tasks::{Task, adam_config};
use gannet_weights::{NamedTensor, collect};

use crate::reference::{training, values};

/// The loss of the references' gradients and steps.
pub fn loss() -> Box<dyn AdversarialLoss> {
    LossKind::NonSaturating.build(&LossSettings::default())
}

/// The discriminator's loss; real and fake images are separate batches.
pub fn d_loss<D: Discriminator>(loss: &dyn AdversarialLoss, d: &mut D, real: Tensor<4>, fake: Tensor<4>) -> Tensor<1> {
    let real = d.logits(real, &[], Mode::Train);
    loss.discriminator(real, d.logits(fake, &[], Mode::Train))
}

/// The generator's loss, which needs no real images.
pub fn g_loss<D: Discriminator>(loss: &dyn AdversarialLoss, d: &mut D, fake: Tensor<4>) -> Tensor<1> {
    loss.generator(d.logits(fake, &[], Mode::Train), None)
}

/// Both networks after a step, and the frozen copy of the discriminator that the generator's phase used.
pub struct Stepped<G, D> {
    pub generator: G,
    pub discriminator: D,
    pub frozen: D,
}

/// One step by the public pieces: one pass of the generator serves both phases.
pub fn step<G: Generator, D: Discriminator>(mut g: G, mut d: D, real: Tensor<4>, latent: Tensor<2>) -> Stepped<G, D> {
    let optim = Recipe::default().optim;
    let mut adams = [optim.generator_lr, optim.discriminator_lr].map(|lr| Adam::new(adam_config(&optim, lr)));
    let fakes = g.forward(latent, Mode::Train);
    let d_loss = d_loss(&*loss(), &mut d, real, fakes.clone().detach());
    let gradients = parameters::gradients(&d, &d_loss.backward());
    let d = adams[1].step(d, gradients);
    let mut frozen = d.clone().no_grad();
    let g_loss = g_loss(&*loss(), &mut frozen, fakes);
    let gradients = parameters::gradients(&g, &g_loss.backward());
    Stepped { generator: adams[0].step(g, gradients), discriminator: d, frozen }
}

/// Number of parameters with a gradient of a loss, in each network.
fn reached<G: Generator, D: Discriminator>(g: &G, d: &D, loss: Tensor<1>) -> [usize; 2] {
    let gradients = loss.backward();
    let count = |flat: FlatTensors| flat.values().map(|gradient| gradient.dims()[0]).sum();
    [count(parameters::gradients(g, &gradients)), count(parameters::gradients(d, &gradients))]
}

/// Checks that each phase computes all gradients of one network and none of the other.
pub fn assert_phases_are_apart<G: Generator, D: Discriminator>(g: G, d: D, real: Tensor<4>, latent: Tensor<2>) {
    let [all_of_g, all_of_d] = [parameter_count(&g), parameter_count(&d)];
    // A backward pass consumes the graph, so each gets a new one.
    let fakes = || g.clone().forward(latent.clone(), Mode::Train);
    let g_loss_of = |d: &D| g_loss(&*loss(), &mut d.clone(), fakes());
    let d_loss_of = |fake: Tensor<4>| d_loss(&*loss(), &mut d.clone(), real.clone(), fake);
    let frozen = d.clone().no_grad();
    assert_eq!(reached(&g, &frozen, g_loss_of(&frozen)), [all_of_g, 0], "the generator's phase");
    assert_eq!(reached(&g, &d, g_loss_of(&frozen)), [all_of_g, 0], "the generator's phase, seen from D");
    assert_eq!(reached(&g, &d, d_loss_of(fakes().detach())), [0, all_of_d], "the discriminator's phase");
    // Without freezing and detaching there would be such gradients.
    assert_eq!(reached(&g, &d, g_loss_of(&d)), [all_of_g, all_of_d], "not frozen");
    assert_eq!(reached(&g, &d, d_loss_of(fakes())), [all_of_g, all_of_d], "not detached");
}

/// Checks that the task's step equals [`step`] bit for bit, with latents from its own stream.
pub fn assert_task_step_equals<G: Generator, D: Discriminator>(g: G, d: D, real: Tensor<4>) {
    let [n, channels, size, _] = real.dims();
    let (recipe, device) = (Recipe::default(), training());
    let latent = LatentSpace::noise(g.latent_size()).draw(Streams::new(recipe.seed), "latent", 0, n, &device);
    let expected = step(g.clone(), d.clone(), real.clone(), latent);
    let mut task = AdversarialTask::new(g, d, &recipe, &device);
    let losses = task.step(vec![Batch { images: values(&real), labels: Vec::new(), n, channels, size }], 1);
    assert!(losses.iter().all(|(_, value)| value.is_finite()), "{losses:?}");
    let state: BTreeMap<String, Vec<NamedTensor>> = task.state().tensors.into_iter().collect();
    assert!(state["generator"] == collect(&expected.generator), "the task's generator differs");
    assert!(state["discriminator"] == collect(&expected.discriminator), "the task's discriminator differs");
}
