//! Pairs of images as a caller of the library requests them.

use std::path::Path;

use gannet_eval::{DataSelection, EvalError, MetricKind, PairEvaluation, PairRequest, Pairing, evaluate_pairs};
use gannet_ops::device::device;
use image::{GrayImage, Luma, Rgb, RgbImage};

fn request(folder: &Path, names: [&str; 2], metrics: &[MetricKind], pairing: Pairing) -> PairRequest {
    let path = |name: &str| folder.join(name).display().to_string();
    PairRequest {
        images: path(names[0]),
        partners: path(names[1]),
        selection: DataSelection::default(),
        metrics: metrics.to_vec(),
        pairing,
        perceptual: "vgg".into(),
        seed: 0,
        like: None,
    }
}

fn evaluate(request: &PairRequest) -> Result<PairEvaluation, EvalError> {
    let none = |_: &gannet_weights::Known| unreachable!("nothing is fetched");
    evaluate_pairs(request, &none, &device("cpu").unwrap(), &|_, _, _| {})
}

/// Folders `a` and `b` with images of one size, a smaller one in `small`, and a gray one in `gray`.
fn folders() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let image = |size: u32, shift: u32| {
        let step = 32 / size;
        let color = |x: u32, y: u32| Rgb([x * 5 + shift, y * 3, (x + y) * 2].map(|value| value as u8));
        RgbImage::from_fn(size, size, |x, y| color(x * step, y * step))
    };
    for (folder, size, shift) in [("a", 32, 0), ("b", 32, 7), ("small", 16, 0)] {
        std::fs::create_dir(place.path().join(folder)).unwrap();
        image(size, shift).save(place.path().join(folder).join("one.png")).unwrap();
    }
    std::fs::create_dir(place.path().join("gray")).unwrap();
    GrayImage::from_pixel(32, 32, Luma([128])).save(place.path().join("gray/one.png")).unwrap();
    place
}

#[test]
fn images_of_16_bits_are_compared_at_16_bits() {
    let place = tempfile::tempdir().unwrap();
    for (folder, shift) in [("a", 0), ("b", 60)] {
        std::fs::create_dir(place.path().join(folder)).unwrap();
        let deep = |x: u32, y: u32| Luma([(x * 1500 + y * 300) as u16 + shift]);
        let image = image::ImageBuffer::from_fn(32, 32, deep);
        image::DynamicImage::ImageLuma16(image).save(place.path().join(folder).join("one.png")).unwrap();
    }
    let metrics = [MetricKind::Psnr, MetricKind::Ssim];
    let found = evaluate(&request(place.path(), ["a", "b"], &metrics, Pairing::default())).unwrap();
    let expected = 20.0 * (65_535.0_f64 / 60.0).log10();
    assert!((found.measurements[0].values[0] - expected).abs() < 1e-6, "{found:?} instead of {expected}");
    assert!(found.measurements[1].values[0] > 0.9999, "{found:?}");
    assert!(found.protocol.contains("1 pairs of more than 8 bits at 16 bits"), "{}", found.protocol);
    let enlarged = Pairing { enlarge: true, ..Pairing::default() };
    let rounded = evaluate(&request(place.path(), ["a", "b"], &metrics, enlarged)).unwrap();
    assert!(rounded.protocol.contains("1 pairs of more than 8 bits rounded to 8"), "{}", rounded.protocol);
}

#[test]
fn a_shift_of_one_channel_has_its_known_psnr_with_and_without_a_border() {
    let place = folders();
    let psnr = |names, pairing| evaluate(&request(place.path(), names, &[MetricKind::Psnr], pairing)).unwrap();
    let found = psnr(["a", "b"], Pairing::default());
    // The mean squared error of three channels, of which one is off by 7.
    let expected = 10.0 * (255.0_f64.powi(2) / (49.0 / 3.0)).log10();
    assert!((found.measurements[0].values[0] - expected).abs() < 1e-9, "{found:?}");
    assert_eq!((found.pairs, found.measurements[0].name), (1, "psnr"));
    let cropped = psnr(["a", "b"], Pairing { border: 4, ..Pairing::default() });
    assert!((cropped.measurements[0].values[0] - expected).abs() < 1e-9, "{cropped:?}");
    assert!(cropped.protocol.contains("4 pixels of border"), "{}", cropped.protocol);
    assert!(psnr(["small", "a"], Pairing { enlarge: true, ..Pairing::default() }).measurements[0].values[0] > 20.0);
    assert!(psnr(["gray", "a"], Pairing::default()).measurements[0].values[0].is_finite());
}

#[test]
fn labels_are_compared_by_the_nearest_color() {
    let place = folders();
    let palette = vec![[0, 0, 0], [255, 255, 255]];
    let pairing = Pairing { palette, ..Pairing::default() };
    let found = evaluate(&request(place.path(), ["a", "a"], &[MetricKind::Labels], pairing)).unwrap();
    assert_eq!(found.measurements[0].values, [1.0]);
    assert_eq!(found.to_json()["metrics"]["labels"], 1.0);
}

#[test]
fn pairs_that_cannot_be_compared_are_refused() {
    let place = folders();
    let names = |from: &str, to: &str| Pairing { names: Some((from.into(), to.into())), ..Pairing::default() };
    let cases = [
        (["small", "a"], MetricKind::Psnr, Pairing::default(), "one.png"),
        (["a", "b"], MetricKind::Labels, Pairing::default(), "--palette"),
        (["a", "b"], MetricKind::Fd, Pairing::default(), "fd"),
        (["a", "b"], MetricKind::Psnr, names("one", "two"), "no partner called two"),
        (["a", "b"], MetricKind::Psnr, names("LR", "HR"), "'LR'"),
        (["a", "b"], MetricKind::MsSsim, Pairing::default(), "176"),
    ];
    for (folders, metric, pairing, expected) in cases {
        let error = evaluate(&request(place.path(), folders, &[metric], pairing)).unwrap_err().to_string();
        assert!(error.contains(expected), "{metric}: {error}");
    }
}
