//! Steps against numpy, scipy and PyTorch (scripts/reference/degradations.py), and the degradation as a whole.

use std::path::Path;

use gannet_ops::random::Stream;
use gannet_ops::resample::{Filter, Taps, resize_plane};
use serde_json::Value;

use super::jpeg::compressed;
use super::kernels::{Ellipse, Kernel, Profile};
use super::{SquarePlanes, degrade, sharpened};

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/degradations.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap()
}

fn whole(case: &Value, key: &str) -> usize {
    case[key].as_u64().unwrap() as usize
}

/// The image of the reference.
fn image(channels: usize, side: usize) -> SquarePlanes {
    let value = |c: usize, y: usize, x: usize| ((31 * x * x + 7 * y * y + 3 * x * y + 53 * c) % 256) as f32 / 255.0;
    let places = (0..channels * side * side).map(|at| (at / (side * side), at / side % side, at % side));
    SquarePlanes { values: places.map(|(c, y, x)| value(c, y, x)).collect(), side }
}

fn assert_near(found: &[f32], expected: &[f32], tolerance: f32, name: &str) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let off = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max);
    assert!(off <= tolerance, "{name}: off by {off}");
}

fn kernel(case: &Value) -> Kernel {
    let (size, beta) = (whole(case, "size"), number(case, "beta"));
    let deviations = [0, 1].map(|at| case["deviations"][at].as_f64().unwrap());
    let ellipse = Ellipse { deviations, angle: number(case, "angle") };
    match case["kind"].as_str().unwrap() {
        "sinc" => Kernel::sinc(size, number(case, "cutoff")),
        "gaussian" => Kernel::bell(size, ellipse, Profile::Gaussian),
        "generalized" => Kernel::bell(size, ellipse, Profile::Generalized(beta)),
        kind => {
            assert_eq!(kind, "plateau");
            Kernel::bell(size, ellipse, Profile::Plateau(beta))
        }
    }
}

#[test]
fn kernels_equal_those_of_scipy() {
    let reference = reference();
    let cases = reference["kernels"].as_array().unwrap();
    assert_eq!(cases.len(), 12);
    for case in cases {
        let name = format!("{} of {}", case["kind"], case["size"]);
        assert_near(&kernel(case).weights, &numbers(&case["weights"]), 1e-6, &name);
    }
    let filtered = kernel(&cases[2]).apply(&image(1, 24));
    assert_near(&filtered.values, &numbers(&reference["filtered"]), 1e-5, "filtered");
}

#[test]
fn a_round_gaussian_is_the_product_of_its_lines() {
    let (image, ellipse) = (image(3, 24), Ellipse { deviations: [1.7; 2], angle: 0.0 });
    let [columns, rows] = Kernel::gaussian(15, 1.7);
    let whole = Kernel::bell(15, ellipse, Profile::Gaussian).apply(&image);
    assert_near(&rows.apply(&columns.apply(&image)).values, &whole.values, 1e-5, "gaussian");
}

#[test]
fn filters_equal_pytorch_s_modes() {
    for case in reference()["resized"].as_array().unwrap() {
        let filter = match case["mode"].as_str().unwrap() {
            "area" => Filter::Area,
            "bilinear" => Filter::Bilinear,
            _ => Filter::PlainBicubic,
        };
        let (from, to) = (whole(case, "from"), whole(case, "to"));
        let taps = Taps::new(filter, from, to);
        let found = resize_plane(&image(1, from).values, from, &taps, &taps);
        assert_near(&found, &numbers(&case["values"]), 1e-5, &format!("{filter:?} from {from} to {to}"));
    }
}

#[test]
fn jpeg_equals_its_definition() {
    for case in reference()["jpeg"].as_array().unwrap() {
        let (channels, side, quality) = (whole(case, "channels"), whole(case, "side"), number(case, "quality"));
        let found = compressed(&image(channels, side), quality as f32);
        assert_near(&found.values, &numbers(&case["values"]), 1e-5, &format!("quality {quality}"));
    }
}

#[test]
fn sharpening_equals_its_definition() {
    assert_near(&sharpened(&image(1, 32)).values, &numbers(&reference()["sharpened"]), 1e-5, "sharpened");
    let even = SquarePlanes { values: vec![0.4; 3 * 64], side: 8 };
    assert_near(&sharpened(&even).values, &even.values, 1e-6, "an even image");
}

#[test]
fn a_degraded_image_is_a_function_of_its_stream() {
    for channels in [1, 3] {
        let degraded = |seed| degrade(image(channels, 32), 8, 1.0, &mut Stream::new(seed, "degrade", 0));
        let once = degraded(0);
        assert_eq!((once.values.len(), once.side), (channels * 64, 8));
        assert_eq!(once.values, degraded(0).values);
        assert_ne!(once.values, degraded(1).values);
    }
}

#[test]
fn a_degraded_image_still_shows_its_content_and_has_8_bits() {
    let mut total = 0.0;
    for seed in 0..40 {
        let half = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
        let even = SquarePlanes { values: [vec![0.2; 32 * 16], vec![0.8; 32 * 16]].concat(), side: 32 };
        let degraded = degrade(even, 8, 1.0, &mut Stream::new(seed, "degrade", 0));
        assert!(degraded.values.iter().all(|value| (0.0..=1.0).contains(value)), "{seed}");
        assert!(degraded.values.iter().all(|value| (value * 255.0 - (value * 255.0).round()).abs() < 1e-4), "{seed}");
        total += half(&degraded.values[48..]) - half(&degraded.values[..16]);
    }
    assert!((total / 40.0 - 0.6).abs() < 0.1, "bright below and dark above: {}", total / 40.0);
}

/// The mean distance to the clean small image grows with the strength; at 0 there is none. Sizes are exact down to one pixel.
#[test]
fn strength_goes_from_a_bicubic_reduction_to_the_published_degradation() {
    let taps = Taps::new(Filter::Bicubic, 64, 16);
    let smooth = SquarePlanes {
        values: (0..64 * 64).map(|at| 0.5 + 0.3 * ((at % 64 + at / 64) as f32 * 0.3).sin()).collect(),
        side: 64,
    };
    let clean: Vec<f32> = resize_plane(&smooth.values, 64, &taps, &taps);
    let distance = |strength: f32| -> f32 {
        let far = |seed| {
            let found = degrade(smooth.clone(), 16, strength, &mut Stream::new(seed, "degrade", 0)).values;
            found.iter().zip(&clean).map(|(found, clean)| (found - clean).abs()).sum::<f32>() / 256.0
        };
        (0..60).map(far).sum::<f32>() / 60.0
    };
    let [none, third, whole] = [0.0, 0.33, 1.0].map(distance);
    assert!(none < 0.5 / 255.0 && 2.0 * none < third && 1.5 * third < whole, "{none}, {third}, {whole}");
    let tiny = |side| degrade(image(3, 4), side, 1.0, &mut Stream::new(0, "degrade", 0)).values.len();
    assert_eq!([tiny(1), tiny(2)], [3, 12]);
}
