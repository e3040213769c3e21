//! All metrics against the programs that papers use, by scripts/reference/metrics.py.

mod common;

use common::{assert_close, features, indices, numbers, pair, picture, reference, rows};
use gannet_metrics::{
    Features, Moments, Spectrum, frechet_distance, inception_score, kid, ms_ssim, path_length, prdc, psnr,
    spectral_distance, ssim,
};
use serde_json::Value;

/// Name, generated set, real set, and the reference values.
fn sets(file: &Value) -> Vec<(&str, Features, Features, &Value)> {
    let unit = file["unit"].as_f64().unwrap();
    let sets = file["sets"].as_object().unwrap().iter();
    sets.map(|(name, set)| (name.as_str(), features(&set["a"], unit), features(&set["b"], unit), set)).collect()
}

fn moments(features: &Features) -> Moments {
    let mut moments = Moments::new(features.dims());
    moments.add(features.values());
    moments
}

#[test]
fn frechet_distances_equal_the_exact_ones_and_torch_fidelity() {
    for (name, a, b, found) in sets(&reference()) {
        let distance = frechet_distance(&moments(&a), &moments(&b)).unwrap();
        assert_close(distance, found["distance"].as_f64().unwrap(), 1e-11, name);
        // torch-fidelity takes roots of rounding errors where the covariance is singular.
        assert_close(distance, found["fid"].as_f64().unwrap(), 1e-6, name);
    }
}

#[test]
fn kernel_distances_equal_torch_fidelity() {
    for (name, a, b, found) in sets(&reference()) {
        let subset = |pair: &Value| (indices(&pair[0]), indices(&pair[1]));
        let subsets: Vec<_> = found["subsets"].as_array().unwrap().iter().map(subset).collect();
        let kid = kid(&a, &b, &subsets).unwrap();
        assert_close(kid.mean, found["kid"][0].as_f64().unwrap(), 1e-6, name);
        assert_close(kid.std, found["kid"][1].as_f64().unwrap(), 1e-6, name);
    }
}

#[test]
fn density_and_coverage_equal_the_prdc_package_and_so_do_precision_and_recall_without_equal_distances() {
    for (name, fake, real, found) in sets(&reference()) {
        for (k, expected) in found["prdc"].as_object().unwrap() {
            let found = prdc(&real, &fake, k.parse().unwrap()).unwrap();
            let expected = numbers(expected);
            // The package compares with < throughout.
            let first = if name == "ties" { 2 } else { 0 };
            let values = [found.precision, found.recall, found.density, found.coverage];
            let pairs = values.into_iter().zip(&expected).skip(first);
            // The counts are equal; only the mean of the density rounds differently.
            assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-12), "{name}, k = {k}: {found:?}, not {expected:?}");
        }
    }
}

#[test]
fn precision_and_recall_equal_torch_fidelity() {
    for (name, fake, real, found) in sets(&reference()) {
        let prdc = prdc(&real, &fake, 3).unwrap();
        let counts = [prdc.precision * fake.count() as f64, prdc.recall * real.count() as f64].map(f64::round);
        let expected = [&found["precision"], &found["recall"]].map(|count| count.as_f64().unwrap());
        assert_eq!(counts, expected, "{name}");
    }
}

#[test]
fn inception_scores_equal_torch_fidelity() {
    let file = reference();
    for found in file["scores"].as_array().unwrap() {
        let (logits, classes) = rows(&found["logits"], file["unit"].as_f64().unwrap());
        let splits = found["splits"].as_u64().unwrap() as usize;
        let score = inception_score(&logits, classes, splits, &indices(&found["order"])).unwrap();
        assert_close(score.mean, found["mean"].as_f64().unwrap(), 1e-12, "mean");
        assert_close(score.std, found["std"].as_f64().unwrap(), 1e-9, "standard deviation");
    }
}

#[test]
fn psnr_and_ssim_equal_scikit_image_and_the_definition() {
    for found in reference()["pictures"].as_array().unwrap() {
        let (noise, other) = pair(&found["noise"]);
        let (a, b) = (picture(pair(&found["size"]), noise), picture(pair(&found["size"]), other));
        assert_close(psnr(&a, &b).unwrap(), found["psnr"].as_f64().unwrap(), 1e-12, "PSNR");
        assert_close(ssim(&a, &b).unwrap(), found["ssim"].as_f64().unwrap(), 1e-10, "SSIM");
        match found["ms_ssim"].as_f64() {
            Some(expected) => assert_close(ms_ssim(&a, &b).unwrap(), expected, 1e-10, "MS-SSIM"),
            None => assert!(ms_ssim(&a, &b).unwrap_err().to_string().contains("176")),
        }
    }
}

#[test]
fn spectra_equal_numpy() {
    for found in reference()["spectra"].as_array().unwrap() {
        let size = pair(&found["size"]);
        let spectrum = |noises: &[usize], expected: &Value| {
            let mut spectrum = Spectrum::new(size.0, size.1);
            for noise in noises {
                let gray: Vec<f32> =
                    picture(size, *noise).values().iter().map(|value| (value / 256.0) as f32).collect();
                spectrum.add(&gray).unwrap();
            }
            let (mean, expected) = (spectrum.mean().unwrap(), numbers(expected));
            assert_eq!(mean.len(), expected.len());
            mean.iter().zip(&expected).for_each(|(found, expected)| assert!((found - expected).abs() < 1e-9));
            spectrum
        };
        let (a, b) = (spectrum(&[1, 9, 40], &found["a"]), spectrum(&[80, 3], &found["b"]));
        assert_close(spectral_distance(&a, &b).unwrap(), found["distance"].as_f64().unwrap(), 1e-10, "distance");
    }
}

#[test]
fn path_lengths_leave_out_the_percentiles_of_stylegan() {
    for found in reference()["paths"].as_array().unwrap() {
        let length = path_length(&numbers(&found["distances"])).unwrap();
        assert_eq!(length.kept as u64, found["kept"].as_u64().unwrap());
        assert_close(length.mean, found["mean"].as_f64().unwrap(), 1e-12, "mean");
        assert_close(length.std, found["std"].as_f64().unwrap(), 1e-12, "standard deviation");
    }
}
