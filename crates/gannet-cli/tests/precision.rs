//! Convolutions whose factors are rounded to bfloat16: `--precision` and `train.precision`.

mod common;

use common::{Place, checkpoints, pictures};

/// Two files of the values of a run's newest averaged generator.
fn generators(place: &Place, runs: [&str; 2]) -> [Vec<u8>; 2] {
    runs.map(|run| {
        let files = checkpoints(&place.path(run));
        let newest = files.into_iter().rev().find(|(path, _)| path.ends_with("ema.safetensors"));
        newest.expect("a checkpoint has a generator").1
    })
}

#[test]
fn a_run_in_bfloat16_resumes_byte_by_byte() {
    let place = Place::new();
    let four = ["--set", "train.steps=4", "--set", "checkpoint.every=2"];
    let bf16 = [&four[..], &["--set", "train.precision=bf16"]].concat();
    place.train("single", &four);
    place.train("whole", &bf16);
    place.train("part", &[&bf16[..], &["--set", "train.steps=2"]].concat());
    place.ok(&["resume", "part", "--set", "train.steps=4"]);
    let [whole, part] = generators(&place, ["whole", "part"]);
    assert!(whole == part, "a resumed run differs from an uninterrupted one");
    let [single, whole] = generators(&place, ["single", "whole"]);
    assert!(single != whole, "the precision changes nothing");
    let message = place.refused(&["resume", "whole", "--set", "train.steps=6", "--set", "train.precision=f32"]);
    assert!(message.contains("train.precision"), "{message}");
    let message = place.refused(&["train", "--run", "other", "--set", "train.precision=f16"]);
    assert!(message.contains("f32 or bf16"), "{message}");
}

/// The number of threads and the instructions change no bit of what is convolved in bfloat16.
#[test]
fn enlarged_pictures_are_close_to_those_of_f32() {
    let place = Place::new();
    pictures(&place.path("in"), 1);
    let picture = "in/cat/000.png";
    let enlarged = |name: &str, words: &[&str], simd: &str| {
        let all = [&["upscale", picture, "-o", name], words].concat();
        let output = place.command(&all).env("GANNET_SIMD", simd).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        image::open(place.path(name)).unwrap().to_rgb8().into_raw()
    };
    let single = enlarged("single.png", &[], "");
    let half = enlarged("half.png", &["--precision", "bf16"], "");
    assert_eq!(enlarged("plain.png", &["--precision", "bf16", "--threads", "1"], "plain"), half);
    let largest = single.iter().zip(&half).map(|(single, half)| single.abs_diff(*half)).max().unwrap();
    assert!((1..=8).contains(&largest), "the largest difference is {largest} of 255");
    let message = place.refused(&["upscale", picture, "--precision", "f64"]);
    assert!(message.contains("bf16"), "{message}");
}
