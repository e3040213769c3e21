//! The training step that is timed: the part of `gannet-train`'s step that `scripts/reference/dcgan.py` also does. Both omit
//! the moving average of weights and the report.

use burn::tensor::Tensor;
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_objectives::losses::{AdversarialLoss, LossSettings};
use gannet_objectives::penalties::{GradientPenalties, Points, penalty_objective};
use gannet_objectives::{LossKind, PenaltyKind};
use gannet_ops::dual::Dual;
use gannet_optim::parameters::gradients;
use gannet_optim::{Adam, AdamConfig, FlatTensors};

/// The settings of DCGAN (Radford et al. 2015, arXiv:1511.06434), and of the reference.
const ADAM: AdamConfig = AdamConfig { lr: 2e-4, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };

/// A GAN in training: both networks and their optimizers.
pub struct GanStep<G, D> {
    pub generator: G,
    pub discriminator: D,
    loss: Box<dyn AdversarialLoss>,
    penalties: GradientPenalties,
    generator_adam: Adam,
    discriminator_adam: Adam,
}

/// R1 and R2 of weight `gamma`; none with 0.
fn penalties(gamma: f64) -> GradientPenalties {
    GradientPenalties::new([PenaltyKind::R1, PenaltyKind::R2].map(|kind| (kind, gamma)))
}

/// The images with the tangent of the penalties at `points`, if there are any.
fn with_tangent<D: Discriminator>(
    penalties: &GradientPenalties,
    points: Points,
    frozen: &D,
    images: Tensor<4>,
) -> Dual<4> {
    let logits = |images| frozen.clone().forward(images, &[], Mode::Train).logits;
    penalties.tangent(points, logits, images, |_, _| ())
}

/// The gradient of R1 at `real` in the discriminator's weights.
pub fn r1_gradients<D: Discriminator>(discriminator: &D, real: &Tensor<4>) -> FlatTensors {
    let images = with_tangent(&penalties(1.0), Points::Real, &discriminator.clone().no_grad(), real.clone());
    let logits = discriminator.clone().forward(images, &[], Mode::Train).logits;
    let objective = penalty_objective(&logits).expect("R1 gives the logits a tangent");
    gradients(discriminator, &objective.backward())
}

impl<G: Generator, D: Discriminator> GanStep<G, D> {
    /// The state before the first step. Both networks must be on a device with autodiff. R1 and R2 have weight `gamma`.
    pub fn new(generator: G, discriminator: D, gamma: f64) -> Self {
        let loss = LossKind::NonSaturating.build(&LossSettings::default());
        let [generator_adam, discriminator_adam] = [ADAM, ADAM].map(Adam::new);
        Self { generator, discriminator, loss, penalties: penalties(gamma), generator_adam, discriminator_adam }
    }

    /// Updates the discriminator on real and on detached fake images, then the generator through the frozen discriminator
    /// on the same fake images.
    pub fn step(&mut self, real: Tensor<4>, latent: Tensor<2>) {
        let fakes = self.generator.forward(latent, Mode::Train);

        let frozen = self.discriminator.clone().no_grad();
        let real = with_tangent(&self.penalties, Points::Real, &frozen, real);
        let fake = with_tangent(&self.penalties, Points::Fake, &frozen, fakes.clone().detach());
        let real_logits = self.discriminator.forward(real, &[], Mode::Train).logits;
        let fake_logits = self.discriminator.forward(fake, &[], Mode::Train).logits;
        // Without the copy the weights have one owner, so that Adam updates them in place.
        drop(frozen);
        let objectives = [penalty_objective(&real_logits), penalty_objective(&fake_logits)];
        let d_loss = self.loss.discriminator(real_logits.value, fake_logits.value);
        let d_loss = objectives.into_iter().flatten().fold(d_loss, |sum, objective| sum + objective);
        let gradient = gradients(&self.discriminator, &d_loss.backward());
        self.discriminator = self.discriminator_adam.step(self.discriminator.clone(), gradient);

        let mut frozen = self.discriminator.clone().no_grad();
        let g_loss = self.loss.generator(frozen.logits(fakes, &[], Mode::Train), None);
        let gradient = gradients(&self.generator, &g_loss.backward());
        self.generator = self.generator_adam.step(self.generator.clone(), gradient);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use burn::module::Module;
    use gannet_nn::Architecture;
    use gannet_nn::architectures::dcgan::{DcganConfig, DcganDiscriminator, DcganGenerator};
    use gannet_nn::layers::is_running_statistic;
    use gannet_ops::device::device;
    use gannet_ops::random::Stream;
    use gannet_weights::{NamedTensor, collect, read_safetensors};

    use super::*;
    use crate::workloads::{Training, load_from, take};

    /// Difference allowed between the reference's step in f64 and ours in f32; a step changes a value by 2e-4.
    const TOLERANCE: f32 = 1e-6;

    /// The reference's cases, with the number of images of each.
    fn cases() -> [(&'static str, DcganConfig, usize); 3] {
        [
            ("28x1", DcganConfig::new(28).with_channels(1).with_width(3).with_latent(5), 3),
            ("32x3", DcganConfig::new(32).with_width(2).with_latent(8), 3),
            ("64x1", DcganConfig::new(64).with_channels(1).with_width(1).with_latent(8), 2),
        ]
    }

    /// The networks and the batch of a case, which are removed from `tensors`.
    fn start(
        case: &str,
        config: DcganConfig,
        batch: usize,
        tensors: &mut Vec<NamedTensor>,
    ) -> Training<DcganGenerator, DcganDiscriminator> {
        let device = device("cpu").unwrap().autodiff();
        let stream = || Stream::new(0, "networks", 0);
        let generator = config.init_generator(&mut stream(), &device);
        let discriminator = config.init_discriminator(&mut stream(), &device);
        let drawn = Training::draw(generator, discriminator, batch, 0.0, &device);
        Training {
            generator: load_from(tensors, &format!("{case}.generator."), drawn.generator).unwrap(),
            discriminator: load_from(tensors, &format!("{case}.discriminator."), drawn.discriminator).unwrap(),
            real: take(tensors, &format!("{case}.real"), &drawn.real).unwrap(),
            latent: take(tensors, &format!("{case}.latent"), &drawn.latent).unwrap(),
            gamma: 0.0,
        }
    }

    /// Asserts that the learned values of `network` equal those under `prefix` in the reference.
    fn assert_equal<M: Module>(network: &M, reference: &[NamedTensor], prefix: &str) {
        // PyTorch's frozen discriminator updates its running statistics once more; ours is a copy.
        let learned = |tensor: &NamedTensor| !tensor.name.rsplit('.').next().is_some_and(is_running_statistic);
        for ours in collect(network).into_iter().filter(learned) {
            let name = format!("{prefix}{}", ours.name);
            let theirs = reference.iter().find(|tensor| tensor.name == name).unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(ours.values.len(), theirs.values.len(), "{name}");
            let mut differences = ours.values.iter().zip(&theirs.values).map(|(a, b)| (a - b).abs());
            // The comparison is written so that a NaN fails it.
            assert!(differences.all(|difference| difference <= TOLERANCE), "{name} differs");
        }
    }

    #[test]
    fn a_step_updates_every_parameter_as_pytorch_does() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/reference/dcgan.safetensors");
        let (mut tensors, _) = read_safetensors(&path).unwrap();
        for (case, config, batch) in cases() {
            let Training { generator, discriminator, real, latent, .. } = start(case, config, batch, &mut tensors);
            let mut gan = GanStep::new(generator, discriminator, 0.0);
            gan.step(real, latent);
            assert_equal(&gan.generator, &tensors, &format!("{case}.after.generator."));
            assert_equal(&gan.discriminator, &tensors, &format!("{case}.after.discriminator."));
        }
    }
}
