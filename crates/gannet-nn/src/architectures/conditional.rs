//! Discriminators that know of classes or codes, made of any that does not.
//!
//! ```text
//! concatenation   the class as planes beside the image         Conditional GANs, Mirza and Osindero 2014, arXiv:1411.1784
//! projection      logit + ⟨V y, features⟩                      Miyato and Koyama 2018, arXiv:1802.05637, equation 3
//! classifier      a second head names the class                AC-GAN, Odena, Olah and Shlens 2016, arXiv:1610.09585
//! informer        a second head names the generator's codes,   InfoGAN, Chen et al. 2016, arXiv:1606.03657
//!                 or a network of its own
//! ```
//!
//! The generator needs nothing of its own: the class stands in its latent, as ones and zeros behind the noise and the codes.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use super::Architecture;
use super::autoencoder::Encoder;
use super::dcgan::{DcganConfig, DcganDiscriminator};
use crate::init::Init;
use crate::layers::{Linear, WeightForm, WeightKind};
use crate::{Discriminator, Mode};

/// Units between the features and what a head says.
const HIDDEN: usize = 128;
const SLOPE: f64 = 0.2;

/// How a discriminator knows of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowing {
    /// It sees the class as planes of ones and zeros.
    Concatenation,
    /// The class weighs its features.
    Projection,
    /// It names the class of what it sees, and so many continuous codes.
    Head(usize),
    /// A network of its own names both.
    Informer(DcganConfig, usize),
}

/// A discriminator that knows of classes.
#[derive(Module, Debug)]
pub struct Conditional<D: Module> {
    inner: D,
    /// `[classes, f]`, what each class weighs the features with.
    embedding: Option<Param<Tensor<2>>>,
    form: Option<WeightForm>,
    head: Option<Vec<Linear>>,
    informer: Option<DcganDiscriminator>,
    #[module(skip)]
    planes: bool,
    #[module(skip)]
    classes: usize,
    /// The classes of the images to be judged.
    #[module(skip)]
    told: Vec<usize>,
}

impl<D: Discriminator> Conditional<D> {
    /// Of `architecture`, for so many classes; weights of its own are made as `weight` says.
    pub fn new<A: Architecture<Encoder = D>>(
        architecture: A,
        knowing: Knowing,
        classes: usize,
        weight: WeightKind,
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        let planes = knowing == Knowing::Concatenation;
        let seen = if planes { architecture.beside(classes) } else { architecture };
        let inner = seen.init_discriminator(stream, device);
        let [f, h, w] = inner.feature_shape();
        let mut conditional =
            Self { inner, embedding: None, form: None, head: None, informer: None, planes, classes, told: Vec::new() };
        match knowing {
            Knowing::Concatenation => {}
            Knowing::Projection => {
                let init = weight.init(Init::glorot(1.0, f, classes));
                let embedding = init.param([classes, f], stream, device);
                conditional.form = Some(WeightForm::new(weight, &embedding.val(), 0, stream, device));
                conditional.embedding = Some(embedding);
            }
            Knowing::Head(codes) => {
                let mut layer = |sizes| Linear::with_weight(weight, sizes, stream, device);
                conditional.head = Some(vec![layer([f * h * w, HIDDEN]), layer([HIDDEN, classes + codes])]);
            }
            Knowing::Informer(network, codes) => {
                conditional.informer = Some(network.init_encoder(classes + codes, stream, device));
            }
        }
        conditional
    }

    /// A row of ones and zeros for each image, of those told.
    fn one_hot(&self, images: &Tensor<4>) -> Tensor<2> {
        let n = images.dims()[0];
        assert_eq!(n, self.told.len(), "a class for each image");
        one_hot(&self.told, self.classes, images)
    }
}

/// `[n, classes]`, beside `like`.
pub fn one_hot<const D: usize>(labels: &[usize], classes: usize, like: &Tensor<D>) -> Tensor<2> {
    let mut rows = vec![0.0_f32; labels.len() * classes];
    labels.iter().enumerate().for_each(|(row, label)| rows[row * classes + label] = 1.0);
    Tensor::from_data(TensorData::new(rows, [labels.len(), classes]), (&like.device(), like.dtype()))
}

impl<D: Discriminator> Discriminator for Conditional<D> {
    fn judge(&mut self, images: Dual<4>, mode: Mode) -> (Dual<1>, Dual<4>) {
        let [n, _, h, w] = images.dims();
        if self.planes {
            let planes = self.one_hot(&images.value).reshape([n, self.classes, 1, 1]);
            let planes = planes.expand([n, self.classes, h, w]);
            return self.inner.judge(images.cat(Dual::constant(planes), 1), mode);
        }
        let Some(embedding) = &self.embedding else { return self.inner.judge(images, mode) };
        let table = self.form.as_ref().map_or_else(|| embedding.val(), |form| form.of(embedding.val()));
        let [_, f] = table.dims();
        let weighed = self.one_hot(&images.value).matmul(table).reshape([n, f, 1, 1]);
        let (logits, features) = self.inner.judge(images, mode);
        let [_, _, h, w] = features.dims();
        // The paper's features are sums over the pixels.
        let product = features.clone().linear(|x| x * weighed.clone()).mean(&[1, 2, 3]) * (f * h * w) as f64;
        (logits + product.reshape([n]), features)
    }

    fn feature_shape(&self) -> [usize; 3] {
        self.inner.feature_shape()
    }

    fn tell(&mut self, classes: &[usize]) {
        self.told = classes.to_vec();
    }

    fn guess(&mut self, images: &Tensor<4>, features: Option<Tensor<4>>, mode: Mode) -> Option<Tensor<2>> {
        let images = Dual::constant(images.clone());
        if let Some(informer) = &mut self.informer {
            return Some(informer.encode(images, mode).0.value);
        }
        let [hidden, output] = self.head.as_deref()? else { return None };
        let features = features.map_or_else(|| self.inner.judge(images, mode).1, Dual::constant);
        let [n, f, h, w] = features.dims();
        let hidden = hidden.forward_leaky(features.reshape([n, f * h * w]), SLOPE);
        Some(output.forward(hidden).value)
    }

    fn iterate(&mut self) {
        self.inner.iterate();
        if let (Some(form), Some(embedding)) = (&mut self.form, &self.embedding) {
            form.iterate(&embedding.val());
        }
        self.head.iter_mut().flatten().for_each(Linear::iterate);
        self.informer.iter_mut().for_each(DcganDiscriminator::iterate);
    }

    fn refer(&mut self, images: &Tensor<4>) {
        self.inner.refer(images);
    }

    fn activations(&self) -> usize {
        self.inner.activations() + self.informer.as_ref().map_or(0, DcganDiscriminator::activations)
    }
}
