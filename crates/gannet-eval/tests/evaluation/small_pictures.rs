//! Pictures of few pixels: each metric has a value for them, or refuses them in words that name the size.

use std::path::{Path, PathBuf};

use burn::tensor::{Tensor, TensorData};
use gannet_choice::Choice;
use gannet_data::Fit;
use gannet_eval::{
    Compares, Conventions, DataSelection, EvalError, EvaluationImages, FeatureExtractor, ImageCount, Labels,
    LatentPaths, MetricKind, PairRequest, Pairing, PerceptualDistance, Reference, Request, evaluate, evaluate_pairs,
};
use gannet_ops::device::device;
use gannet_weights::{Known, NamedTensor, safetensors_bytes};
use image::{Rgb, RgbImage};

use crate::seeded::uniform;

const SIDES: [usize; 4] = [1, 7, 16, 31];

fn none(_: &Known) -> Result<PathBuf, EvalError> {
    unreachable!("nothing is fetched")
}

fn write(path: &Path, shapes: &[(String, Vec<usize>)]) {
    let tensor = |(name, shape): &(String, Vec<usize>)| NamedTensor {
        name: name.clone(),
        values: uniform(name, shape.iter().product()).map(|u| u as f32 - 0.4).collect(),
        shape: shape.clone(),
    };
    std::fs::write(path, safetensors_bytes(&shapes.iter().map(tensor).collect::<Vec<_>>(), "")).unwrap();
}

/// The name of LPIPS with networks of the forms of VGG16 or AlexNet, of few channels, in files of `folder`.
fn lpips(folder: &Path, word: &str) -> String {
    let (places, kernels): (&[usize], fn(usize) -> usize) = match word {
        "vgg" => (&[0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28], |_| 3),
        _ => (&[0, 3, 6, 8, 10], |number| [11, 5, 3, 3, 3][number]),
    };
    let conv = |(number, place): (usize, &usize)| {
        let (input, kernel) = (if number == 0 { 3 } else { 2 }, kernels(number));
        let weight = (format!("features.{place}.weight"), vec![2, input, kernel, kernel]);
        [weight, (format!("features.{place}.bias"), vec![2])]
    };
    let [trunk, lin] = ["trunk", "lin"].map(|part| folder.join(format!("{word}-{part}.safetensors")));
    write(&trunk, &places.iter().enumerate().flat_map(conv).collect::<Vec<_>>());
    write(&lin, &(0..5).map(|at| (format!("lin{at}.model.1.weight"), vec![1, 2, 1, 1])).collect::<Vec<_>>());
    format!("{word}:{},{}", trunk.display(), lin.display())
}

/// Fails unless the result is a number or a refusal with a remedy.
fn check(what: &str, side: usize, result: Result<Vec<f64>, EvalError>) {
    match result {
        Ok(values) => assert!(values.iter().all(|value| !value.is_nan()), "{what} of {side} pixels: {values:?}"),
        Err(error) => {
            let text = error.to_string();
            let named = ["pixels", "give", "ask for"].iter().any(|word| text.contains(word));
            assert!(named, "{what} of {side} pixels: {text}");
        }
    }
}

#[test]
fn metrics_of_sets_measure_small_pictures_or_refuse_them() {
    let (folder, device) = (tempfile::tempdir().unwrap(), device("cpu").unwrap());
    let extractor = FeatureExtractor::open("cifar", None, &none, &device).unwrap();
    let perceptual = PerceptualDistance::open(&lpips(folder.path(), "alex"), &none, &device).unwrap();
    for side in SIDES {
        let draw = |first: usize, n: usize| {
            let pixels = |number: usize| uniform(&format!("image {number}"), 3 * side * side).collect::<Vec<_>>();
            let values: Vec<f32> = (first..first + n).flat_map(pixels).map(|u| (2.0 * u - 1.0) as f32).collect();
            Tensor::<4>::from_data(TensorData::new(values, [n, 3, side, side]), &device)
        };
        let labels = || Labels {
            class_names: vec!["a".into(), "b".into()],
            classes: (0..12).map(|number| number % 2).collect(),
            arbitrary: false,
        };
        let set = || EvaluationImages::generated("a generator".into(), &draw, Fit::Crop).with_labels(labels());
        let reference = Reference::new(set());
        let request = Request {
            count: ImageCount::at_most(12),
            reference_count: ImageCount::at_most(12),
            seed: 0,
            conventions: Conventions::default(),
            extractor: extractor.as_ref(),
            perceptual: Some(&perceptual),
            latent_paths: None,
            device: &device,
        };
        let of_sets = |kind: &&MetricKind| matches!(kind.compares(), Compares::Images | Compares::Sets);
        for metric in MetricKind::ALL.iter().filter(of_sets) {
            let found = evaluate(&set(), Some(&reference), &[*metric], &request, &|_, _, _| {});
            let values = found.map(|found| found.measurements.into_iter().flat_map(|one| one.values).collect());
            check(metric.word(), side, values);
        }
    }
}

#[test]
fn diversity_and_path_length_say_that_they_enlarge_small_pictures() {
    let (folder, device) = (tempfile::tempdir().unwrap(), device("cpu").unwrap());
    let perceptual = PerceptualDistance::open(&lpips(folder.path(), "alex"), &none, &device).unwrap();
    let warnings = |metric: MetricKind, side: usize| {
        let draw = |first: usize, n: usize| Tensor::<4>::full([n, 3, side, side], first as f32 / 8.0, &device);
        let generate = |latents: Tensor<2>| {
            let n = latents.dims()[0];
            latents.narrow(1, 0, 1).reshape([n, 1, 1, 1]).expand([n, 3, side, side])
        };
        let paths = LatentPaths { latent_size: 8, generate: &generate, device: &device };
        let set = EvaluationImages::generated("a generator".into(), &draw, Fit::Crop);
        let request = Request {
            count: ImageCount::at_most(4),
            reference_count: ImageCount::at_most(4),
            seed: 0,
            conventions: Conventions::default(),
            extractor: None,
            perceptual: Some(&perceptual),
            latent_paths: Some(&paths),
            device: &device,
        };
        evaluate(&set, None, &[metric], &request, &|_, _, _| {}).unwrap().warnings
    };
    for metric in [MetricKind::Diversity, MetricKind::PathLength] {
        let small = warnings(metric, 28);
        assert!(small.iter().any(|line| line.contains("images of 28×28 pixels are enlarged to 64×64")), "{small:?}");
        assert!(!warnings(metric, 64).iter().any(|line| line.contains("enlarged")));
    }
}

/// A folder `a` with a picture of `side` pixels, and `b` with another one.
fn folders(folder: &Path, side: usize) {
    for (name, shift) in [("a", 0), ("b", 9)] {
        let color = |x: u32, y: u32| Rgb([(x * 5 + shift) as u8, (y * 3) as u8, ((x + y) * 2) as u8]);
        std::fs::create_dir_all(folder.join(name)).unwrap();
        RgbImage::from_fn(side as u32, side as u32, color).save(folder.join(name).join("one.png")).unwrap();
    }
}

fn measure(folder: &Path, metric: MetricKind, perceptual: &str, border: usize) -> Result<Vec<f64>, EvalError> {
    let path = |name: &str| folder.join(name).display().to_string();
    let request = PairRequest {
        images: path("a"),
        partners: path("b"),
        selection: DataSelection::default(),
        metrics: vec![metric],
        pairing: Pairing { palette: vec![[0; 3], [255; 3]], border, ..Pairing::default() },
        perceptual: perceptual.into(),
        seed: 0,
        like: None,
    };
    let found = evaluate_pairs(&request, &none, &device("cpu").unwrap(), &|_, _, _| {});
    Ok(found?.measurements.into_iter().flat_map(|one| one.values).collect())
}

#[test]
fn metrics_of_pairs_measure_small_pictures_or_refuse_them() {
    let folder = tempfile::tempdir().unwrap();
    let networks = ["alex", "vgg"].map(|word| lpips(folder.path(), word));
    for side in SIDES {
        folders(folder.path(), side);
        let of_pairs = |kind: &&MetricKind| kind.compares() == Compares::Pairs;
        for metric in MetricKind::ALL.iter().filter(of_pairs) {
            for border in [0, 3, 20] {
                check(metric.word(), side, measure(folder.path(), *metric, &networks[0], border));
            }
        }
    }
    // The least sides are the networks' own.
    for (network, smallest) in networks.iter().zip([31, 16]) {
        let lpips = |side: usize, border: usize| {
            folders(folder.path(), side);
            measure(folder.path(), MetricKind::Lpips, network, border)
        };
        let refused = lpips(smallest - 1, 0).unwrap_err().to_string();
        assert!(refused.contains(&format!("at least {smallest}×{smallest} pixels")), "{refused}");
        assert!(lpips(smallest, 0).is_ok());
        assert!(lpips(smallest + 1, 1).is_err(), "without the border it is too small");
    }
}

/// `--border` leaves pixels out of LPIPS, too: a difference in the border alone is no distance.
#[test]
fn lpips_does_not_see_the_border() {
    let folder = tempfile::tempdir().unwrap();
    let network = lpips(folder.path(), "vgg");
    for (name, edge) in [("a", 0), ("b", 250)] {
        let color = |x: u32, y: u32| if x < 2 { Rgb([edge; 3]) } else { Rgb([(x * 5) as u8, (y * 3) as u8, 7]) };
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
        RgbImage::from_fn(32, 32, color).save(folder.path().join(name).join("one.png")).unwrap();
    }
    let distance = |border| measure(folder.path(), MetricKind::Lpips, &network, border).unwrap()[0];
    assert!(distance(0) > 0.0);
    assert_eq!(distance(2), 0.0);
}
