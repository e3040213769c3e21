//! Inputs at the limits of a metric's domain: those that have a value, and the errors of those that have none.

mod common;

use common::{normal, picture};
use gannet_metrics::nearest::{nearest, neighbors, radii};
use gannet_metrics::{
    Features, MetricError, Moments, Plane, Spectrum, copies, draw_subsets, frechet_distance, inception_score,
    intra_frechet, kid, ms_ssim, path_length, prdc, psnr, spectral_distance, ssim,
};
use gannet_ops::random::Stream;

fn all(n: usize) -> (Vec<usize>, Vec<usize>) {
    ((0..n).collect(), (0..n).collect())
}

fn constant(n: usize, value: f32) -> Features {
    Features::new(3, vec![value; n * 3])
}

#[test]
fn equal_sets_are_at_the_best_value() {
    let set = normal(50, 8, 1.0, 1);
    let found = prdc(&set, &set, 3).unwrap();
    assert_eq!((found.precision, found.recall, found.coverage), (1.0, 1.0, 1.0));
    assert!(found.density >= 1.0);
    // In the other set each image is nearest to itself, in its own set to another image.
    let found = nearest(&set, &set).unwrap();
    assert!(found.iter().enumerate().all(|(image, found)| (found.index, found.distance) == (image, 0.0)));
    assert!(radii(&set, 1).unwrap().iter().all(|radius| *radius > 0.0));
}

#[test]
fn sets_of_equal_images_have_defined_values() {
    let (equal, other) = (constant(9, 2.0), constant(9, 3.0));
    let kid = kid(&equal, &other, &[all(9)]).unwrap();
    // k = (x·y/3 + 1)³: 5³ + 10³ − 2·7³.
    assert!((kid.mean - 439.0).abs() < 1e-10 && kid.std == 0.0);
    let found = prdc(&equal, &equal, 3).unwrap();
    assert_eq!((found.precision, found.recall, found.density, found.coverage), (1.0, 1.0, 0.0, 0.0));
    let found = prdc(&equal, &other, 3).unwrap();
    assert_eq!((found.precision, found.recall, found.density, found.coverage), (0.0, 0.0, 0.0, 0.0));
    assert_eq!((copies(&equal), copies(&normal(9, 3, 0.0, 1))), (8, 0));
    let score = inception_score(equal.values(), 3, 2, &all(9).0).unwrap();
    assert!((score.mean - 1.0).abs() < 1e-12);
    let found = neighbors(&equal, 2).unwrap();
    assert_eq!(found[4].iter().map(|found| (found.index, found.distance)).collect::<Vec<_>>(), [(0, 0.0), (1, 0.0)]);
}

/// An image with as many copies as neighbors has the radius zero. Its copies in the other set are within it, and a slightly other
/// image is not.
#[test]
fn copies_are_within_a_radius_of_zero_and_nothing_else_is() {
    let rows = |first: &[f32]| {
        let apart = (0..20).map(|at| [50.0 + 10.0 * at as f32, 3.0]);
        Features::new(2, first.chunks(2).map(|row| [row[0], row[1]]).chain(apart).flatten().collect())
    };
    let real = rows(&[0.1, 0.3, 0.1, 0.3, 0.1, 0.3, 0.1, 0.3]);
    let fake = |x: f32| Features::new(2, [[x, 0.3]; 5].concat());
    assert_eq!(copies(&real), 3);
    assert_eq!(prdc(&real, &fake(0.1), 3).unwrap().precision, 1.0);
    assert_eq!(prdc(&real, &fake(0.1_f32.next_up()), 3).unwrap().precision, 0.0);
}

#[test]
fn a_collapsed_generator_has_precision_without_recall() {
    let real = normal(100, 3, 0.0, 2);
    let found = prdc(&real, &constant(80, 0.1), 5).unwrap();
    assert_eq!((found.precision, found.recall), (1.0, 0.0));
    assert!(found.coverage > 0.0 && found.coverage < 0.5);
}

#[test]
fn too_few_images_are_refused_with_the_number_needed() {
    let (one, set) = (normal(1, 4, 0.0, 1), normal(20, 4, 0.0, 1));
    let assert_too_few = |error: MetricError, needed: usize, found: usize| {
        let text = error.to_string();
        let says = [format!("at least {needed} "), format!("not {found}")].iter().all(|part| text.contains(part));
        assert!(says && matches!(error, MetricError::TooFew { .. }), "{text}");
    };
    assert_too_few(kid(&one, &set, &[(vec![0], vec![0])]).unwrap_err(), 2, 1);
    assert_too_few(kid(&set, &set, &[(vec![0, 1], vec![0])]).unwrap_err(), 2, 1);
    assert_too_few(prdc(&set, &one, 3).unwrap_err(), 4, 1);
    assert_too_few(neighbors(&set, 20).unwrap_err(), 21, 20);
    assert_too_few(nearest(&set, &Features::new(4, vec![])).unwrap_err(), 1, 0);
    assert_too_few(inception_score(one.values(), 4, 10, &[0]).unwrap_err(), 10, 1);
    assert_too_few(path_length(&[]).unwrap_err(), 1, 0);
    assert_too_few(Spectrum::new(4, 4).mean().unwrap_err(), 1, 0);
    assert!(
        draw_subsets(20, 9, 2, 10, &mut |count| (0..count).collect()).unwrap_err().to_string().contains("10 images")
    );
    assert_eq!(kid(&set, &set, &[]), Err(MetricError::NoSubsets("KID")));
    assert!(matches!(prdc(&set, &set, 0), Err(MetricError::Zero(_))));
    assert!(matches!(inception_score(set.values(), 4, 0, &[0]), Err(MetricError::Zero(_))));
}

#[test]
fn values_that_are_not_finite_are_refused_with_their_image() {
    let good = normal(30, 4, 0.0, 1);
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut values = good.values().to_vec();
        values[17 * 4 + 2] = value;
        values[23 * 4] = value;
        let bad = Features::new(4, values);
        assert_eq!(bad.check_finite(), Err(MetricError::NotFinite(17)));
        assert_eq!(kid(&good, &bad, &[all(30)]), Err(MetricError::NotFinite(17)));
        assert_eq!(prdc(&bad, &good, 3), Err(MetricError::NotFinite(17)));
        assert_eq!(nearest(&bad, &good), Err(MetricError::NotFinite(17)));
        assert_eq!(inception_score(bad.values(), 4, 2, &all(30).0), Err(MetricError::NotFinite(17)));
        assert_eq!(Spectrum::new(2, 2).add(bad.values()), Err(MetricError::NotFinite(17)));
        assert_eq!(path_length(&[1.0, f64::from(value)]), Err(MetricError::NotFinite(1)));
        let labels = vec![0; 30];
        assert_eq!(intra_frechet((&good, &labels), (&bad, &labels), 1), Err(MetricError::NotFinite(17)));
    }
    assert_eq!(Features::new(2, vec![f32::MAX; 4]).check_finite(), Ok(()));
}

#[test]
fn sets_that_do_not_match_are_refused() {
    let (four, five) = (normal(20, 4, 0.0, 1), normal(20, 5, 0.0, 1));
    assert_eq!(kid(&four, &five, &[all(20)]), Err(MetricError::Dims(4, 5)));
    assert_eq!(prdc(&four, &five, 3), Err(MetricError::Dims(4, 5)));
    assert_eq!(nearest(&four, &five), Err(MetricError::Dims(4, 5)));
    let beyond = MetricError::Index { index: 20, count: 20 };
    assert_eq!(kid(&four, &four, &[(vec![0, 20], vec![0, 1])]), Err(beyond.clone()));
    assert_eq!(inception_score(four.values(), 4, 1, &[20]), Err(beyond));
}

#[test]
fn each_class_has_its_own_distance() {
    // Equal features, but with the two classes swapped on the second side.
    let features = Features::new(1, vec![0.0, 2.0, 10.0, 12.0]);
    let found = intra_frechet((&features, &[0, 0, 1, 1]), (&features, &[1, 1, 0, 0]), 2).unwrap();
    assert_eq!((found.mean, found.per_class), (100.0, vec![100.0, 100.0]));
    let spread = Features::new(1, vec![0.0, 8.0, 10.0, 12.0]);
    let found = intra_frechet((&features, &[0, 0, 1, 1]), (&spread, &[0, 0, 1, 1]), 2).unwrap();
    // Means 1 and 4, deviations √2 and √32 = 4√2.
    assert!((found.per_class[0] - 27.0).abs() < 1e-12 && found.per_class[1] == 0.0);
    assert!((found.mean - 13.5).abs() < 1e-12);
}

#[test]
fn errors_name_the_class_that_cannot_be_compared() {
    let set = normal(4, 2, 0.0, 1);
    let of = |labels: &[usize], classes| intra_frechet((&set, &[0, 0, 1, 1]), (&set, labels), classes).unwrap_err();
    assert_eq!(of(&[0, 0, 0, 1], 2), MetricError::Class { class: 1, side: "second", found: 1 });
    assert_eq!(of(&[0, 0, 1, 2], 2), MetricError::Label { label: 2, image: 3, classes: 2 });
    assert_eq!(of(&[0, 0, 1], 2), MetricError::Lengths(3, "labels", 4, "images"));
    assert_eq!(of(&[0, 0, 1, 1], 3), MetricError::Class { class: 2, side: "first", found: 0 });
    assert!(of(&[0, 0, 0, 1], 2).to_string().contains("class 1 has 1 images in the second set"));
}

#[test]
fn equal_images_have_the_best_values() {
    let a = picture((180, 177), 9);
    assert_eq!(psnr(&a, &a).unwrap(), f64::INFINITY);
    assert!((ssim(&a, &a).unwrap() - 1.0).abs() < 1e-12 && (ms_ssim(&a, &a).unwrap() - 1.0).abs() < 1e-12);
    let flat = Plane::new(11, 11, vec![7.0; 121]);
    assert!((ssim(&flat, &flat).unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn opposite_structures_have_an_ms_ssim_of_zero() {
    let a = picture((176, 176), 100);
    let b = Plane::new(176, 176, a.values().iter().map(|value| 255.0 - value).collect());
    assert!(ssim(&a, &b).unwrap() < 0.0);
    assert_eq!(ms_ssim(&a, &b).unwrap(), 0.0);
}

#[test]
fn images_of_wrong_size_are_refused_with_the_size_needed() {
    let (small, other) = (picture((10, 30), 1), picture((30, 10), 1));
    assert!(psnr(&small, &other).unwrap_err().to_string().contains("10×30 and 30×10"));
    assert_eq!(ssim(&small, &small), Err(MetricError::TooSmall { metric: "SSIM", needed: 11, found: (10, 30) }));
    assert!(ms_ssim(&picture((175, 400), 1), &picture((175, 400), 1)).unwrap_err().to_string().contains("176×176"));
    assert!(psnr(&small.crop(5), &small.crop(5)).is_err());
    let invalid = Plane::new(1, 1, vec![f64::NAN]);
    assert_eq!(psnr(&Plane::new(1, 1, vec![0.0]), &invalid), Err(MetricError::NotFinite(1)));
}

#[test]
fn luma_and_crop_are_those_of_super_resolution() {
    let rgb = [255.0, 255.0, 255.0, 0.0, 0.0, 0.0, 255.0, 0.0, 0.0, 10.0, 20.0, 30.0];
    let luma = Plane::luma(2, 2, &rgb, false);
    let last = 16.0 + (65.481 * 10.0 + 128.553 * 20.0 + 24.966 * 30.0) / 255.0;
    for (found, expected) in luma.values().iter().zip([235.0, 16.0, 81.481, last]) {
        assert!((found - expected).abs() < 1e-12);
    }
    assert_eq!(Plane::luma(2, 2, &rgb, true).values(), [235.0, 16.0, 81.0, last.round()]);
    let plane = Plane::new(4, 5, (0..20).map(f64::from).collect());
    assert_eq!(plane.crop(1), Plane::new(2, 3, vec![6.0, 7.0, 8.0, 11.0, 12.0, 13.0]));
    assert_eq!(plane.crop(2).size(), (0, 0));
}

#[test]
fn spectra_show_the_frequency_of_a_wave() {
    let wave = |cycles: f32| -> Vec<f32> {
        let pixel = |x: usize| (std::f32::consts::TAU * cycles * x as f32 / 16.0).cos();
        (0..256).map(|i| pixel(i % 16)).collect()
    };
    let of = |images: &[f32]| {
        let mut spectrum = Spectrum::new(16, 16);
        spectrum.add(images).unwrap();
        spectrum
    };
    let (three, flat) = (of(&wave(3.0)), of(&[0.5; 256]));
    let mean = three.mean().unwrap();
    assert_eq!(mean.len(), 9);
    assert!((0..9).filter(|radius| *radius != 3).all(|radius| mean[radius] < mean[3] - 100.0), "{mean:?}");
    // A constant image has power at frequency zero only; elsewhere it has the floor, −100 dB.
    assert!(flat.mean().unwrap()[1..].iter().all(|power| (power + 100.0).abs() < 1e-3));
    assert_eq!(spectral_distance(&flat, &of(&[0.25; 256])).unwrap(), 0.0);
    assert!(spectral_distance(&three, &flat).unwrap() > 10.0);
    assert!(matches!(spectral_distance(&three, &Spectrum::new(16, 8)), Err(MetricError::Sizes(..))));
}

#[test]
fn subsets_repeat_no_image_and_depend_on_the_stream() {
    let draw = |seed| {
        let mut stream = Stream::new(seed, "kid", 0);
        draw_subsets(30, 20, 5, 20, &mut |count| stream.permutation(count)).unwrap()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    for (mut a, mut b) in draw(1) {
        a.sort_unstable();
        a.dedup();
        b.sort_unstable();
        assert_eq!((a.len(), b), (20, (0..20).collect()));
    }
}

#[test]
fn errors_state_the_number_needed_and_found() {
    let mut two = Moments::new(2);
    two.add(&[0.0, 1.0, 2.0, 5.0]);
    let error = frechet_distance(&two, &Moments::new(2)).unwrap_err();
    assert_eq!(error.to_string(), "a Fréchet distance needs at least 2 images on each side, not 0: give more images");
}
