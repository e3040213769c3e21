//! The inputs of a workload (networks and a batch), which both sides load from one file, and the outputs by which the two
//! sides are compared before they are timed.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_nn::{Discriminator, Generator, Mode, Translator};
use gannet_ops::random::Streams;
use gannet_weights::{NamedTensor, WeightsError, collect, load, read_safetensors, safetensors_bytes};

use crate::gan_step::r1_gradients;

/// Training passes after which running statistics are close to those of the batch.
const WARM_UP: usize = 30;

/// The inputs of one workload.
pub trait Workload: Sized {
    /// Writes the networks and the batch to a file, for the other side.
    fn write(&self, path: &Path) -> std::io::Result<()>;

    /// Replaces the values of the networks and the batch by those that [`Workload::write`] wrote.
    ///
    /// # Errors
    /// If the file cannot be read, or its networks or batch have other shapes.
    fn read(self, path: &Path) -> Result<Self, WeightsError>;

    /// Writes the outputs of the networks for the batch. It runs copies of the networks, so that running statistics stay
    /// unchanged.
    fn write_outputs(&self, path: &Path) -> std::io::Result<()>;
}

/// The inputs of training steps: both networks and a batch.
pub struct Training<G, D> {
    pub generator: G,
    pub discriminator: D,
    /// Real images `[n, c, h, w]`.
    pub real: Tensor<4>,
    /// Latents `[n, z]`.
    pub latent: Tensor<2>,
    /// The weight of R1 and R2; 0 for none.
    pub gamma: f64,
}

impl<G: Generator, D: Discriminator> Training<G, D> {
    /// The networks with a batch of noise from a fixed seed.
    pub fn draw(generator: G, discriminator: D, batch: usize, gamma: f64, device: &Device) -> Self {
        let [c, h, w] = generator.image_shape();
        let Generation { generator, latent } = Generation::draw(generator, batch, device);
        let real = normals(Streams::new(0), "real", [batch, c, h, w], device).tanh();
        Self { generator, discriminator, real, latent, gamma }
    }
}

/// The file of inputs holds `generator.*`, `discriminator.*`, `real` and `latent`. The file of outputs holds `images` and
/// `logits [n, 1]` in training mode and, with penalties, `slopes.*`: the gradient of R1 in each weight of the discriminator,
/// divided by its largest absolute value.
impl<G: Generator, D: Discriminator> Workload for Training<G, D> {
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut tensors = vec![named("real", &self.real), named("latent", &self.latent)];
        tensors.extend(prefixed("generator.", collect(&self.generator)));
        tensors.extend(prefixed("discriminator.", collect(&self.discriminator)));
        std::fs::write(path, safetensors_bytes(&tensors, "inputs of a comparison"))
    }

    fn read(self, path: &Path) -> Result<Self, WeightsError> {
        let (mut tensors, _) = read_safetensors(path)?;
        Ok(Self {
            generator: load_from(&mut tensors, "generator.", self.generator)?,
            discriminator: load_from(&mut tensors, "discriminator.", self.discriminator)?,
            real: take(&mut tensors, "real", &self.real)?,
            latent: take(&mut tensors, "latent", &self.latent)?,
            ..self
        })
    }

    fn write_outputs(&self, path: &Path) -> std::io::Result<()> {
        let images = self.generator.clone().forward(self.latent.clone(), Mode::Train);
        let logits = self.discriminator.clone().logits(self.real.clone(), &[], Mode::Train);
        let mut tensors = vec![named("images", &images), named("logits", &logits.unsqueeze_dim::<2>(1))];
        if self.gamma > 0.0 {
            let gradients = r1_gradients(&self.discriminator, &self.real).into_iter();
            let weights = gradients.filter(|(name, _)| name.ends_with(".weight"));
            tensors.extend(weights.map(|(name, gradient)| {
                // The gradient is zero before a weight that starts at zero, so the divisor needs a lower bound.
                let largest = gradient.clone().abs().max().clamp_min(1e-12);
                named(&format!("slopes.{name}"), &(gradient / largest))
            }));
        }
        std::fs::write(path, safetensors_bytes(&tensors, "outputs of a comparison"))
    }
}

/// The inputs of image generation: a generator and a batch of latents.
pub struct Generation<G> {
    pub generator: G,
    /// Latents `[n, z]`.
    pub latent: Tensor<2>,
}

impl<G: Generator> Generation<G> {
    /// The generator with a batch of latents from a fixed seed.
    pub fn draw(generator: G, batch: usize, device: &Device) -> Self {
        let latent = normals(Streams::new(0), "latent", [batch, generator.latent_size()], device);
        Self { generator, latent }
    }
}

/// The file of inputs holds `generator.*` and `latent`; the file of outputs holds `images`, by running statistics.
impl<G: Generator> Workload for Generation<G> {
    /// Writes the generator after some training passes. With initial running statistics all images would be close to zero,
    /// and the comparison of both sides would show nothing.
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut generator = self.generator.clone();
        for _ in 0..WARM_UP {
            generator.forward(self.latent.clone(), Mode::Train);
        }
        let mut tensors = vec![named("latent", &self.latent)];
        tensors.extend(prefixed("generator.", collect(&generator)));
        std::fs::write(path, safetensors_bytes(&tensors, "inputs of a comparison"))
    }

    fn read(self, path: &Path) -> Result<Self, WeightsError> {
        let (mut tensors, _) = read_safetensors(path)?;
        Ok(Self {
            generator: load_from(&mut tensors, "generator.", self.generator)?,
            latent: take(&mut tensors, "latent", &self.latent)?,
        })
    }

    fn write_outputs(&self, path: &Path) -> std::io::Result<()> {
        let images = self.generator.generate(self.latent.clone());
        std::fs::write(path, safetensors_bytes(&[named("images", &images)], "outputs of a comparison"))
    }
}

/// The inputs of image translation: a network from images to images, and a batch of images.
pub struct Translation<T> {
    pub network: T,
    /// Images `[n, c, h, w]` in `[-1, 1]`.
    pub images: Tensor<4>,
}

impl<T: Translator> Translation<T> {
    /// The network with a batch of noise from a fixed seed.
    pub fn draw(network: T, batch: usize, size: usize, device: &Device) -> Self {
        let shape = [batch, network.channels()[0], size, size];
        Self { network, images: normals(Streams::new(0), "given", shape, device).tanh() }
    }
}

/// The file of inputs holds `generator.*` and `given`, the images; the file of outputs holds `images`, by running statistics.
impl<T: Translator> Workload for Translation<T> {
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut network = self.network.clone();
        for _ in 0..WARM_UP {
            network.translate(self.images.clone(), Mode::Train, None);
        }
        let mut tensors = vec![named("given", &self.images)];
        tensors.extend(prefixed("generator.", collect(&network)));
        std::fs::write(path, safetensors_bytes(&tensors, "inputs of a comparison"))
    }

    fn read(self, path: &Path) -> Result<Self, WeightsError> {
        let (mut tensors, _) = read_safetensors(path)?;
        Ok(Self {
            network: load_from(&mut tensors, "generator.", self.network)?,
            images: take(&mut tensors, "given", &self.images)?,
        })
    }

    fn write_outputs(&self, path: &Path) -> std::io::Result<()> {
        let images = self.network.clone().translate(self.images.clone(), Mode::Eval, None);
        std::fs::write(path, safetensors_bytes(&[named("images", &images)], "outputs of a comparison"))
    }
}

/// A tensor of normal numbers from the stream `name`.
fn normals<const D: usize>(streams: Streams, name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values = streams.at(name, 0).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn named<const D: usize>(name: &str, tensor: &Tensor<D>) -> NamedTensor {
    let values = tensor.to_data().iter::<f32>().collect();
    NamedTensor { name: name.to_owned(), shape: tensor.dims().to_vec(), values }
}

/// The tensors with `prefix` before their names.
fn prefixed(prefix: &str, tensors: Vec<NamedTensor>) -> impl Iterator<Item = NamedTensor> {
    tensors.into_iter().map(move |tensor| NamedTensor { name: format!("{prefix}{}", tensor.name), ..tensor })
}

/// Loads the tensors whose names start with `prefix` into `network`, and removes them from `tensors`.
pub fn load_from<M: Module>(tensors: &mut Vec<NamedTensor>, prefix: &str, network: M) -> Result<M, WeightsError> {
    let matching = tensors.extract_if(.., |tensor| tensor.name.starts_with(prefix));
    let renamed = matching.map(|tensor| NamedTensor { name: tensor.name[prefix.len()..].to_owned(), ..tensor });
    load(network, renamed.collect())
}

/// Removes the tensor called `name` from `tensors` and returns it on the device of `like`, whose shape it must have.
pub fn take<const D: usize>(
    tensors: &mut Vec<NamedTensor>,
    name: &str,
    like: &Tensor<D>,
) -> Result<Tensor<D>, WeightsError> {
    let expected = like.dims().to_vec();
    let found = tensors.extract_if(.., |tensor| tensor.name == name && tensor.shape == expected).next();
    let found = found.ok_or_else(|| WeightsError::Fit(format!("no {name} of shape {expected:?}")))?;
    Ok(Tensor::from_data(TensorData::new(found.values, found.shape), &like.device()))
}
