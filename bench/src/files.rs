//! What both sides start from, and what they are compared by.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_ops::random::Streams;
use gannet_weights::{NamedTensor, WeightsError, collect, load, read_safetensors, safetensors_bytes};

/// Both networks and a batch.
pub struct Inputs<G, D> {
    pub generator: G,
    pub discriminator: D,
    /// `[n, c, h, w]`.
    pub real: Tensor<4>,
    /// `[n, z]`.
    pub latent: Tensor<2>,
}

impl<G: Generator, D: Discriminator> Inputs<G, D> {
    /// The networks and a batch of noise, the same every time.
    pub fn draw(generator: G, discriminator: D, batch: usize, device: &Device) -> Self {
        let [c, h, w] = generator.image_shape();
        let latent = normals(Streams::new(0), "latent", [batch, generator.latent_size()], device);
        let real = normals(Streams::new(0), "real", [batch, c, h, w], device).tanh();
        Self { generator, discriminator, real, latent }
    }

    /// Writes `generator.*`, `discriminator.*`, `real` and `latent`.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut tensors = vec![named("real", &self.real), named("latent", &self.latent)];
        tensors.extend(prefixed("generator.", collect(&self.generator)));
        tensors.extend(prefixed("discriminator.", collect(&self.discriminator)));
        std::fs::write(path, safetensors_bytes(&tensors, "inputs of a comparison"))
    }

    /// The same networks and batch with the values that [`Inputs::write`] wrote.
    ///
    /// # Errors
    /// The file cannot be read, or its networks or batch have other shapes.
    pub fn read(self, path: &Path) -> Result<Self, WeightsError> {
        let (mut tensors, _) = read_safetensors(path)?;
        Ok(Self {
            generator: load_from(&mut tensors, "generator.", self.generator)?,
            discriminator: load_from(&mut tensors, "discriminator.", self.discriminator)?,
            real: take(&mut tensors, "real", &self.real)?,
            latent: take(&mut tensors, "latent", &self.latent)?,
        })
    }

    /// Writes `images` = generator(latent) and `logits [n, 1]` = discriminator(real), of copies, so that running
    /// statistics stay as they were.
    pub fn write_outputs(&self, mode: Mode, path: &Path) -> std::io::Result<()> {
        let images = self.generator.clone().forward(self.latent.clone(), mode);
        let logits = self.discriminator.clone().forward(self.real.clone(), mode);
        let tensors = [named("images", &images), named("logits", &logits.unsqueeze_dim::<2>(1))];
        std::fs::write(path, safetensors_bytes(&tensors, "outputs of a comparison"))
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
