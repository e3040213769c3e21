//! Class-conditional discriminators, and discriminators that predict classes or codes, built from any unconditional one.
//!
//! ```text
//! concatenation   the class as one-hot planes beside the image       Conditional GANs, Mirza and Osindero 2014, arXiv:1411.1784
//! projection      logit + ⟨V y, features⟩                            Miyato and Koyama 2018, arXiv:1802.05637, equation 3
//! auxiliary       a second head predicts the class                   AC-GAN, Odena, Olah and Shlens 2016, arXiv:1610.09585
//! info            a second head, or a separate Q network, predicts   InfoGAN, Chen et al. 2016, arXiv:1606.03657
//!                 the generator's categories and codes
//! ```
//!
//! The generator needs no change: the class is part of its latent, one-hot after the noise and the codes.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_choice::choice;
use gannet_ops::dual::Dual;
use gannet_ops::labels::one_hot;
use gannet_ops::random::Stream;

use super::dcgan::{DcganConfig, DcganDiscriminator};
use crate::init::Init;
use crate::layers::{Linear, WeightForm, WeightKind};
use crate::mode::Mode;
use crate::network::{Discriminator, DiscriminatorOutput, Encoder};
use crate::registry::Architecture;

/// Hidden units of the second head.
const HIDDEN: usize = 128;
/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;

choice! {
    /// How the networks use classes.
    #[default = None]
    ConditionKind {
        /// Not at all.
        None = "none",
        /// The discriminator sees the class as planes beside the image: cGAN (Mirza and Osindero 2014, arXiv:1411.1784).
        Concatenation = "concatenation",
        /// The class weights the discriminator's features (Miyato and Koyama 2018, arXiv:1802.05637).
        Projection = "projection",
        /// The discriminator predicts the class: AC-GAN (Odena et al. 2016, arXiv:1610.09585).
        Auxiliary = "auxiliary",
        /// The discriminator predicts categories and codes that the generator drew: InfoGAN (Chen et al. 2016, arXiv:1606.03657).
        Info = "info",
    }
}

impl ConditionKind {
    /// What a discriminator of this kind is built with: `codes` is the number of continuous codes, `q_network` the separate
    /// network of InfoGAN, where there is one. `None` for an unconditional discriminator.
    pub fn conditioning(self, codes: usize, q_network: Option<DcganConfig>) -> Option<Conditioning> {
        match (self, q_network) {
            (Self::None, _) => None,
            (Self::Concatenation, _) => Some(Conditioning::Concatenation),
            (Self::Projection, _) => Some(Conditioning::Projection),
            (Self::Auxiliary, _) => Some(Conditioning::Head { codes: 0 }),
            (Self::Info, None) => Some(Conditioning::Head { codes }),
            (Self::Info, Some(network)) => Some(Conditioning::QNetwork { network, codes }),
        }
    }
}

/// What a [`Conditional`] discriminator does with classes and codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conditioning {
    /// It sees the class as planes of ones and zeros beside the image.
    Concatenation,
    /// The class weights its features.
    Projection,
    /// A second head on its features predicts the class and the codes.
    Head {
        /// Number of continuous codes.
        codes: usize,
    },
    /// A separate network predicts the class and the codes.
    QNetwork {
        /// The separate network.
        network: DcganConfig,
        /// Number of continuous codes.
        codes: usize,
    },
}

/// A discriminator that uses classes.
#[derive(Module, Debug)]
pub struct Conditional<D: Module> {
    inner: D,
    /// `[classes, f]`, the weights of the features by class.
    embedding: Option<Param<Tensor<2>>>,
    form: Option<WeightForm>,
    head: Option<Vec<Linear>>,
    /// The Q network. The field's name is part of the names of tensors in checkpoints.
    informer: Option<DcganDiscriminator>,
    /// Whether classes are planes beside the image.
    #[module(skip)]
    planes: bool,
    #[module(skip)]
    classes: usize,
}

impl<D: Discriminator> Conditional<D> {
    /// A conditional discriminator from that of `architecture`, for `classes` classes. Additional layers have weights of the form
    /// `weight`.
    pub fn new<A: Architecture<Encoder = D>>(
        architecture: A,
        conditioning: Conditioning,
        classes: usize,
        weight: WeightKind,
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        let planes = conditioning == Conditioning::Concatenation;
        let architecture = if planes { architecture.with_extra_channels(classes) } else { architecture };
        let inner = architecture.init_discriminator(stream, device);
        let [f, h, w] = inner.feature_shape();
        let mut conditional = Self { inner, embedding: None, form: None, head: None, informer: None, planes, classes };
        match conditioning {
            Conditioning::Concatenation => {}
            Conditioning::Projection => {
                let init = weight.init(Init::glorot(1.0, f, classes));
                let embedding = init.param([classes, f], stream, device);
                conditional.form = Some(WeightForm::new(weight, &embedding.val(), 0, stream, device));
                conditional.embedding = Some(embedding);
            }
            Conditioning::Head { codes } => {
                let mut layer = |sizes| Linear::with_weight(weight, sizes, stream, device);
                conditional.head = Some(vec![layer([f * h * w, HIDDEN]), layer([HIDDEN, classes + codes])]);
            }
            Conditioning::QNetwork { network, codes } => {
                conditional.informer = Some(network.init_encoder(classes + codes, stream, device));
            }
        }
        conditional
    }

    /// `[n, classes]`, the labels of `images` as one-hot rows.
    fn one_hot(&self, labels: &[usize], images: &Tensor<4>) -> Tensor<2> {
        let n = images.dims()[0];
        assert_eq!(n, labels.len(), "a conditional discriminator needs a label for each image");
        one_hot(labels, self.classes, images)
    }
}

impl<D: Discriminator> Discriminator for Conditional<D> {
    fn forward(&mut self, images: Dual<4>, labels: &[usize], mode: Mode) -> DiscriminatorOutput {
        let [n, _, h, w] = images.dims();
        if self.planes {
            let planes = self.one_hot(labels, &images.value).reshape([n, self.classes, 1, 1]);
            let planes = planes.expand([n, self.classes, h, w]);
            return self.inner.forward(images.cat(Dual::constant(planes), 1), &[], mode);
        }
        let Some(embedding) = &self.embedding else { return self.inner.forward(images, &[], mode) };
        let table = self.form.as_ref().map_or_else(|| embedding.val(), |form| form.apply(embedding.val()));
        let [_, f] = table.dims();
        let weights = self.one_hot(labels, &images.value).matmul(table).reshape([n, f, 1, 1]);
        let DiscriminatorOutput { logits, features } = self.inner.forward(images, &[], mode);
        let [_, _, h, w] = features.dims();
        // The paper's features are sums over the pixels.
        let product = features.clone().linear(|x| x * weights.clone()).mean(&[1, 2, 3]) * (f * h * w) as f64;
        DiscriminatorOutput { logits: logits + product.reshape([n]), features }
    }

    fn predict(&mut self, images: &Tensor<4>, features: Option<Tensor<4>>, mode: Mode) -> Option<Tensor<2>> {
        let images = Dual::constant(images.clone());
        if let Some(q_network) = &mut self.informer {
            return Some(q_network.encode(images, mode).0.value);
        }
        let [hidden, output] = self.head.as_deref()? else { return None };
        let features = features.map_or_else(|| self.inner.forward(images, &[], mode).features, Dual::constant);
        let [n, f, h, w] = features.dims();
        let hidden = hidden.forward_leaky(features.reshape([n, f * h * w]), SLOPE);
        Some(output.forward(hidden).value)
    }

    fn power_iterate(&mut self) {
        self.inner.power_iterate();
        if let (Some(form), Some(embedding)) = (&mut self.form, &self.embedding) {
            form.power_iterate(&embedding.val());
        }
        self.head.iter_mut().flatten().for_each(Linear::power_iterate);
        self.informer.iter_mut().for_each(DcganDiscriminator::power_iterate);
    }

    fn set_reference_batch(&mut self, images: &Tensor<4>) {
        self.inner.set_reference_batch(images);
    }

    fn feature_shape(&self) -> [usize; 3] {
        self.inner.feature_shape()
    }

    fn activations(&self) -> usize {
        self.inner.activations() + self.informer.as_ref().map_or(0, DcganDiscriminator::activations)
    }
}
