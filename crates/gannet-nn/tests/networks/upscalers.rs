//! Super-resolution networks under the names of SRGAN's, ESRGAN's and Real-ESRGAN's files, the style-transfer network of
//! fast_neural_style, Real-ESRGAN's discriminator and DeepFill v2, against scripts/reference/enlargers.py: results, slopes and
//! gradients.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use gannet_nn::architectures::deepfill::DeepfillConfig;
use gannet_nn::architectures::esrgan::RrdbConfig;
use gannet_nn::architectures::johnson::JohnsonConfig;
use gannet_nn::architectures::real_esrgan::{SrvggConfig, UnetDiscriminatorConfig};
use gannet_nn::architectures::srgan::SrresnetConfig;
use gannet_nn::{
    Discriminator, DiscriminatorConfig, Mode, NetworkKind, Role, Translator, TranslatorConfig, TranslatorVisitor,
    parameter_count,
};
use gannet_ops::random::Stream;
use gannet_weights::{NamedTensor, collect, load};

use crate::foreign_file::{check, file};
use crate::reference::{Reference, training};

fn stream() -> Stream {
    Stream::new(0, "replaced by the file", 0)
}

/// Each tensor under its own name.
fn own_names<M: Module>(network: &M) -> BTreeMap<String, String> {
    collect(network).into_iter().map(|tensor| (tensor.name.clone(), tensor.name)).collect()
}

/// Loads the tensors of a case's file into the network that it was recognized as, and compares the two.
struct Case<'a> {
    reference: &'a Reference,
    case: &'a str,
    mode: Mode,
    tensors: Vec<NamedTensor>,
    names: BTreeMap<String, String>,
}

impl TranslatorVisitor for Case<'_> {
    type Output = ();

    fn visit<C: TranslatorConfig>(self, config: C) {
        let Self { reference, case, mode, tensors, names } = self;
        let network = load(config.init(&mut stream(), &training()), tensors).unwrap();
        // The projects of super-resolution have images in [0, 1].
        let unit_range = C::ROLE == Role::Upscaler;
        check(reference, case, network, &names, |network, images: Tensor<4>| match unit_range {
            true => network.translate(images * 2.0 - 1.0, mode, None) * 0.5 + 0.5,
            false => network.translate(images, mode, None),
        });
    }
}

#[test]
fn networks_equal_pytorch_by_their_projects_names() {
    let reference = Reference::read("enlargers");
    for (case, kind, mode) in [
        ("srresnet-2-x4", NetworkKind::Srresnet, Mode::Eval),
        ("srresnet-2-x2", NetworkKind::Srresnet, Mode::Train),
        ("rrdb-2-x4", NetworkKind::Rrdb, Mode::Eval),
        ("rrdb-1-x2", NetworkKind::Rrdb, Mode::Eval),
        ("rrdb-old-2-x4", NetworkKind::Rrdb, Mode::Eval),
        ("compact-3-x4", NetworkKind::Srvgg, Mode::Eval),
        ("compact-2-x2", NetworkKind::Srvgg, Mode::Eval),
        ("painter-2", NetworkKind::Johnson, Mode::Eval),
    ] {
        let (found, names) = file("enlargers", case);
        assert_eq!(found.config.kind(), Some(kind), "{case}");
        let case = Case { reference: &reference, case, mode, tensors: found.tensors, names };
        found.config.visit_translator(case).unwrap();
    }
}

#[test]
fn the_discriminator_with_a_logit_a_pixel_equals_pytorch() {
    let reference = Reference::read("enlargers");
    let discriminator = UnetDiscriminatorConfig::new(16).with_width(4).init(&mut stream(), &training());
    let discriminator = reference.seed(discriminator, "unet-judge.discriminator.");
    let names = own_names(&discriminator);
    check(&reference, "unet-judge", discriminator, &names, |discriminator, images: Tensor<4>| {
        let [n, _, h, w] = images.dims();
        discriminator.logits(images, &[], Mode::Train).reshape([n, 1, h, w])
    });
}

/// The holes of the scripts' images.
pub fn holes(images: &Tensor<4>) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let missing = |at: usize| {
        let (image, y, x) = (at / (h * w), at / w % h, at % w);
        (4 + image..14 + image).contains(&y) && (8 * image..8 * image + 9).contains(&x)
    };
    let values: Vec<f32> = (0..n * h * w).map(|at| f32::from(u8::from(missing(at)))).collect();
    Tensor::from_data(TensorData::new(values, [n, 1, h, w]), &images.device())
}

#[test]
fn gated_convolutions_and_contextual_attention_equal_pytorch() {
    let reference = Reference::read("enlargers");
    let network = DeepfillConfig::new().with_stages(2).with_width(4).init(&mut stream(), &training());
    let network = reference.seed(network, "gated-2.generator.");
    let names = own_names(&network);
    check(&reference, "gated-2", network, &names, |network, images: Tensor<4>| {
        let hole = holes(&images);
        network.translate(Tensor::cat(vec![images, hole], 1), Mode::Train, None)
    });
}

/// As many parameters as ESRGAN and Real-ESRGAN publish.
#[test]
fn parameters_are_as_many_as_the_papers_networks_have() {
    let (stream, device) = (&mut stream(), &training());
    assert_eq!(parameter_count(&SrresnetConfig::new(4).init(stream, device)), 1_549_462);
    assert_eq!(parameter_count(&RrdbConfig::new(4).init(stream, device)), 16_697_987);
    assert_eq!(parameter_count(&JohnsonConfig::new().init(stream, device)), 1_679_235);
    assert_eq!(parameter_count(&SrvggConfig::new(4).init(stream, device)), 1_213_296);
}
