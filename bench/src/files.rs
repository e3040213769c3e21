//! What both sides start from, and what they are compared by.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_nn::{Discriminator, Generator, Mode, Translator};
use gannet_ops::random::Streams;
use gannet_weights::{NamedTensor, WeightsError, collect, load, read_safetensors, safetensors_bytes};

use crate::step::slopes;

/// Passes after which running statistics are near to a batch's.
const SETTLING: usize = 30;

/// What a kind of work starts from.
pub trait Start: Sized {
    /// Writes networks and batch for the other side.
    fn write(&self, path: &Path) -> std::io::Result<()>;

    /// The same networks and batch with the values that [`Start::write`] wrote.
    ///
    /// # Errors
    /// The file cannot be read, or its networks or batch have other shapes.
    fn read(self, path: &Path) -> Result<Self, WeightsError>;

    /// Writes what the networks make of the batch, of copies, so that running statistics stay as they were.
    fn write_outputs(&self, path: &Path) -> std::io::Result<()>;
}

/// Both networks and a batch, to train with.
pub struct Inputs<G, D> {
    pub generator: G,
    pub discriminator: D,
    /// `[n, c, h, w]`.
    pub real: Tensor<4>,
    /// `[n, z]`.
    pub latent: Tensor<2>,
    /// The weight of R1 and R2; 0 for none.
    pub gamma: f64,
}

impl<G: Generator, D: Discriminator> Inputs<G, D> {
    /// The networks and a batch of noise, the same every time.
    pub fn draw(generator: G, discriminator: D, batch: usize, gamma: f64, device: &Device) -> Self {
        let [c, h, w] = generator.image_shape();
        let Sampling { generator, latent } = Sampling::draw(generator, batch, device);
        let real = normals(Streams::new(0), "real", [batch, c, h, w], device).tanh();
        Self { generator, discriminator, real, latent, gamma }
    }
}

/// In the file: `generator.*`, `discriminator.*`, `real`, `latent`; `images` and `logits [n, 1]` in training mode, and with
/// penalties `slopes.*`, what each weight learns from R1, divided by its largest.
impl<G: Generator, D: Discriminator> Start for Inputs<G, D> {
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
        let logits = self.discriminator.clone().logits(self.real.clone(), Mode::Train);
        let mut tensors = vec![named("images", &images), named("logits", &logits.unsqueeze_dim::<2>(1))];
        if self.gamma > 0.0 {
            let slopes = slopes(&self.discriminator, &self.real).into_iter();
            let weights = slopes.filter(|(name, _)| name.ends_with(".weight"));
            tensors.extend(weights.map(|(name, slope)| {
                // Behind a weight that starts at zero nothing is learned at first.
                let largest = slope.clone().abs().max().clamp_min(1e-12);
                named(&format!("slopes.{name}"), &(slope / largest))
            }));
        }
        std::fs::write(path, safetensors_bytes(&tensors, "outputs of a comparison"))
    }
}

/// A generator and latents, to make images of.
pub struct Sampling<G> {
    pub generator: G,
    /// `[n, z]`.
    pub latent: Tensor<2>,
}

impl<G: Generator> Sampling<G> {
    /// The network and a batch of noise, the same every time.
    pub fn draw(generator: G, batch: usize, device: &Device) -> Self {
        let latent = normals(Streams::new(0), "latent", [batch, generator.latent_size()], device);
        Self { generator, latent }
    }
}

/// In the file: `generator.*` and `latent`; `images` by running statistics.
impl<G: Generator> Start for Sampling<G> {
    /// As after some training passes: by fresh running statistics images are so near to zero that all look equal.
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut settled = self.generator.clone();
        for _ in 0..SETTLING {
            settled.forward(self.latent.clone(), Mode::Train);
        }
        let mut tensors = vec![named("latent", &self.latent)];
        tensors.extend(prefixed("generator.", collect(&settled)));
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

/// A network from images to images, and images.
pub struct Translating<T> {
    pub network: T,
    /// `[n, c, h, w]` in `[-1, 1]`.
    pub images: Tensor<4>,
}

impl<T: Translator> Translating<T> {
    /// The network and a batch of noise, the same every time.
    pub fn draw(network: T, batch: usize, size: usize, device: &Device) -> Self {
        let shape = [batch, network.channels()[0], size, size];
        Self { network, images: normals(Streams::new(0), "given", shape, device).tanh() }
    }
}

/// In the file: `generator.*` and `given`; `images` by running statistics.
impl<T: Translator> Start for Translating<T> {
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut settled = self.network.clone();
        for _ in 0..SETTLING {
            settled.translate(self.images.clone(), Mode::Train, None);
        }
        let mut tensors = vec![named("given", &self.images)];
        tensors.extend(prefixed("generator.", collect(&settled)));
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

fn normals<const D: usize>(streams: Streams, name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values = streams.at(name, 0).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn named<const D: usize>(name: &str, tensor: &Tensor<D>) -> NamedTensor {
    let values = tensor.to_data().iter::<f32>().collect();
    NamedTensor { name: name.to_owned(), shape: tensor.dims().to_vec(), values }
}

fn prefixed(prefix: &str, tensors: Vec<NamedTensor>) -> impl Iterator<Item = NamedTensor> {
    tensors.into_iter().map(move |tensor| NamedTensor { name: format!("{prefix}{}", tensor.name), ..tensor })
}

/// `network` with the values of those `tensors` whose names start with `prefix`.
pub fn load_from<M: Module>(tensors: &mut Vec<NamedTensor>, prefix: &str, network: M) -> Result<M, WeightsError> {
    let own = tensors.extract_if(.., |tensor| tensor.name.starts_with(prefix));
    let own = own.map(|tensor| NamedTensor { name: tensor.name[prefix.len()..].to_owned(), ..tensor });
    load(network, own.collect())
}

/// The tensor called `name`, of the shape and on the device of `like`.
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
