//! `gannet weights`, and `--key`: what files of weights are, and which part of them is used.

mod common;

use common::Place;

fn case(name: &str) -> String {
    format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn reference(name: &str) -> String {
    format!("{}/../../scripts/reference/weight_files/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The cells of the lines about `word`.
fn lines(text: &str, word: &str) -> Vec<String> {
    let cell =
        |line: &str| line.strip_prefix(word).filter(|rest| rest.starts_with("  ")).map(|rest| rest.trim().to_owned());
    text.lines().filter_map(cell).collect()
}

#[test]
fn a_file_is_described_with_its_network_and_its_command() {
    let place = Place::new();
    let text = place.ok(&["weights", &reference("wrapped.pth")]);
    assert!(lines(&text, "file")[0].ends_with("wrapped.pth: a PyTorch file"), "{text}");
    assert_eq!(lines(&text, "size"), ["14,552 bytes, wrapped.pth"]);
    assert!(lines(&text, "SHA-256")[0].len() == 64, "{text}");
    assert_eq!(lines(&text, "tensors"), ["22 of f32"]);
    let network = "SRVGG for 2 times the size, 3 channels, 2 layers, width 4, under params_ema.netG (without params)";
    assert_eq!(lines(&text, "network"), [network]);
    assert_eq!(lines(&text, "parameters"), ["864"]);
    assert_eq!(lines(&text, "channels"), ["3 in, 3 out"]);
    assert_eq!(lines(&text, "scale"), ["2"]);
    assert_eq!(lines(&text, "used by"), ["gannet upscale --weights FILE"]);
    assert!(text.contains("3 tensors that are no weights, such as mask (u8), are left out"), "{text}");
}

/// All weight files of the cases are known networks.
#[test]
fn every_case_is_known() {
    let place = Place::new();
    for (name, network) in [
        ("esr_old1.pth", "RRDB for 1 times"),
        ("esr_state_dict.pth", "RRDB for 4 times"),
        ("esr_trunk.pth", "RRDB for 4 times"),
        ("esrgan-rgba.pth", "RRDB for 4 times the size, 4 channels"),
        ("nearest4.pth", "SRVGG for 4 times"),
    ] {
        let text = place.ok(&["weights", &case(name)]);
        assert!(lines(&text, "network")[0].starts_with(network), "{name}: {text}");
        assert!(lines(&text, "does not fit").is_empty(), "{name}: {text}");
    }
}

#[test]
fn both_files_of_ncnn_are_listed() {
    let place = Place::new();
    let text = place.ok(&["weights", &reference("srvgg-resized-x2.param")]);
    assert_eq!(lines(&text, "size"), ["858 bytes, srvgg-resized-x2.param", "6,456 bytes, srvgg-resized-x2.bin"]);
    assert_eq!(lines(&text, "tensors"), ["3 of f16, 5 of f32"]);
    assert_eq!(lines(&text, "scale"), ["2"]);
    assert_eq!(lines(&text, "parameters"), ["3,150"]);
}

/// The nearest network is named, and the first tensors are listed; what is no file of weights is refused.
#[test]
fn other_files_are_described_or_refused() {
    let place = Place::new();
    let header = r#"{"stem.weight":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}"#;
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 4]].concat();
    std::fs::write(place.path("net.safetensors"), bytes).unwrap();
    let text = place.ok(&["weights", "net.safetensors"]);
    assert!(
        lines(&text, "network")[0].starts_with("not known: it holds one tensor, stem.weight, and fits none"),
        "{text}"
    );
    assert!(text.contains("stem.weight [1, 2]") && lines(&text, "tensors") == ["1 of f16"], "{text}");
    for (content, part) in [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "is a Git LFS pointer"),
        ("<!DOCTYPE html><title>Not found</title>", "is a web page"),
        (r#"{"modelTopology": {}, "weightsManifest": []}"#, "is a model of TensorFlow.js"),
        ("not weights at all", "is a text file, not weights"),
    ] {
        std::fs::write(place.path("net.pth"), content).unwrap();
        let message = place.refused(&["weights", "net.pth"]);
        assert!(message.contains(part), "{message}");
    }
    assert!(place.refused(&["weights", "missing.pth"]).contains("cannot read missing.pth"));
}

#[test]
fn a_key_chooses_the_network() {
    let place = Place::new();
    let wrapped = reference("wrapped.pth");
    let picture = case("base.png");
    let upscale = |key: &[&str], output: &str| {
        place.ok(&[&["upscale", "--weights", &wrapped, &picture, "-o", output], key].concat());
        image::open(place.path(output)).unwrap().to_rgb8()
    };
    let average = upscale(&[], "average.png");
    assert_eq!(upscale(&["--key", "params_ema"], "same.png"), average);
    let zeros = upscale(&["--key", "params"], "zeros.png");
    let small = image::open(&picture).unwrap().to_rgb8();
    assert!(
        zeros.enumerate_pixels().all(|(x, y, pixel)| pixel == small.get_pixel(x / 2, y / 2)),
        "pixels are repeated"
    );
    assert_ne!(zeros, average);
    for words in [
        &["upscale", "--weights", &wrapped, &picture, "-o", "out.png"][..],
        &["translate", "--weights", &wrapped, &picture, "-o", "out.png"],
        &["stylize", "--weights", &wrapped, &picture, "-o", "out.png"],
        &["weights", &wrapped],
    ] {
        let message = place.refused(&[words, &["--key", "ema"]].concat());
        assert!(message.contains("it has no key ema; its keys are params, params_ema, params_ema.netG"), "{message}");
    }
    let message = place.refused(&["upscale", "run", &picture, "-o", "out.png", "--key", "params"]);
    assert!(message.contains("--key names a part of the file of --weights"), "{message}");
    let message = place.refused(&["weights", &wrapped, "--key", ""]);
    assert!(message.contains("the key is empty"), "{message}");
    assert!(!place.path("out.png").exists());
}

/// A network in ncnn's files enlarges pictures by either file's name.
#[test]
fn ncnn_s_files_enlarge_pictures() {
    let place = Place::new();
    let mut results = Vec::new();
    for name in ["srvgg-resized-x3.param", "srvgg-resized-x3.bin"] {
        place.ok(&["upscale", "--weights", &reference(name), &case("base.png"), "-o", "out.png", "--force"]);
        results.push(image::open(place.path("out.png")).unwrap().to_rgb8());
    }
    assert_eq!(results[0].dimensions(), (180, 120));
    assert_eq!(results[0], results[1]);
    for (from, to) in [("srvgg-resized-x3.param", "X3.PARAM"), ("srvgg-resized-x3.bin", "X3.BIN")] {
        std::fs::copy(reference(from), place.path(to)).unwrap();
    }
    for name in ["X3.PARAM", "X3.BIN"] {
        assert_eq!(lines(&place.ok(&["weights", name]), "scale"), ["3"]);
    }
}

/// Of several files, those that can be read are described.
#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let place = Place::new();
    let output = place.run(&["weights", "missing.pth", &reference("wrapped.pth"), "lost.pth"]);
    let [text, errors] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(lines(&text, "scale"), ["2"]);
    let places: Vec<&str> = errors.lines().filter_map(|line| line.strip_prefix("error: cannot read ")).collect();
    assert!(places.len() == 2 && places[0].starts_with("missing.pth") && places[1].starts_with("lost.pth"), "{errors}");
}

/// Weights of a feature extractor are sent where they are used.
#[test]
fn extractors_are_sent_to_eval() {
    let place = Place::new();
    let tensor = |name: &str, at: usize| {
        format!(r#""{name}.weight":{{"dtype":"F16","shape":[1,2],"data_offsets":[{at},{}]}}"#, at + 4)
    };
    let header = format!("{{{},{}}}", tensor("convnet.c1", 0), tensor("convnet.c3", 4));
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
    std::fs::write(place.path("net.safetensors"), bytes).unwrap();
    for words in [
        &["upscale", "--weights", "net.safetensors", &case("base.png")][..],
        &["sample", "--weights", "net.safetensors"],
    ] {
        let message = place.refused(words);
        assert!(message.contains("LeNet-5") && message.contains("gannet eval --features lenet:FILE"), "{message}");
    }
}
