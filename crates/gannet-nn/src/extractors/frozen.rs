//! The parts of frozen networks: weights that are taken from a file by name, and layers without gradients.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::activation::bias_leaky_relu;
use gannet_ops::conv::{Window, conv2d};
use gannet_ops::pool::{Pool, Windows, pool};
use gannet_ops::reflect::reflect;

/// Weights that do not belong to the network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the weights do not fit {network}: {complaints}")]
pub struct Misfit {
    /// The network, in words.
    pub network: &'static str,
    /// The tensors that are missing, left over or of another shape; the first few by name.
    pub complaints: String,
}

/// Shape and values of a tensor.
type Values = (Vec<usize>, Vec<f32>);

/// The tensors of a file, from which a network takes its weights.
pub struct Weights {
    tensors: BTreeMap<String, Values>,
    /// Gives the values of tensors that are not in the file.
    generator: Option<Box<ValuesByName>>,
    complaints: Vec<String>,
    device: Device,
}

/// From a tensor's name and shape to its values.
type ValuesByName = dyn Fn(&str, &[usize]) -> Vec<f32>;

impl Weights {
    /// Weights from tensors `(name, shape, values)`, which networks take to `device`. Those without values are left out.
    pub fn new(tensors: impl IntoIterator<Item = (String, Vec<usize>, Vec<f32>)>, device: &Device) -> Self {
        let filled = tensors.into_iter().filter(|(_, _, values)| !values.is_empty());
        let tensors = filled.map(|(name, shape, values)| (name, (shape, values))).collect();
        Self { tensors, generator: None, complaints: Vec::new(), device: device.clone() }
    }

    /// Weights without a file: `values` gives the values of each tensor by its name and shape.
    pub fn from_fn(values: impl Fn(&str, &[usize]) -> Vec<f32> + 'static, device: &Device) -> Self {
        Self { generator: Some(Box::new(values)), ..Self::new([], device) }
    }

    /// The shape of the tensor called `name`, if there is one.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|(shape, _)| shape.as_slice())
    }

    /// The shape of the tensor called `name`, if there is one with so many axes.
    pub fn axes<const D: usize>(&self, name: &str) -> Option<[usize; D]> {
        self.shape(name)?.try_into().ok()
    }

    /// The names of all tensors that have not been taken yet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Takes the values of the tensor called `name`. Where it is missing or has another shape, there are none, and
    /// [`Weights::finish`] reports it.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Vec<f32> {
        match (self.tensors.remove(name), &self.generator) {
            (Some((found, values)), _) if found == shape => return values,
            (None, Some(values)) => return values(name, shape),
            (Some((found, _)), _) => self.complaints.push(format!("{name} has shape {found:?} instead of {shape:?}")),
            (None, None) => self.complaints.push(format!("{name} is missing")),
        }
        Vec::new()
    }

    /// [`Weights::take`] as a tensor on the device.
    pub fn tensor<const D: usize>(&mut self, name: &str, shape: [usize; D]) -> Tensor<D> {
        let values = self.take(name, &shape);
        self.tensor_of(values, shape)
    }

    /// Notes what is wrong with the weights, for [`Weights::finish`].
    pub(super) fn complain(&mut self, complaint: String) {
        self.complaints.push(complaint);
    }

    /// Drops tensors that the network does not need.
    pub fn ignore(&mut self, unwanted: impl Fn(&str) -> bool) {
        self.tensors.retain(|name, _| !unwanted(name));
    }

    /// Gives `value`, the network built from these weights, once it is known that they fit; `network` is its name.
    ///
    /// # Errors
    /// Tensors were missing, had other shapes, or are left over.
    pub fn finish<T>(mut self, network: &'static str, value: T) -> Result<T, Misfit> {
        const LISTED: usize = 4;
        self.ignore(|name| name.ends_with("num_batches_tracked"));
        self.complaints.extend(self.tensors.keys().map(|name| format!("{name} is not in the network")));
        if self.complaints.is_empty() {
            return Ok(value);
        }
        let more = self.complaints.len().saturating_sub(LISTED);
        let mut complaints = self.complaints[..self.complaints.len() - more].join("; ");
        if more > 0 {
            complaints += &format!("; and {more} more");
        }
        Err(Misfit { network, complaints })
    }

    /// Values that are missing, as [`Weights::finish`] will report, take no memory: a small file must not ask for a large network.
    pub(super) fn tensor_of<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        if values.len() != shape.iter().product::<usize>() {
            return Tensor::<D>::zeros([1; D], &self.device).expand(shape);
        }
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }
}

/// The sizes of a [`Conv`].
#[derive(Debug, Clone, Copy)]
pub struct ConvSizes {
    /// Channels in.
    pub input: usize,
    /// Channels out.
    pub output: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Stride, padding, groups.
    pub window: Window,
}

impl ConvSizes {
    /// A square kernel with this stride and zero padding.
    pub fn new(input: usize, output: usize, kernel: usize, stride: usize, padding: usize) -> Self {
        let window = Window { stride, padding: [padding; 2], ..Window::default() };
        Self { input, output, kernel: [kernel; 2], window }
    }

    /// A rectangular kernel of odd sides, with the padding that keeps the image's size.
    pub fn rectangular(input: usize, output: usize, kernel: [usize; 2]) -> Self {
        let window = Window { padding: kernel.map(|side| side / 2), ..Window::default() };
        Self { input, output, kernel, window }
    }

    /// With the channels in so many groups.
    pub fn with_groups(self, groups: usize) -> Self {
        Self { window: Window { groups, ..self.window }, ..self }
    }
}

/// A convolution with a bias.
#[derive(Debug, Clone)]
pub struct Conv {
    weight: Tensor<4>,
    bias: Tensor<1>,
    window: Window,
}

impl Conv {
    /// The convolution with `NAME.weight` and `NAME.bias`.
    pub fn new(weights: &mut Weights, name: &str, sizes: ConvSizes) -> Self {
        let bias = weights.take(&format!("{name}.bias"), &[sizes.output]);
        Self::scaled(weights, name, sizes, &[], bias)
    }

    /// The convolution with `CONV.weight`, and `CONV.bias` if there is one. The batch norm `NORM` that follows is folded into weight and
    /// bias, by its running statistics.
    pub fn normalized(weights: &mut Weights, conv: &str, norm: &str, sizes: ConvSizes, epsilon: f64) -> Self {
        let bias = format!("{conv}.bias");
        let before = if weights.shape(&bias).is_some() { weights.take(&bias, &[sizes.output]) } else { Vec::new() };
        let [gamma, beta, mut mean, variance] = ["weight", "bias", "running_mean", "running_var"]
            .map(|part| weights.take(&format!("{norm}.{part}"), &[sizes.output]));
        mean.iter_mut().zip(&before).for_each(|(mean, before)| *mean -= before);
        let scale = |(gamma, variance): (&f32, &f32)| f64::from(*gamma) / (f64::from(*variance) + epsilon).sqrt();
        let scale: Vec<f64> = gamma.iter().zip(&variance).map(scale).collect();
        let shift = |((beta, mean), scale): ((&f32, &f32), &f64)| (f64::from(*beta) - f64::from(*mean) * scale) as f32;
        let bias = beta.iter().zip(&mean).zip(&scale).map(shift).collect();
        Self::scaled(weights, conv, sizes, &scale, bias)
    }

    fn scaled(weights: &mut Weights, name: &str, sizes: ConvSizes, scale: &[f64], bias: Vec<f32>) -> Self {
        let [rows, columns] = sizes.kernel;
        let shape = [sizes.output, sizes.input / sizes.window.groups.max(1), rows, columns];
        let mut values = weights.take(&format!("{name}.weight"), &shape);
        let of_output = (values.len() / sizes.output.max(1)).max(1);
        for (values, scale) in values.chunks_exact_mut(of_output).zip(scale) {
            values.iter_mut().for_each(|value| *value = (f64::from(*value) * scale) as f32);
        }
        let bias = weights.tensor_of(bias, [sizes.output]);
        Self { weight: weights.tensor_of(values, shape), bias, window: sizes.window }
    }

    /// The side of the map of images with a side of so many pixels; 0 where the kernel does not fit.
    pub fn output_side(&self, side: usize) -> usize {
        let (padded, kernel) = (side + 2 * self.window.padding[0], self.weight.dims()[2]);
        padded.checked_sub(kernel).map_or(0, |room| room / self.window.stride + 1)
    }

    /// `x [n, in, h, w]` → `[n, out, h', w']`; negative values are multiplied by `slope`: 1 for the convolution alone, 0 for
    /// ReLU after it.
    pub fn forward(&self, x: Tensor<4>, slope: f64) -> Tensor<4> {
        bias_leaky_relu(self.linear(x), self.bias.clone(), slope)
    }

    /// [`Conv::forward`] with reflection padding in place of zero padding.
    pub fn forward_reflected(&self, x: Tensor<4>, slope: f64) -> Tensor<4> {
        let x = reflect(x, self.window.padding[0]);
        let x = conv2d(x, self.weight.clone(), Window { padding: [0; 2], ..self.window });
        bias_leaky_relu(x, self.bias.clone(), slope)
    }

    /// The convolution without its bias.
    pub fn linear(&self, x: Tensor<4>) -> Tensor<4> {
        conv2d(x, self.weight.clone(), self.window)
    }

    /// Bias and LeakyReLU, which [`Conv::forward`] applies after [`Conv::linear`].
    pub fn finish(&self, x: Tensor<4>, slope: f64) -> Tensor<4> {
        bias_leaky_relu(x, self.bias.clone(), slope)
    }
}

/// A fully connected layer, as a convolution of images of one pixel.
#[derive(Debug, Clone)]
pub struct Dense {
    conv: Conv,
}

impl Dense {
    /// The layer with `NAME.weight [out, in]` and `NAME.bias`.
    pub fn new(weights: &mut Weights, name: &str, [input, output]: [usize; 2]) -> Self {
        let weight = weights.take(&format!("{name}.weight"), &[output, input]);
        let bias = weights.take(&format!("{name}.bias"), &[output]);
        let weight = weights.tensor_of(weight, [output, input, 1, 1]);
        let bias = weights.tensor_of(bias, [output]);
        Self { conv: Conv { weight, bias, window: Window::default() } }
    }

    /// `x [n, in]` → `[n, out]`; `slope` as in [`Conv::forward`].
    pub fn forward(&self, x: Tensor<2>, slope: f64) -> Tensor<2> {
        as_pixels(x, |x| self.conv.forward(x, slope))
    }

    /// The layer without its bias.
    pub fn linear(&self, x: Tensor<2>) -> Tensor<2> {
        as_pixels(x, |x| self.conv.linear(x))
    }
}

/// A map of images of one pixel as a map of rows.
fn as_pixels(x: Tensor<2>, map: impl FnOnce(Tensor<4>) -> Tensor<4>) -> Tensor<2> {
    let [n, input] = x.dims();
    let y = map(x.reshape([n, input, 1, 1]));
    let output = y.dims()[1];
    y.reshape([n, output])
}

/// The maximum of each window.
pub fn max_pool(x: Tensor<4>, side: usize, stride: usize, padding: usize) -> Tensor<4> {
    pool(x, Pool::Max, Windows { side, stride, padding })
}

/// `x [n, c, h, w]` → the mean over all pixels `[n, c]`.
pub fn mean_over_pixels(x: Tensor<4>) -> Tensor<2> {
    let [n, c, h, w] = x.dims();
    x.reshape([n, c, h * w]).mean_dim(2).reshape([n, c])
}

/// Pixels in `[0, 255]` normalized as for networks trained on ImageNet: in `[0, 1]`, minus the set's mean, divided by its standard
/// deviation.
pub fn imagenet(images: Tensor<4>) -> Tensor<4> {
    normalized(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
}

/// `(images / 255 − mean) / deviation`, with the values of each channel.
pub fn normalized(images: Tensor<4>, mean: [f64; 3], deviation: [f64; 3]) -> Tensor<4> {
    let device = images.device();
    let per_channel = |values: [f64; 3]| Tensor::<1>::from_floats(values, &device).reshape([1, 3, 1, 1]);
    let scale = per_channel(deviation.map(|deviation| 1.0 / (255.0 * deviation)));
    let shift = per_channel([0, 1, 2].map(|channel| mean[channel] / deviation[channel]));
    images * scale - shift
}
