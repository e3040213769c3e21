//! `--like`: files and folders get the numbers that other packages give them, by scripts/reference/packages.py.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gannet_choice::Choice;
use gannet_data::{Decoding, NoteKind, Source, Split, inspect_image, read_image};
use gannet_eval::{
    DataSelection, EvalError, Like, MetricKind, PairRequest, Pairing, ResizeKind, SetRequest, evaluate_pairs,
    evaluate_sets,
};
use gannet_ops::device::device;
use gannet_weights::Known;
use image::{DynamicImage, GrayImage, RgbImage};
use serde_json::Value;

use crate::fidelity::{assert_near, weights};
use crate::seeded::{image, path, uniform};

fn packages() -> Value {
    serde_json::from_slice(&std::fs::read(path("packages.json")).unwrap()).unwrap()
}

fn none(_: &Known) -> Result<PathBuf, EvalError> {
    unreachable!("nothing is fetched")
}

/// The bytes of a value in hexadecimal.
fn bytes(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap().as_bytes();
    let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap();
    digits.chunks_exact(2).map(byte).collect()
}

#[test]
fn image_files_are_read_as_pillow_reads_them() {
    let (file, place) = (packages(), tempfile::tempdir().unwrap());
    let files = file["files"].as_object().unwrap();
    for (name, found) in files {
        std::fs::write(place.path().join(name).with_extension("png"), bytes(&found["file"])).unwrap();
    }
    let faithful = gannet_data::open(place.path().to_str().unwrap(), Split::Train, 0, 28).unwrap();
    let pillow = faithful.decoded_as(Decoding::Pillow).unwrap();
    let mut otherwise = 0;
    for index in 0..pillow.len() {
        let name = pillow.name(index);
        let found = &files[name.trim_end_matches(".png")];
        let read = read_image(pillow.as_ref(), index).unwrap();
        assert_eq!(
            [u64::from(read.height()), u64::from(read.width())],
            [0, 1].map(|at| found["size"][at].as_u64().unwrap())
        );
        assert_eq!(read.as_bytes(), bytes(&found["rgb"]), "{name}");
        otherwise += usize::from(read_image(faithful.as_ref(), index).unwrap().as_bytes() != read.as_bytes());
    }
    // All but the one whose orientation is the usual one.
    assert_eq!((pillow.len(), otherwise), (13, 12));
    let notes = |source: &Arc<dyn Source>, index| inspect_image(source.as_ref(), index).unwrap().notes;
    assert!((0..13).all(|index| notes(&pillow, index).iter().all(|note| note.kind == NoteKind::Clipped)));
    // JPEG is decoded by another decoder, which is said.
    RgbImage::new(8, 8).save(place.path().join("a photograph.jpg")).unwrap();
    let faithful = gannet_data::open(place.path().to_str().unwrap(), Split::Train, 0, 28).unwrap();
    let pillow = faithful.decoded_as(Decoding::Pillow).unwrap();
    let kinds = [&pillow, &faithful].map(|source| notes(source, 0).iter().map(|note| note.kind).collect::<Vec<_>>());
    assert_eq!(kinds, [vec![NoteKind::Decoder], vec![]]);
}

/// The request to measure the folders `fake` and `real` as `like` does, with weights in a file beside them.
fn request(place: &Path, like: Like, metrics: &[MetricKind]) -> SetRequest {
    let path = |name: &str| place.join(name).display().to_string();
    SetRequest {
        data: Some(path("real")),
        features: Some(format!("inception:{}", path("inception.safetensors"))),
        metrics: metrics.to_vec(),
        like: Some(like),
        ..SetRequest::new(path("fake"))
    }
}

fn write(folder: &Path, files: &Value) {
    std::fs::create_dir_all(folder).unwrap();
    for (number, file) in files.as_array().unwrap().iter().enumerate() {
        std::fs::write(folder.join(format!("{number:02}.png")), bytes(file)).unwrap();
    }
}

#[test]
fn folders_get_the_numbers_of_packages() {
    use MetricKind::{Fid, InceptionScore, Kid, PrecisionRecall};
    let (file, place, device) = (packages(), tempfile::tempdir().unwrap(), device("cpu").unwrap());
    let evaluate = |place: &Path, like: Like, metrics: &[MetricKind]| {
        // The default seed is the package's.
        let seed = file["seed"].as_u64().filter(|_| like != Like::TorchFidelity);
        evaluate_sets(&SetRequest { seed, ..request(place, like, metrics) }, &none, &device, &|_, _, _| {})
    };
    for kind in ["plain", "odd"] {
        let (place, found) = (place.path().join(kind), &file["folders"][kind]);
        write(&place.join("fake"), &found["fake"]);
        write(&place.join("real"), &found["real"]);
        weights(&place.join("inception.safetensors"), &device);
        let measured = &found["measured"];

        let fidelity = evaluate(&place, Like::TorchFidelity, &[Fid, InceptionScore, PrecisionRecall]).unwrap();
        let value = |name| fidelity.value(name).unwrap();
        assert_near("torch-fidelity's FID", value("fid"), &measured["torch-fidelity"]["fid"], 1e-4);
        assert_near("torch-fidelity's IS", value("is"), &measured["torch-fidelity"]["is"][0], 1e-6);
        assert_near("torch-fidelity's IS", value("is_std"), &measured["torch-fidelity"]["is"][1], 1e-3);
        assert_near("torch-fidelity's precision", value("precision"), &measured["torch-fidelity"]["pr"][0], 1e-6);
        assert_near("torch-fidelity's recall", value("recall"), &measured["torch-fidelity"]["pr"][1], 1e-6);
        let line = fidelity.protocol.line();
        assert!(
            line.contains("like torch-fidelity 0.4.0 (files by Pillow")
                && line.contains("orders of seed 2020); seed 0"),
            "{line}"
        );
        let refused = evaluate(&place, Like::TorchFidelity, &[Kid]).unwrap_err().to_string();
        assert!(refused.contains("subsets of 1000 images in torch-fidelity 0.4.0"), "{refused}");

        let clean = evaluate(&place, Like::CleanFid, &[Fid, Kid]).unwrap();
        assert_near("clean-fid's FID", clean.value("fid").unwrap(), &measured["clean-fid"]["fid"]["said"], 1e-4);
        assert_near("clean-fid's KID", clean.value("kid").unwrap(), &measured["clean-fid"]["kid"], 1e-3);
        let fid = evaluate(&place, Like::Pyiqa, &[Fid]).unwrap().value("fid").unwrap();
        assert_near("pyiqa's FID", fid, &measured["pyiqa"]["fid"]["said"], 1e-4);
        if kind == "plain" {
            let torchmetrics = evaluate(&place, Like::Torchmetrics, &[Fid, InceptionScore]).unwrap();
            let (value, own) = (|name| torchmetrics.value(name).unwrap(), &measured["torchmetrics"]);
            assert_near("torchmetrics' FID", value("fid"), &own["fid"]["said"], 1e-4);
            assert_near("torchmetrics' IS", value("is"), &own["is"][0], 1e-6);
            assert_near("torchmetrics' IS", value("is_std"), &own["is"][1], 1e-3);
        }
    }
}

/// An image by formula, gray or RGB, and its partner, which differs from it by noise.
fn pair(name: &str, found: &Value) -> [DynamicImage; 2] {
    let [height, width] = [0, 1].map(|axis| found["size"][axis].as_u64().unwrap() as usize);
    let channels = found["channels"].as_u64().unwrap() as usize;
    let rgb = image(3, height, width).data;
    let image: Vec<u8> = rgb.chunks_exact(3).flat_map(|pixel| &pixel[..channels]).copied().collect();
    let name = format!("pair {name}");
    let noise = uniform(&name, image.len()).map(|u| (41.0 * u).floor() - 20.0);
    let partner =
        image.iter().zip(noise).map(|(value, noise)| (f64::from(*value) + noise).clamp(0.0, 255.0) as u8).collect();
    [image, partner].map(|data| buffer(channels, height, width, data))
}

fn buffer(channels: usize, height: usize, width: usize, data: Vec<u8>) -> DynamicImage {
    let (width, height) = (width as u32, height as u32);
    match channels {
        1 => GrayImage::from_raw(width, height, data).unwrap().into(),
        _ => RgbImage::from_raw(width, height, data).unwrap().into(),
    }
}

/// The number of the pairs in the folders `a` and `b`.
fn measure(place: &Path, like: Like, metric: MetricKind, luma: bool) -> Result<f64, EvalError> {
    let path = |name: &str| place.join(name).display().to_string();
    let request = PairRequest {
        images: path("a"),
        partners: path("b"),
        selection: DataSelection::default(),
        metrics: vec![metric],
        pairing: Pairing { luma, ..Pairing::default() },
        perceptual: "vgg".into(),
        seed: 0,
        like: Some(like),
    };
    let found = evaluate_pairs(&request, &none, &device("cpu").unwrap(), &|_, _, _| {})?;
    assert!(found.protocol.contains(&format!("like {}", like.doc().split(':').next().unwrap())), "{}", found.protocol);
    Ok(found.measurements[0].values[0])
}

fn write_pair(place: &Path, name: &str, pair: &[DynamicImage; 2]) {
    for (folder, image) in ["a", "b"].iter().zip(pair) {
        std::fs::create_dir_all(place.join(folder)).unwrap();
        image.save(place.join(folder).join(name)).unwrap();
    }
}

#[test]
fn pairs_get_the_numbers_of_pyiqa() {
    use MetricKind::{MsSsim, Psnr, Ssim};
    let file = packages();
    let mut compared = 0;
    for (name, found) in file["pairs"].as_object().unwrap() {
        let Value::Object(own) = &found["pyiqa"] else { continue };
        let place = tempfile::tempdir().unwrap();
        write_pair(place.path(), "one.png", &pair(name, found));
        for (word, metric, luma) in
            [("psnr", Psnr, false), ("psnr of Y", Psnr, true), ("ssim", Ssim, false), ("ms-ssim", MsSsim, false)]
        {
            let value = measure(place.path(), Like::Pyiqa, metric, luma);
            match &own[word] {
                Value::Null => assert!(value.is_err(), "{word} of {name}"),
                expected => assert_near(&format!("{word} of {name}"), value.unwrap(), expected, 3e-7),
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 36);
    for (name, found) in file["odd_pairs"].as_object().unwrap() {
        let place = tempfile::tempdir().unwrap();
        for (folder, side) in [("a", "image"), ("b", "partner")] {
            std::fs::create_dir(place.path().join(folder)).unwrap();
            std::fs::write(place.path().join(folder).join("one.png"), bytes(&found[side])).unwrap();
        }
        for (word, metric) in [("psnr", Psnr), ("ssim", Ssim)] {
            let value = measure(place.path(), Like::Pyiqa, metric, false).unwrap();
            // SSIM is near zero, and pyiqa's window is in f32.
            assert_near(&format!("{word} of {name}"), value, &found["pyiqa"][word], 5e-6);
        }
    }
}

#[test]
fn torchmetrics_averages_squared_errors_of_all_pairs_and_piq_adds_an_epsilon() {
    let (file, place) = (packages(), tempfile::tempdir().unwrap());
    let even = pair("even", &file["pairs"]["even"]);
    write_pair(place.path(), "even.png", &even);
    let piq = measure(place.path(), Like::Piq, MetricKind::Psnr, false).unwrap();
    assert_near("piq's PSNR", piq, &file["pairs"]["even"]["piq"]["psnr"], 1e-12);
    let [gray, _] = pair("gray", &file["pairs"]["gray"]);
    let mut inverted = gray.clone();
    inverted.invert();
    write_pair(place.path(), "gray.png", &[gray, inverted]);
    let pooled = measure(place.path(), Like::Torchmetrics, MetricKind::Psnr, false).unwrap();
    assert_near("torchmetrics' PSNR", pooled, &file["pooled"], 1e-6);
    let mean = measure(place.path(), Like::ScikitImage, MetricKind::Psnr, false).unwrap();
    assert!((mean - pooled).abs() > 1.0, "{mean} and {pooled}");
}

#[test]
fn the_protocol_says_what_reading_changed() {
    let (file, place, device) = (packages(), tempfile::tempdir().unwrap(), device("cpu").unwrap());
    write(&place.path().join("fake"), &file["folders"]["odd"]["fake"]);
    let images = place.path().join("fake").display().to_string();
    let request =
        SetRequest { metrics: vec![MetricKind::Sharpness], data: Some(images.clone()), ..SetRequest::new(images) };
    let found = evaluate_sets(&request, &none, &device, &|_, _, _| {}).unwrap().protocol;
    let changes = ["4 with transparency over white", "4 turned by EXIF", "4 of more than 8 bits rounded to 8"];
    assert_eq!(found.images.read, changes);
    assert!(
        found.line().contains("(first 12 of 12, 4 with transparency over white, 4 turned by EXIF"),
        "{}",
        found.line()
    );
    let odd = &file["odd_pairs"];
    for (name, image, partner) in [("one.png", "rgba", "orientation"), ("two.png", "rgb of 16 bits", "rgba")] {
        for (folder, kind) in [("a", image), ("b", partner)] {
            std::fs::create_dir_all(place.path().join(folder)).unwrap();
            std::fs::write(place.path().join(folder).join(name), bytes(&odd[kind]["image"])).unwrap();
        }
    }
    let path = |name: &str| place.path().join(name).display().to_string();
    let request = PairRequest {
        images: path("a"),
        partners: path("a"),
        selection: DataSelection::default(),
        metrics: vec![MetricKind::Psnr],
        pairing: Pairing::default(),
        perceptual: "vgg".into(),
        seed: 0,
        like: None,
    };
    let protocol = evaluate_pairs(&request, &none, &device, &|_, _, _| {}).unwrap().protocol;
    assert!(protocol.contains("; 2 with transparency over white") && !protocol.contains("EXIF"), "{protocol}");
    let turned = PairRequest { images: path("b"), partners: path("b"), ..request };
    let protocol = evaluate_pairs(&turned, &none, &device, &|_, _, _| {}).unwrap().protocol;
    assert!(protocol.contains("; 2 with transparency over white; 2 turned by EXIF"), "{protocol}");
}

#[test]
fn what_a_package_does_not_do_is_refused() {
    use MetricKind::{Fid, Kid, Lpips, MsSsim, PrecisionRecall, Psnr};
    let place = tempfile::tempdir().unwrap();
    write_pair(place.path(), "one.png", &pair("gray", &packages()["pairs"]["gray"]));
    for (like, metric) in [(Like::ScikitImage, MsSsim), (Like::Pyiqa, Lpips), (Like::CleanFid, Psnr)] {
        let refused = measure(place.path(), like, metric, false).unwrap_err().to_string();
        assert!(refused.contains(&format!("--like {like} is for")) && refused.contains(metric.word()), "{refused}");
    }
    let of = |name: &str| place.path().join(name).display().to_string();
    let random = SetRequest { data: Some(of("b")), features: Some("random:1".into()), ..SetRequest::new(of("a")) };
    let like = |like: Like, metrics: &[MetricKind]| SetRequest {
        like: Some(like),
        metrics: metrics.to_vec(),
        ..random.clone()
    };
    let cases = [
        (like(Like::TorchFidelity, &[Kid]), "give --features inception"),
        (like(Like::Piq, &[Fid]), "--like piq is for kid, is,"),
        (SetRequest { resize: Some(ResizeKind::Tf1), ..like(Like::CleanFid, &[Kid]) }, "contradicts"),
        (SetRequest { seed: Some(1 << 32), ..like(Like::CleanFid, &[Kid]) }, "seeds below 2³²"),
        (like(Like::PytorchMsssim, &[]), "--metrics: ssim, ms-ssim"),
    ];
    let device = device("cpu").unwrap();
    for (request, expected) in cases {
        let refused = evaluate_sets(&request, &none, &device, &|_, _, _| {}).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    // prdc takes any features.
    let fine = SetRequest { resize: Some(ResizeKind::Clean), ..like(Like::Prdc, &[PrecisionRecall]) };
    let refused = evaluate_sets(&fine, &none, &device, &|_, _, _| {}).unwrap_err().to_string();
    assert!(refused.contains("at least 4 images"), "{refused}");
}

#[test]
fn every_package_names_its_version_and_its_metrics() {
    for like in Like::ALL {
        let metrics: Vec<&str> = like.metrics().iter().map(|metric| metric.word()).collect();
        let (name, listed) = like.doc().split_once(": ").unwrap();
        assert_eq!(listed, metrics.join(", "), "{like}");
        assert!(name.starts_with(&like.word().replace("pytorch-msssim", "pytorch_msssim")), "{name}");
        assert_eq!(like.conventions().package, name.split(',').next().unwrap());
    }
}
