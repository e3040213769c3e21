//! The conventions of other packages, on features, logits and pictures by formula: scripts/reference/packages.py.

mod common;

use std::path::Path;

use common::{assert_close, numbers};
use gannet_metrics::{
    Balls, Deviation, Features, Halving, MersenneTwister, Parts, Places, Plane, Splits, SsimForm, SubsetPair, Window,
    draw_subsets, inception_score_of, kid, prdc_in, psnr,
};
use serde_json::Value;

#[allow(dead_code, reason = "it also makes weights")]
#[path = "../../gannet-nn/tests/networks/seeded.rs"]
mod seeded;

fn packages() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/packages.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn twister(file: &Value) -> MersenneTwister {
    MersenneTwister::new(file["seed"].as_u64().unwrap() as u32)
}

fn draw(name: &str, count: usize) -> Vec<f64> {
    seeded::uniform(&format!("packages.{name}"), count).collect()
}

/// The features of the images and of the reference.
fn features() -> [Features; 2] {
    let fake = draw("fake", 1050 * 16).iter().map(|u| *u as f32).collect();
    let real = draw("real", 1100 * 16).iter().map(|u| (0.9 * u + 0.07) as f32).collect();
    [fake, real].map(|values| Features::new(16, values))
}

/// The first three features of the first 200 images, rounded to eighths.
fn grid(set: &Features) -> Features {
    let eighth = |value: &f32| (value * 8.0).round_ties_even() / 8.0;
    Features::new(3, set.rows().take(200).flat_map(|row| row[..3].iter().map(eighth)).collect())
}

#[test]
fn kernel_distances_are_those_of_the_subsets_that_packages_draw() {
    let file = packages();
    let [fake, real] = features();
    let sizes = |size: usize| {
        move |images: usize, reference: usize, draw: &mut dyn FnMut(usize) -> Vec<usize>| {
            draw_subsets(images, reference, 100, size, draw).unwrap()
        }
    };
    let swapped = |pairs: Vec<SubsetPair>| pairs.into_iter().map(|(a, b)| (b, a)).collect::<Vec<_>>();
    let (mut first, mut second, mut third, mut fourth) =
        (twister(&file), twister(&file), twister(&file), twister(&file));
    let thousand = sizes(1000);
    let subsets = [
        ("torch-fidelity", thousand(1050, 1100, &mut |count| first.numpy_permutation(count))),
        ("clean-fid", swapped(thousand(1100, 1050, &mut |count| second.numpy_permutation(count)))),
        ("torchmetrics", swapped(thousand(1100, 1050, &mut |count| third.torch_permutation(count)))),
        ("piq", draw_subsets(1050, 1100, 1, 1050, &mut |count| fourth.torch_permutation(count)).unwrap()),
    ];
    for (package, subsets) in subsets {
        let found = kid(&fake, &real, &subsets).unwrap();
        match &file["features"][package]["kid"] {
            Value::Array(both) => {
                assert_close(found.mean, both[0].as_f64().unwrap(), 1e-6, package);
                assert_close(found.std, both[1].as_f64().unwrap(), 1e-6, package);
            }
            mean => assert_close(found.mean, mean.as_f64().unwrap(), 1e-6, package),
        }
    }
}

#[test]
fn precision_and_recall_have_closed_or_open_balls() {
    let file = packages();
    let [fake, real] = features().map(|set| grid(&set));
    let found = |balls, k| prdc_in(balls, &real, &fake, k).unwrap();
    let (closed, open) = (found(Balls::Closed, 3), found(Balls::Open, 3));
    let assert_equal = |found: &[f64], package: &str, metric: &str| {
        let expected = numbers(&file["features"][package][metric]);
        assert_eq!(found.len(), expected.len());
        found.iter().zip(&expected).for_each(|(a, b)| assert_close(*a, *b, 1e-7, &format!("{package}'s {metric}")));
    };
    assert_equal(&[closed.precision, closed.recall], "torch-fidelity", "pr");
    assert_equal(&[open.precision, open.recall], "prdc", "pr");
    let all = found(Balls::Open, 5);
    assert_equal(&[all.precision, all.recall, all.density, all.coverage], "prdc", "prdc");
}

#[test]
fn inception_scores_are_those_of_the_splits_that_packages_make() {
    let file = packages();
    let logits: Vec<f32> = draw("logits", 53 * 7).iter().map(|u| (6.0 * u) as f32).collect();
    let sample = |parts| Splits { count: 10, parts, deviation: Deviation::Sample };
    for (package, splits, order) in [
        ("torch-fidelity", Splits::even(10), twister(&file).numpy_permutation(53)),
        ("torchmetrics", sample(Parts::Chunks), twister(&file).torch_permutation(53)),
        ("piq", sample(Parts::Floor), (0..53).collect()),
    ] {
        let found = inception_score_of(&logits, 7, splits, &order).unwrap();
        let expected = numbers(&file["scores"][package]);
        // piq adds up in f32.
        let tolerance = if package == "piq" { 1e-6 } else { 1e-11 };
        assert_close(found.mean, expected[0], tolerance, package);
        assert_close(found.std, expected[1], 10.0 * tolerance, package);
    }
}

/// The channels of both images of the pair called `name`, in `[0, 255]`.
fn pair(name: &str, found: &Value) -> Vec<[Plane; 2]> {
    let [height, width] = [0, 1].map(|axis| found["size"][axis].as_u64().unwrap() as usize);
    let channels = found["channels"].as_u64().unwrap() as usize;
    let number = 3;
    let image = |y: usize, x: usize, c: usize| {
        let mixed = x * (3 + number % 5) + y * (7 - number % 3) + c * 53 + number * 29 + ((x / 4) ^ (y / 3)) * 11;
        (mixed * 3 % 256) as f64
    };
    let noise: Vec<f64> = seeded::uniform(&format!("pair {name}"), height * width * channels).collect();
    let deep = found["bits"] == 16;
    let partner = |at: usize, value: f64| match deep {
        true => (value * 257.0 + (999.0 * noise[at]).floor()).clamp(0.0, 65535.0) / 257.0,
        false => (value + (41.0 * noise[at]).floor() - 20.0).clamp(0.0, 255.0),
    };
    let planes = |c: usize| {
        let places = || (0..height).flat_map(move |y| (0..width).map(move |x| (y, x)));
        let value = |(y, x)| image(y, x, c);
        let first = places().map(value).collect();
        let second = places().map(|(y, x)| partner((y * width + x) * channels + c, value((y, x)))).collect();
        [first, second].map(|values| Plane::new(height, width, values))
    };
    (0..channels).map(planes).collect()
}

/// The forms in which packages compute structural similarity, as `gannet eval --like` has them.
fn forms() -> [(&'static str, SsimForm); 5] {
    let paper = SsimForm::default();
    [
        ("pytorch-msssim", SsimForm { halving: Halving::ZerosFirst, smallest: 2, smallest_multiscale: 161, ..paper }),
        ("scikit-image", SsimForm { window: Window::Uniform, sample_covariance: true, smallest: 7, ..paper }),
        (
            "torchmetrics",
            SsimForm { places: Places::Mirrored, halving: Halving::Drop, pooled: true, smallest: 6, ..paper },
        ),
        ("piq", SsimForm { averaged_down: true, halving: Halving::RepeatFirst, smallest_multiscale: 161, ..paper }),
        ("paper", paper),
    ]
}

#[test]
fn structural_similarity_in_the_form_of_a_package_is_the_package_s() {
    let file = packages();
    let mut compared = 0;
    for (name, found) in file["pairs"].as_object().unwrap() {
        let planes = pair(name, found);
        for (package, form) in forms() {
            let ssim = planes.iter().map(|[a, b]| form.ssim(a, b)).collect::<Result<Vec<_>, _>>();
            let ssim = ssim.map(|values| values.iter().sum::<f64>() / values.len() as f64);
            for (metric, value) in [("ssim", ssim), ("ms-ssim", form.ms_ssim(&planes))] {
                let what = format!("{package}'s {metric} of {name}");
                match found[package].get(metric) {
                    Some(Value::Null) => assert!(value.is_err(), "{what} is refused there"),
                    // Windows are in f32 in pytorch_msssim.
                    Some(expected) => assert_close(value.unwrap(), expected.as_f64().unwrap(), 3e-7, &what),
                    None => continue,
                }
                compared += 1;
            }
        }
        let squared = planes.iter().map(|[a, b]| 10_f64.powf(-psnr(a, b).unwrap() / 10.0)).sum::<f64>();
        let decibels = -10.0 * (squared / planes.len() as f64).log10();
        assert_close(decibels, found["scikit-image"]["psnr"].as_f64().unwrap(), 1e-12, name);
    }
    assert!(compared >= 60, "{compared} numbers");
}
