//! The training step of an autoencoder, alone and combined with GANs.
//!
//! ```text
//! plain         y = dec(enc(x))                    denoising where the encoder sees x with noise (Vincent et al. 2008, ICML)
//! variational   y = dec(μ + σ ε), μ, σ = enc(x)    + β KL (Kingma and Welling 2013, arXiv:1312.6114; Higgins et al. 2017, ICLR)
//! adversarial   a discriminator tells codes from N(0, 1)    (Makhzani et al. 2015, arXiv:1511.05644)
//! VAE-GAN       a discriminator tells dec(enc(x)) and dec(z) from x; its features compare x with y
//!               (Larsen et al. 2015, arXiv:1512.09300, algorithm 1)
//! ```
//!
//! As in VAE-GAN, the encoder does not learn from the discriminator of images, and the decoder not from that of codes.

use burn::module::Module;
use burn::tensor::Tensor;
use gannet_data::Batch;
use gannet_nn::architectures::mlp::MlpDiscriminator;
use gannet_nn::{Discriminator, Encoder, Generator, Mode};
use gannet_objectives::losses::{AdversarialLoss, LossKind, LossSettings};
use gannet_objectives::reconstruction::gaussian_nll;
use gannet_ops::dual::Dual;
use gannet_recipe::CodeKind;

use super::networks::{AutoencodeTask, reparameterize};
use crate::objective::{Conditioning, StepIndex};
use crate::step_report::StepReport;
use crate::tasks::batch::images;

/// A micro-batch after the encoder and the decoder.
struct Reconstructed {
    at: StepIndex,
    real: Tensor<4>,
    code: Tensor<2>,
    /// The KL divergence of the code from N(0, 1), where it is a distribution.
    kl: Option<Tensor<1>>,
    reconstruction: Tensor<4>,
}

/// The frozen discriminators of the generator's update.
struct Frozen<E> {
    discriminator: Option<E>,
    code_discriminator: Option<MlpDiscriminator>,
}

impl<E: Discriminator + Encoder, G: Generator> AutoencodeTask<E, G> {
    /// One step: reconstruct, update the discriminators, update the autoencoder.
    pub(super) fn train_step(&mut self, batches: &[Batch], step: u64) -> StepReport {
        self.set_learning_rates(step);
        self.encoder.learner.network.power_iterate();
        self.decoder.learner.network.power_iterate();
        self.discriminator.iter_mut().for_each(|learner| learner.network.power_iterate());
        let mut report = StepReport::new(batches.len());
        let first = (step - 1) * batches.len() as u64;
        let indices = (first..).map(|batch| StepIndex { step, batch });
        let reconstructed: Vec<_> = indices.zip(batches).map(|(at, batch)| self.reconstruct(batch, at)).collect();
        let adversarial = self.discriminator.is_some();
        let fake: Vec<Tensor<4>> =
            reconstructed.iter().filter(|_| adversarial).map(|batch| self.generate(batch)).collect();
        self.update_discriminator(&reconstructed, &fake, &mut report);
        self.update_code_discriminator(&reconstructed, &mut report);
        self.update_autoencoder(reconstructed, fake, &mut report);
        report
    }

    fn set_learning_rates(&mut self, step: u64) {
        let factor = self.lr.factor(step);
        self.encoder.learner.set_lr_factor(factor);
        self.decoder.learner.set_lr_factor(factor);
        self.discriminator.iter_mut().for_each(|learner| learner.set_lr_factor(factor));
        self.code_discriminator.iter_mut().for_each(|learner| learner.set_lr_factor(factor));
    }

    /// Encodes and decodes a batch.
    fn reconstruct(&mut self, batch: &Batch, at: StepIndex) -> Reconstructed {
        let real = images(batch, &self.device);
        let input = match self.settings.noise {
            0.0 => real.clone(),
            noise => real.clone() + self.normals("corruption", at.batch, real.dims()) * noise,
        };
        let (code, _) = self.encoder.learner.network.encode(Dual::constant(input), Mode::Train);
        let (code, kl) = match self.settings.kind {
            CodeKind::Variational => {
                let noise = self.normals("code", at.batch, [batch.n, self.latent]);
                let (code, kl) = reparameterize(code.value, noise);
                (code, Some(kl))
            }
            CodeKind::Plain | CodeKind::Adversarial => (code.value, None),
        };
        let reconstruction = self.decoder.learner.network.forward(code.clone(), Mode::Train);
        Reconstructed { at, real, code, kl, reconstruction }
    }

    /// The decoder's images for the discriminator: of detached codes, where images are reconstructed, and of noise.
    fn generate(&mut self, batch: &Reconstructed) -> Tensor<4> {
        let prior = self.normals("latent", batch.at.batch, batch.code.dims());
        let codes = match self.reconstructs() {
            true => Tensor::cat(vec![batch.code.clone().detach(), prior], 0),
            false => prior,
        };
        self.decoder.learner.network.forward(codes, Mode::Train)
    }

    fn update_discriminator(&mut self, batches: &[Reconstructed], fake: &[Tensor<4>], report: &mut StepReport) {
        let Some(discriminator) = &mut self.discriminator else { return };
        for (Reconstructed { at, real, .. }, fake) in batches.iter().zip(fake) {
            let times = fake.dims()[0] / real.dims()[0];
            let pair = [Tensor::cat(vec![real.clone(); times], 0), fake.clone().detach()];
            let (network, unconditional) = (&mut discriminator.network, Conditioning::default());
            let d_loss = self.objective.d_loss(network, pair, &unconditional, *at, report);
            discriminator.backward(d_loss, report);
        }
        self.objective.observe(batches[0].at.step, report);
        discriminator.update(report);
    }

    fn update_code_discriminator(&mut self, batches: &[Reconstructed], report: &mut StepReport) {
        let loss = code_loss();
        for Reconstructed { at, code, .. } in batches {
            let prior = self.normals("prior", at.batch, code.dims());
            let Some(discriminator) = &mut self.code_discriminator else { return };
            let mut logits = |codes: Tensor<2>| discriminator.network.logits(as_images(codes), &[], Mode::Train);
            let (real, fake) = (logits(prior), logits(code.clone().detach()));
            let d_loss = loss.discriminator(real, fake);
            report.mean("loss/of_codes", &d_loss);
            discriminator.backward(d_loss, report);
        }
        if let Some(discriminator) = &mut self.code_discriminator {
            discriminator.update(report);
        }
    }

    fn update_autoencoder(&mut self, batches: Vec<Reconstructed>, fake: Vec<Tensor<4>>, report: &mut StepReport) {
        let mut frozen = Frozen {
            discriminator: self.discriminator.as_ref().map(|learner| learner.network.clone().no_grad()),
            code_discriminator: self.code_discriminator.as_ref().map(|learner| learner.network.clone().no_grad()),
        };
        let mut fake = fake.into_iter();
        for batch in batches {
            let losses = self.autoencoder_losses(batch, &mut fake, &mut frozen, report);
            let Some(loss) = losses.into_iter().reduce(|sum, loss| sum + loss) else { continue };
            report.backward_in_both(self.encoder.learner.named(), self.decoder.learner.named(), loss);
        }
        self.encoder.update(report);
        self.decoder.update(report);
    }

    /// The weighted terms of the autoencoder's loss.
    fn autoencoder_losses(
        &self,
        batch: Reconstructed,
        fake: &mut impl Iterator<Item = Tensor<4>>,
        frozen: &mut Frozen<E>,
        report: &mut StepReport,
    ) -> Vec<Tensor<1>> {
        let Reconstructed { at, real, code, kl, reconstruction } = batch;
        let mut losses = Vec::new();
        if self.settings.reconstruction > 0.0 {
            let loss = self.reconstruction_loss(reconstruction.clone(), real.clone());
            report.mean("loss/reconstruction", &loss);
            losses.push(loss * self.settings.reconstruction);
        }
        if let Some(kl) = kl.filter(|_| self.reconstructs()) {
            report.mean("loss/kl", &kl);
            losses.push(kl * self.settings.beta);
        }
        if let Some(discriminator) = &mut frozen.code_discriminator {
            let logits = discriminator.logits(as_images(code), &[], Mode::Train);
            let loss = code_loss().generator(logits, None);
            report.mean("loss/code", &loss);
            losses.push(loss);
        }
        if let (Some(discriminator), Some(fake)) = (&mut frozen.discriminator, fake.next()) {
            if self.settings.features > 0.0 {
                let mut features =
                    |images: Tensor<4>| discriminator.forward(Dual::constant(images), &[], Mode::Train).features.value;
                let (of_real, of_reconstruction) = (features(real.clone()), features(reconstruction));
                let loss = gaussian_nll(of_reconstruction, of_real.detach());
                report.mean("loss/features", &loss);
                losses.push(loss * self.settings.features);
            }
            let times = fake.dims()[0] / real.dims()[0];
            let real = || Tensor::cat(vec![real.clone(); times], 0);
            let (network, fake) = (&self.decoder.learner.network, (fake, &Conditioning::default()));
            let adversarial = self.objective.g_loss(network, discriminator, fake, real, at, report);
            losses.push(adversarial * self.settings.adversarial);
        }
        losses
    }
}

/// The loss of the discriminator of codes.
fn code_loss() -> Box<dyn AdversarialLoss> {
    LossKind::NonSaturating.build(&LossSettings::default())
}

/// Codes `[n, z]` as images of one pixel, for the discriminator of codes.
fn as_images(codes: Tensor<2>) -> Tensor<4> {
    let [n, z] = codes.dims();
    codes.reshape([n, z, 1, 1])
}
