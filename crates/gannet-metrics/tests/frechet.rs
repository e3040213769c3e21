//! The Fréchet distance against scripts/reference/frechet.py, and inputs for which it is not defined.

use std::path::Path;

use gannet_metrics::{MetricError, Moments, frechet_distance};
use serde_json::Value;

/// The reference's features have three decimals. In thousandths they are integers, which f32 represents exactly.
const UNIT: f64 = 1000.0;

fn moments(rows: &[Vec<f64>]) -> Moments {
    let mut moments = Moments::new(rows[0].len());
    rows.iter().for_each(|row| {
        let row: Vec<f32> = row.iter().map(|value| (value * UNIT).round() as f32).collect();
        moments.add(&row);
    });
    moments
}

fn features(case: &Value, side: &str) -> Vec<Vec<f64>> {
    let row = |row: &Value| row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    case[side].as_array().unwrap().iter().map(row).collect()
}

fn cases() -> Vec<(String, Value)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/frechet.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file.as_object().unwrap().clone().into_iter().collect()
}

/// Relative to the sum of the traces, which mostly cancels in the distance. Largest error found: 6.3e-16.
const TOLERANCE: f64 = 1e-13;

fn trace(moments: &Moments) -> f64 {
    let covariance = moments.covariance();
    (0..moments.dims()).map(|i| covariance[(i, i)]).sum()
}

#[test]
fn distances_equal_the_reference_both_ways() {
    for (name, case) in cases() {
        let (a, b) = (moments(&features(&case, "a")), moments(&features(&case, "b")));
        let expected = case["distance"].as_f64().unwrap();
        let scale = (trace(&a) + trace(&b)) / (UNIT * UNIT);
        for (a, b) in [(&a, &b), (&b, &a)] {
            let found = frechet_distance(a, b).unwrap() / (UNIT * UNIT);
            assert!((found - expected).abs() < TOLERANCE * scale, "{name}: {found} instead of {expected}");
        }
    }
}

/// The moments of integer vectors, whose sums are exact.
fn of(rows: &[&[f32]]) -> Moments {
    let mut moments = Moments::new(rows[0].len());
    rows.iter().for_each(|row| moments.add(row));
    moments
}

#[test]
fn one_feature_has_the_distance_of_means_and_deviations() {
    // Means 2 and 10, standard deviations 2 and 6: 8² + 4².
    let (a, b) = (of(&[&[0.0], &[2.0], &[4.0]]), of(&[&[4.0], &[10.0], &[16.0]]));
    assert!((frechet_distance(&a, &b).unwrap() - 80.0).abs() < 1e-12);
}

#[test]
fn sets_of_equal_images_have_a_distance() {
    let constant = of(&[&[1.0, 2.0], &[1.0, 2.0]]);
    let other = of(&[&[4.0, 6.0], &[4.0, 6.0]]);
    let varying = of(&[&[0.0, 2.0], &[2.0, 2.0]]);
    assert_eq!(frechet_distance(&constant, &constant).unwrap(), 0.0);
    assert_eq!(frechet_distance(&constant, &other).unwrap(), 25.0);
    // Equal means; the distance is the variance of the first feature, 2.
    assert!((frechet_distance(&constant, &varying).unwrap() - 2.0).abs() < 1e-12);
}

#[test]
fn features_far_from_zero_lose_no_precision() {
    // Means 7/3 and 7, variances 19/3 and 9 · 19/3; E x² − (E x)² would have four correct digits.
    let far = |rows: [f32; 3]| of(&rows.map(|x| [x + 1_048_576.0]).each_ref().map(|row| row.as_slice()));
    let (a, b) = (far([0.0, 2.0, 5.0]), far([0.0, 6.0, 15.0]));
    assert!((frechet_distance(&a, &b).unwrap() - 424.0 / 9.0).abs() < 1e-8);
}

#[test]
fn undefined_distances_are_refused_with_the_reason() {
    let two = of(&[&[0.0, 1.0], &[2.0, 5.0]]);
    let one = of(&[&[0.0, 1.0]]);
    assert!(matches!(frechet_distance(&two, &one), Err(MetricError::TooFew { found: 1, .. })));
    assert!(matches!(frechet_distance(&Moments::new(2), &two), Err(MetricError::TooFew { found: 0, .. })));
    assert!(matches!(frechet_distance(&two, &of(&[&[1.0], &[2.0]])), Err(MetricError::Dims(2, 1))));
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for invalid in [of(&[&[0.0, value], &[2.0, 5.0]]), of(&[&[2.0, 5.0], &[0.0, value]])] {
            assert!(matches!(frechet_distance(&two, &invalid), Err(MetricError::NotFiniteSums)), "{value}");
        }
    }
    assert!(frechet_distance(&two, &one).unwrap_err().to_string().contains("at least 2 images"));
}

#[test]
fn moments_do_not_depend_on_how_vectors_are_batched() {
    let (rows, mut together) = ([[1.0, 2.5], [0.1, 7.0], [3.0, -1.0]], Moments::new(2));
    together.add(rows.as_flattened());
    let apart = of(&[&rows[0], &rows[1], &rows[2]]);
    assert_eq!((together.count(), together.mean()), (3, apart.mean()));
    assert_eq!(together.covariance(), apart.covariance());
}
