//! Networks that make images larger, by the names of SRGAN's, ESRGAN's and Real-ESRGAN's files, Real-ESRGAN's judge and the gated
//! network, against scripts/reference/enlargers.py: results, slopes and gradients.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use gannet_nn::architectures::deepfill::DeepfillConfig;
use gannet_nn::architectures::esrgan::RrdbConfig;
use gannet_nn::architectures::johnson::JohnsonConfig;
use gannet_nn::architectures::real_esrgan::{CompactConfig, UnetJudgeConfig};
use gannet_nn::architectures::srgan::SrresnetConfig;
use gannet_nn::{Discriminator, Mode, Translator, parameter_count};
use gannet_ops::random::Stream;
use gannet_weights::{Layout, collect, load};

use crate::brought::{check, file};
use crate::common::{Reference, training};

fn stream() -> Stream {
    Stream::new(0, "replaced by the file", 0)
}

/// The projects' images lie in `[0, 1]`.
fn enlarged(network: &mut impl Translator, images: Tensor<4>, mode: Mode) -> Tensor<4> {
    network.translate(images * 2.0 - 1.0, mode, None) * 0.5 + 0.5
}

/// Each tensor under its own name.
fn own_names<M: Module>(network: &M) -> BTreeMap<String, String> {
    collect(network).into_iter().map(|tensor| (tensor.name.clone(), tensor.name)).collect()
}

#[test]
fn networks_equal_pytorch_by_their_projects_names() {
    let reference = Reference::read("enlargers");
    for (case, mode) in [
        ("srresnet-2-x4", Mode::Eval),
        ("srresnet-2-x2", Mode::Train),
        ("rrdb-2-x4", Mode::Eval),
        ("rrdb-1-x2", Mode::Eval),
        ("rrdb-old-2-x4", Mode::Eval),
        ("compact-3-x4", Mode::Eval),
        ("compact-2-x2", Mode::Eval),
        ("painter-2", Mode::Eval),
    ] {
        let (layout, tensors, names) = file("enlargers", case);
        match layout {
            Layout::Srresnet { channels, scale, blocks, width } => {
                let config = SrresnetConfig::new(scale).with_channels(channels).with_blocks(blocks).with_width(width);
                let network = load(config.init(&mut stream(), &training()), tensors).unwrap();
                check(&reference, case, network, &names, |network, images| enlarged(network, images, mode));
            }
            Layout::Rrdb { channels, scale, blocks, width, growth } => {
                let config = RrdbConfig::new(scale).with_channels(channels).with_blocks(blocks);
                let network = load(config.with_width(width, growth).init(&mut stream(), &training()), tensors).unwrap();
                check(&reference, case, network, &names, |network, images| enlarged(network, images, mode));
            }
            Layout::Compact { channels, scale, layers, width } => {
                let config = CompactConfig::new(scale).with_channels(channels).with_layers(layers).with_width(width);
                let network = load(config.init(&mut stream(), &training()), tensors).unwrap();
                check(&reference, case, network, &names, |network, images| enlarged(network, images, mode));
            }
            Layout::Johnson { blocks, width } => {
                let config = JohnsonConfig::new().with_blocks(blocks).with_width(width);
                let network = load(config.init(&mut stream(), &training()), tensors).unwrap();
                check(&reference, case, network, &names, |network, images: Tensor<4>| {
                    network.translate(images, mode, None)
                });
            }
            other => panic!("{case} is taken for {other:?}"),
        }
    }
}

#[test]
fn the_judge_with_a_logit_a_pixel_equals_pytorch() {
    let reference = Reference::read("enlargers");
    let judge = UnetJudgeConfig::new(16).with_width(4).init(&mut stream(), &training());
    let judge = reference.seed(judge, "unet-judge.discriminator.");
    let names = own_names(&judge);
    check(&reference, "unet-judge", judge, &names, |judge, images: Tensor<4>| {
        let [n, _, h, w] = images.dims();
        judge.logits(images, Mode::Train).reshape([n, 1, h, w])
    });
}

/// Where the script says that images have holes.
fn holes(images: &Tensor<4>) -> Tensor<4> {
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

/// As ESRGAN and Real-ESRGAN publish them.
#[test]
fn parameters_are_as_many_as_the_papers_networks_have() {
    let (stream, device) = (&mut stream(), &training());
    assert_eq!(parameter_count(&SrresnetConfig::new(4).init(stream, device)), 1_549_462);
    assert_eq!(parameter_count(&RrdbConfig::new(4).init(stream, device)), 16_697_987);
    assert_eq!(parameter_count(&JohnsonConfig::new().init(stream, device)), 1_679_235);
    assert_eq!(parameter_count(&CompactConfig::new(4).init(stream, device)), 1_213_296);
}
