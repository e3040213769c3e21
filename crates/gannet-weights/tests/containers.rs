//! One network in files of every kind, against scripts/reference/containers.py: the tensors are those that PyTorch gives.

use std::path::{Path, PathBuf};

use gannet_weights::{NamedTensor, TensorFile, WeightsFile, read_safetensors};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference").join(name)
}

fn read(name: &str) -> WeightsFile {
    WeightsFile::read(&reference("weight_files").join(name)).unwrap()
}

/// The network's tensors, by the formula or as numbers of 8 bits.
fn expected(narrow: bool) -> Vec<NamedTensor> {
    let (tensors, _) = read_safetensors(&reference("containers.safetensors")).unwrap();
    let (narrow_ones, others): (Vec<_>, Vec<_>) =
        tensors.into_iter().partition(|tensor| tensor.name.starts_with("f8."));
    let plain = |tensor: NamedTensor| NamedTensor { name: tensor.name.replacen("f8.", "", 1), ..tensor };
    if narrow { narrow_ones.into_iter().map(plain).collect() } else { others }
}

#[test]
fn every_kind_of_file_gives_the_same_tensors() {
    for (name, kind) in [
        ("torchscript.pt", "a TorchScript archive"),
        ("traced.pt", "a TorchScript archive"),
        ("exported.onnx", "an ONNX network"),
        ("dynamo.onnx", "an ONNX network"),
        ("exactly-21-characters.pth", "a PyTorch file"),
        ("before-2020.pth", "a PyTorch file"),
    ] {
        let file = read(name);
        assert_eq!(file.container, kind, "{name}");
        assert_eq!(file.tensors, expected(false), "{name}");
        assert_eq!(file.types.iter().collect::<Vec<_>>(), [(&"f32", &11)], "{name}");
    }
}

#[test]
fn numbers_of_8_bits_are_read() {
    let file = read("f8.safetensors");
    assert_eq!(file.tensors, expected(true));
    assert_eq!(file.types.into_iter().collect::<Vec<_>>(), [("f8_e4m3", 7), ("f8_e5m2", 4)]);
}

/// Counters and masks lie beside the weights of a checkpoint, and inside of them.
#[test]
fn tensors_of_other_types_condemn_no_file() {
    let file = read("wrapped.pth");
    let others = ["mask (u8)", "params_ema.module.netG.steps (i64)", "params_ema.module.netG.used (bool)"];
    assert_eq!(file.left_out, others);
    assert!(file.remarks().contains("3 tensors that are no weights, such as mask (u8)"), "{}", file.remarks());
    assert_eq!(TensorFile::unwrapped(file.tensors), expected(false));
}

#[test]
fn a_key_chooses_and_a_wrong_one_is_answered_with_all() {
    let path = reference("weight_files").join("wrapped.pth");
    let under = |key: &str| WeightsFile::read_under(&path, Some(key));
    let zeros = under("params").unwrap().tensors;
    assert!(zeros.len() == 11 && zeros.iter().all(|tensor| tensor.values.iter().all(|value| *value == 0.0)));
    for key in ["params_ema.netG", "params_ema.module.netG"] {
        assert_eq!(under(key).unwrap().tensors, expected(false), "{key}");
    }
    let message = under("ema").unwrap_err().to_string();
    assert!(message.ends_with("it has no key ema; its keys are params, params_ema, params_ema.netG"), "{message}");
    let plain =
        WeightsFile::read_under(&reference("weight_files/f8.safetensors"), Some("ema")).unwrap_err().to_string();
    assert!(plain.contains("its names begin with body"), "{plain}");
}

/// The two files of an ncnn network are found from either, and a message names the one that lacks.
#[test]
fn either_file_of_an_ncnn_network_is_enough() {
    let [graph, values] = ["rrdb-x2.param", "rrdb-x2.bin"].map(read);
    assert_eq!((&graph.tensors, &graph.parts), (&values.tensors, &values.parts));
    assert_eq!(graph.types.into_iter().collect::<Vec<_>>(), [("f16", 21), ("f32", 21)]);
    assert!(graph.parts[1].path.ends_with("rrdb-x2.bin") && graph.parts[1].bytes == 22_188);
    let folder = tempfile::tempdir().unwrap();
    for (name, other) in [("rrdb-x2.param", "alone.bin"), ("rrdb-x2.bin", "alone.param")] {
        let path = folder.path().join("alone").with_extension(name.rsplit_once('.').unwrap().1);
        std::fs::copy(reference("weight_files").join(name), &path).unwrap();
        let message = WeightsFile::read(&path).unwrap_err().to_string();
        assert!(message.contains(other) && message.contains("put it there"), "{message}");
        std::fs::remove_file(path).unwrap();
    }
}

/// A graph that differs from the known networks in one place, and values that are not its own.
#[test]
fn other_ncnn_networks_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [graph, values] = ["param", "bin"].map(|kind| reference("weight_files/rrdb-x4").with_extension(kind));
    let (text, bytes) = (std::fs::read_to_string(graph).unwrap(), std::fs::read(values).unwrap());
    let message = |text: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join("net.param"), text).unwrap();
        std::fs::write(folder.path().join("net.bin"), bytes).unwrap();
        WeightsFile::read(&folder.path().join("net.param"))
            .map_or_else(|error| error.to_string(), |_| "read".to_owned())
    };
    assert_eq!(message(&text, &bytes), "read");
    for (old, new, part) in [
        // Another slope in one layer, another factor of one residual branch, another padding, another layer.
        ("9=2 -23310=1,2.000000e-01", "9=2 -23310=1,1.000000e-01", "connected in another way"),
        ("-23301=2,2.000000e-01,1.000000e+00", "-23301=2,1.000000e+00,1.000000e+00", "connected in another way"),
        ("1=3 4=1 5=1", "1=3 4=0 5=1", "a layer Convolution as neither SRVGG nor RRDB"),
        ("Eltwise  ", "Softmax  ", "a layer Softmax as neither"),
        ("0=1 1=2.000000e+00 2=2.000000e+00", "0=2 1=2.000000e+00 2=2.000000e+00", "a layer Interp as neither"),
        ("7767517\n", "7767517\n9", "its graph has"),
        ("0=6 1=3", "0=7 1=3", "weights"),
    ] {
        assert!(text.contains(old), "{old}");
        let message = message(&text.replacen(old, new, 1), &bytes);
        assert!(message.contains(part), "{new}: {message}");
    }
    assert!(message(&text, &bytes[..bytes.len() - 4]).contains("ends before the values"));
    assert!(message(&text, &[&bytes[..], &[0; 4]].concat()).contains("4 bytes more"));
    assert!(message(&text, b"version https://git-lfs.github.com/spec/v1\n").contains("net.bin is a Git LFS pointer"));
    let whole = [&0x000d_4b38_u32.to_le_bytes()[..], &bytes[4..]].concat();
    assert!(message(&text, &whole).contains("whole numbers of 8 bits"));
}
