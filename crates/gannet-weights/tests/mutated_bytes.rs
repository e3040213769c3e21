//! Files whose bytes are changed at random are read or refused in words, and none has many more values than bytes.

use std::panic::catch_unwind;

use gannet_ops::random::Stream;
use gannet_weights::{NamedTensor, parse_safetensors, read_weights, safetensors_bytes};

/// Small networks of other kinds, by their extensions.
const OTHERS: [(&str, &[u8], usize); 4] = [
    ("onnx", include_bytes!("../../../scripts/reference/weight_files/exported.onnx"), 5000),
    ("pt", include_bytes!("../../../scripts/reference/weight_files/traced.pt"), 3000),
    ("param", GRAPH, 800),
    ("bin", VALUES, 64),
];
const GRAPH: &[u8] = include_bytes!("../../../scripts/reference/weight_files/srvgg-x4.param");
const VALUES: &[u8] = include_bytes!("../../../scripts/reference/weight_files/srvgg-x4.bin");
const NEAREST: &[u8] = include_bytes!("../../gannet-cli/tests/cases/nearest4.pth");
/// Mutations of each file.
const MUTATIONS: u64 = 1500;

fn safetensors() -> Vec<u8> {
    let tensor = |name: &str, shape: &[usize]| NamedTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values: vec![0.5; shape.iter().product()],
    };
    safetensors_bytes(&[tensor("params.body.0.weight", &[4, 3, 3, 3]), tensor("params.body.0.bias", &[4])], "note")
}

/// Reads changed bytes from a file, and says whether that went well.
fn is_read(bytes: &[u8]) -> bool {
    is_read_as("pth", bytes)
}

/// Reads changed bytes from a file with this extension; a network of ncnn has its other file beside it.
fn is_read_as(extension: &str, bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.pth").with_extension(extension);
    if ["param", "bin"].contains(&extension) {
        std::fs::write(path.with_extension("param"), GRAPH).unwrap();
        std::fs::write(path.with_extension("bin"), VALUES).unwrap();
    }
    std::fs::write(&path, bytes).unwrap();
    match read_weights(&path) {
        Ok((tensors, _)) => {
            let values: usize = tensors.iter().map(|tensor| tensor.values.len()).sum();
            assert!(values <= 16 * bytes.len().max(VALUES.len()), "{values} values of {} bytes", bytes.len());
            true
        }
        Err(error) => {
            assert!(error.to_string().contains("net."), "{error}");
            false
        }
    }
}

/// Changes a few bytes, most of them in the first and last `near` bytes, where files describe themselves; or cuts the file.
fn mutate(bytes: &mut Vec<u8>, near: usize, stream: &mut Stream) {
    if stream.below(10) == 0 {
        bytes.truncate(stream.below(bytes.len()));
        return;
    }
    for _ in 0..1 + stream.below(4) {
        let offset = stream.below(near.min(bytes.len()));
        let at = if stream.below(2) == 0 { offset } else { bytes.len() - 1 - offset };
        bytes[at] = match stream.below(4) {
            0 => 0xff,
            1 => 0,
            2 => b'0' + stream.below(10) as u8,
            _ => stream.below(256) as u8,
        };
    }
}

fn check(name: &str, whole: &[u8], near: usize) {
    check_as(name, "pth", whole, near);
}

fn check_as(name: &str, extension: &str, whole: &[u8], near: usize) {
    assert!(is_read_as(extension, whole), "{name}");
    let mut refused = 0;
    for number in 0..MUTATIONS {
        let mut stream = Stream::new(number, name, 0);
        let mut bytes = whole.to_vec();
        mutate(&mut bytes, near, &mut stream);
        let outcome = catch_unwind(|| is_read_as(extension, &bytes));
        refused += usize::from(!outcome.unwrap_or_else(|_| panic!("{name}, mutation {number}")));
    }
    assert!(refused > 100, "{name}: many mutations are refused, not {refused}");
}

#[test]
fn mutated_safetensors_files_are_read_or_refused() {
    let whole = safetensors();
    let header = whole.iter().rposition(|byte| *byte == b'}').unwrap();
    check("safetensors", &whole, header);
}

#[test]
fn mutated_pytorch_files_are_read_or_refused() {
    check("pth", NEAREST, 3000);
}

#[test]
fn mutated_files_of_other_kinds_are_read_or_refused() {
    for (extension, whole, near) in OTHERS {
        check_as(extension, extension, whole, near);
    }
}

/// A header may claim any length and any offsets.
#[test]
fn claims_that_overflow_are_refused() {
    for header in [
        r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#,
        r#"{"a":{"dtype":"F32","shape":[7000000000],"data_offsets":[0,28000000000]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
    ] {
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 4]].concat();
        assert!(parse_safetensors(&bytes, "a.safetensors".as_ref()).is_err(), "{header}");
    }
    assert!(!is_read(&[&u64::MAX.to_le_bytes()[..], b"{}"].concat()));
}

/// A PyTorch file whose pickle says that one value, repeated with a stride of 0, is a tensor of 4 GB.
#[test]
fn a_repeated_value_is_no_large_tensor() {
    let claim = |size: u32| [b"J".as_slice(), &size.to_le_bytes()].concat();
    let pickle = [
        b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02((X\x07\x00\x00\x00storageq\x03ctorch\n\
          FloatStorage\nq\x04X\x01\x00\x00\x000q\x05X\x03\x00\x00\x00cpuq\x06K\x01tq\x07QK\x00"
            .as_slice(),
        &claim(1 << 30),
        b"\x85q\x08K\x00\x85q\x09\x89ccollections\nOrderedDict\nq\x0a)Rq\x0btq\x0cRq\x0ds.",
    ]
    .concat();
    let magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
    let system =
        b"\x80\x02}q\x00(X\x10\x00\x00\x00protocol_versionq\x01M\xe9\x03X\x0d\x00\x00\x00little_endianq\x02\x88u.";
    let keys = b"\x80\x02]q\x00X\x01\x00\x00\x000q\x01a.";
    let storage = [&1_u64.to_le_bytes()[..], &1_f32.to_le_bytes()].concat();
    let bytes = [&magic[..], system, &pickle, keys, &storage].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.pth");
    std::fs::write(&path, bytes).unwrap();
    let message = read_weights(&path).unwrap_err().to_string();
    assert!(message.contains("its tensors would have 4294967296 bytes"), "{message}");
}
