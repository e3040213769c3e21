//! The step that is timed: what `gannet-train`'s adversarial task does of it that
//! `scripts/reference/dcgan.py` does too. Both leave out the average of weights and the report.

use burn::tensor::Tensor;
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_objectives::losses::Loss;
use gannet_objectives::penalties::{Kind, Penalties, Points, price};
use gannet_train::adam::{Adam, AdamConfig};
use gannet_train::params::{Flat, gradients};

/// The settings of Radford et al. 2015, and of the reference.
const ADAM: AdamConfig = AdamConfig { lr: 2e-4, beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };
const LOSS: Loss = Loss::NonSaturating;

/// Two networks and their optimisers.
pub struct Players<G, D> {
    pub generator: G,
    pub discriminator: D,
    penalties: Penalties,
    generator_adam: Adam,
    discriminator_adam: Adam,
}

/// R1 and R2 of this weight; none with 0.
fn penalties(gamma: f64) -> Penalties {
    let kinds = if gamma > 0.0 { vec![Kind::R1, Kind::R2] } else { Vec::new() };
    Penalties(kinds.into_iter().map(|kind| (kind, gamma)).collect())
}

/// What the discriminator's weights learn from R1 at `real` alone.
pub fn slopes<D: Discriminator>(discriminator: &D, real: &Tensor<4>) -> Flat {
    let images = penalties(1.0).moving(Points::Real, &discriminator.clone().no_grad(), real.clone(), |_, _| ());
    let price = price(&discriminator.clone().forward(images, Mode::Train)).expect("images that move have a price");
    gradients(discriminator, &price.backward())
}

impl<G: Generator, D: Discriminator> Players<G, D> {
    /// Before the first step; both networks on a device for training. R1 and R2 weigh `gamma`.
    pub fn new(generator: G, discriminator: D, gamma: f64) -> Self {
        let [generator_adam, discriminator_adam] = [ADAM, ADAM].map(Adam::new);
        Self { generator, discriminator, penalties: penalties(gamma), generator_adam, discriminator_adam }
    }

    /// Moves D on `real` and on detached fakes, then G through the frozen D on the same fakes.
    pub fn step(&mut self, real: Tensor<4>, latent: Tensor<2>) {
        let fakes = self.generator.forward(latent, Mode::Train);

        let frozen = self.discriminator.clone().no_grad();
        let moving = |points, images| self.penalties.moving(points, &frozen, images, |_, _| ());
        let (real, fake) = (moving(Points::Real, real), moving(Points::Fake, fakes.clone().detach()));
        let on_real = self.discriminator.forward(real, Mode::Train);
        let on_fake = self.discriminator.forward(fake, Mode::Train);
        // Its weights then have one owner, and Adam moves them in place.
        drop(frozen);
        let prices = [price(&on_real), price(&on_fake)];
        let loss = LOSS.discriminator(on_real.value, on_fake.value);
        let loss = prices.into_iter().flatten().fold(loss, |sum, price| sum + price);
        let gradient = gradients(&self.discriminator, &loss.backward());
        self.discriminator = self.discriminator_adam.step(self.discriminator.clone(), gradient);

        let mut frozen = self.discriminator.clone().no_grad();
        let loss = LOSS.generator(frozen.logits(fakes, Mode::Train), || unreachable!("it compares with no real image"));
        let gradient = gradients(&self.generator, &loss.backward());
        self.generator = self.generator_adam.step(self.generator.clone(), gradient);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use burn::module::Module;
    use gannet_nn::architectures::Architecture;
    use gannet_nn::architectures::dcgan::{DcganConfig, DcganDiscriminator, DcganGenerator};
    use gannet_nn::layers::is_running_statistic;
    use gannet_ops::device::device;
    use gannet_ops::random::Stream;
    use gannet_weights::{NamedTensor, collect, read_safetensors};

    use super::*;
    use crate::files::{Inputs, load_from, take};

    /// Between the reference's step in f64 and ours in f32; a step moves a value by 2e-4.
    const TOLERANCE: f32 = 1e-6;
    /// The reference's cases, and how many images each has.
    fn cases() -> [(&'static str, DcganConfig, usize); 3] {
        [
            ("28x1", DcganConfig::new(28).with_channels(1).with_width(3).with_latent(5), 3),
            ("32x3", DcganConfig::new(32).with_width(2).with_latent(8), 3),
            ("64x1", DcganConfig::new(64).with_channels(1).with_width(1).with_latent(8), 2),
        ]
    }

    /// The networks and batch of a case; takes them out of `tensors`.
    fn start(
        case: &str,
        config: DcganConfig,
        batch: usize,
        tensors: &mut Vec<NamedTensor>,
    ) -> Inputs<DcganGenerator, DcganDiscriminator> {
        let device = device("cpu").unwrap().autodiff();
        let stream = || Stream::new(0, "networks", 0);
        let generator = config.init_generator(&mut stream(), &device);
        let discriminator = config.init_discriminator(&mut stream(), &device);
        let drawn = Inputs::draw(generator, discriminator, batch, 0.0, &device);
        Inputs {
            generator: load_from(tensors, &format!("{case}.generator."), drawn.generator).unwrap(),
            discriminator: load_from(tensors, &format!("{case}.discriminator."), drawn.discriminator).unwrap(),
            real: take(tensors, &format!("{case}.real"), &drawn.real).unwrap(),
            latent: take(tensors, &format!("{case}.latent"), &drawn.latent).unwrap(),
            gamma: 0.0,
        }
    }

    /// The learned values of `network` are those called `prefix` in the reference.
    fn assert_equal<M: Module>(network: &M, reference: &[NamedTensor], prefix: &str) {
        // PyTorch's frozen discriminator moves its running statistics once more; ours is a copy.
        let learned = |tensor: &NamedTensor| !tensor.name.rsplit('.').next().is_some_and(is_running_statistic);
        for ours in collect(network).into_iter().filter(learned) {
            let name = format!("{prefix}{}", ours.name);
            let theirs = reference.iter().find(|tensor| tensor.name == name).unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(ours.values.len(), theirs.values.len(), "{name}");
            let mut differences = ours.values.iter().zip(&theirs.values).map(|(a, b)| (a - b).abs());
            // Written so that a NaN is a difference.
            assert!(differences.all(|difference| difference <= TOLERANCE), "{name} differs");
        }
    }

    #[test]
    fn a_step_moves_every_parameter_as_pytorch_does() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/reference/dcgan.safetensors");
        let (mut tensors, _) = read_safetensors(&path).unwrap();
        for (case, config, batch) in cases() {
            let Inputs { generator, discriminator, real, latent, .. } = start(case, config, batch, &mut tensors);
            let mut players = Players::new(generator, discriminator, 0.0);
            players.step(real, latent);
            assert_equal(&players.generator, &tensors, &format!("{case}.after.generator."));
            assert_equal(&players.discriminator, &tensors, &format!("{case}.after.discriminator."));
        }
    }
}
