//! From image files to numbers, against torch-fidelity, prdc and clean-fid on the same files and the same weights.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use burn::tensor::Device;
use gannet_data::{Pixels, Split};
use gannet_eval::{
    Conventions, EvaluationImages, FeatureExtractor, ImageCount, MetricKind, Reference, Request, ResizeKind, evaluate,
};
use gannet_metrics::{Features, Moments, frechet_distance, inception_score, kid, prdc};
use gannet_nn::extractors::frozen::Weights;
use gannet_nn::extractors::inception::{Inception, Kind};
use gannet_ops::device::device;
use gannet_weights::{NamedTensor, safetensors_bytes};
use serde_json::Value;

use crate::seeded::{image, path, values};

const SIZE: [usize; 2] = [40, 48];
const CLASSES: usize = 1008;

fn save(folder: &Path, first: usize, count: usize) -> Vec<Pixels> {
    std::fs::create_dir(folder).unwrap();
    let images = (first..first + count).map(|number| image(number, SIZE[0], SIZE[1]));
    let saved = images.enumerate().map(|(at, image)| {
        let rgb = image::RgbImage::from_raw(SIZE[1] as u32, SIZE[0] as u32, image.data.clone()).unwrap();
        rgb.save(folder.join(format!("{at:04}.png"))).unwrap();
        image
    });
    saved.collect()
}

/// A file of seeded weights with the names and shapes that Inception asks for.
pub fn weights(file: &Path, device: &Device) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let record = asked.clone();
    let seeded = move |name: &str, shape: &[usize]| {
        let values = values(name, shape);
        record.borrow_mut().push(NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values: values.clone() });
        values
    };
    Inception::new(Kind::Fid, Weights::from_fn(seeded, device)).unwrap();
    std::fs::write(file, safetensors_bytes(&asked.borrow(), "")).unwrap();
}

fn extractor(file: &Path, resize: Option<ResizeKind>, device: &Device) -> FeatureExtractor {
    let name = format!("inception:{}", file.display());
    let none = |_: &gannet_weights::Known| unreachable!("the file is given");
    FeatureExtractor::open(&name, resize, &none, device).unwrap().unwrap()
}

fn moments(features: &[f32]) -> Moments {
    let mut moments = Moments::new(Inception::FEATURES);
    moments.add(features);
    moments
}

fn indices(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|index| index.as_u64().unwrap() as usize).collect()
}

pub fn assert_near(what: &str, found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{what}: {found} instead of {expected}");
}

#[test]
fn two_folders_get_the_numbers_of_the_field_s_programs() {
    let file: Value = serde_json::from_slice(&std::fs::read(path("fidelity.json")).unwrap()).unwrap();
    let device = device("cpu").unwrap();
    let place = tempfile::tempdir().unwrap();
    let weights_file = place.path().join("inception.safetensors");
    weights(&weights_file, &device);
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    let (fake, real) = (save(&one, 0, 120), save(&two, 1000, 150));
    let tf1 = extractor(&weights_file, None, &device);
    let (a, b) = (tf1.extract(&fake, false), tf1.extract(&real, false));

    let exact = &file["float64"];
    let distance = frechet_distance(&moments(&a.features), &moments(&b.features)).unwrap();
    assert_near("FID", distance, &exact["frechet"], 1e-4);
    assert_near("torch-fidelity's FID", distance, &file["torch_fidelity"]["frechet_inception_distance"], 1e-4);
    let score = inception_score(&a.logits, CLASSES, 10, &indices(&file["isc_order"])).unwrap();
    assert_near("IS", score.mean, &file["torch_fidelity"]["inception_score_mean"], 1e-5);
    let (a, b) = (Features::new(Inception::FEATURES, a.features), Features::new(Inception::FEATURES, b.features));
    let subsets: Vec<_> =
        file["kid_subsets"].as_array().unwrap().iter().map(|s| (indices(&s[0]), indices(&s[1]))).collect();
    let found = kid(&a, &b, &subsets).unwrap();
    assert_near("KID", found.mean, &exact["kid_mean"], 1e-4);
    let balls = prdc(&b, &a, 3).unwrap();
    assert_near("precision", balls.precision, &exact["prdc"]["precision"], 0.0);
    assert_near("recall", balls.recall, &exact["prdc"]["recall"], 0.0);
    assert_near("density", balls.density, &exact["prdc"]["density"], 1e-12);
    assert_near("coverage", balls.coverage, &exact["prdc"]["coverage"], 1e-12);

    // The same from the files, as the command does it.
    let images = |folder: &Path| {
        let source = gannet_data::open(folder.to_str().unwrap(), Split::Train, 0, 32).unwrap();
        EvaluationImages::stored(folder.display().to_string(), source)
    };
    let request = Request {
        count: ImageCount::at_most(30),
        reference_count: ImageCount::at_most(40),
        seed: 0,
        conventions: Conventions::default(),
        extractor: Some(&tf1),
        perceptual: None,
        latent_paths: None,
        device: &device,
    };
    let reference = Reference::new(images(&two));
    let evaluation = evaluate(&images(&one), Some(&reference), &[MetricKind::Fid], &request, &|_, _, _| {}).unwrap();
    let first = |features: &Features, count| moments(&features.values()[..count * Inception::FEATURES]);
    assert_eq!(evaluation.value("fid"), Some(frechet_distance(&first(&a, 30), &first(&b, 40)).unwrap()));
    assert!(evaluation.warnings.iter().any(|text| text.contains("2048 features")), "{:?}", evaluation.warnings);

    // clean-fid's, and pytorch-fid's, which clean-fid calls legacy_pytorch.
    for (name, resize) in [("clean", ResizeKind::Clean), ("legacy_pytorch", ResizeKind::Bilinear)] {
        let extractor = extractor(&weights_file, Some(resize), &device);
        let (a, b) = (extractor.extract(&fake, false), extractor.extract(&real, false));
        let distance = frechet_distance(&moments(&a.features), &moments(&b.features)).unwrap();
        assert_near(name, distance, &file["clean_fid"][name]["exact"], 1e-4);
    }
}

#[test]
fn features_of_an_image_depend_neither_on_its_batch_nor_on_the_thread() {
    let device = device("cpu").unwrap();
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    let extractor = FeatureExtractor::open("cifar", None, &none, &device).unwrap().unwrap();
    let images: Vec<Pixels> = (0..70).map(|number| image(number, 33, 47)).collect();
    let together = extractor.extract(&images, false);
    let dims = extractor.features();
    for at in [0, 3, 69] {
        let alone = extractor.extract(&images[at..=at], false);
        assert!(alone.features == together.features[at * dims..][..dims], "image {at}");
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let elsewhere = pool.install(|| {
        let device = gannet_ops::device::device("cpu").unwrap();
        let extractor = FeatureExtractor::open("cifar", None, &none, &device).unwrap().unwrap();
        extractor.extract(&images, false).features
    });
    assert!(elsewhere == together.features);
}
