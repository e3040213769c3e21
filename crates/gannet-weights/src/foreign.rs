//! Files that are given for weights and are something else, by their first bytes: what they are, and what to do.

/// Beginnings of other kinds of files, what they are, and the remedy.
const BEGINNINGS: [(&[u8], &str); 10] = [
    (
        b"version https://git-lfs",
        "a Git LFS pointer, not the weights: run 'git lfs pull' in its repository, or download the file itself",
    ),
    (b"\x89HDF\r\n\x1a\n", HDF5),
    (b"GGUF", "a GGUF file, which holds quantized language models: give a PyTorch or safetensors file"),
    (b"\x1f\x8b", "compressed with gzip: unpack it with gunzip, and give the file inside"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it, and give the file inside"),
    (b"Rar!", "a RAR archive: unpack it, and give the file inside"),
    (b"\x93NUMPY", "a NumPy array, which names no layers: give the network's PyTorch or safetensors file"),
    (b"\x89PNG", "a picture: give the file of a network"),
    (b"\xff\xd8\xff", "a picture: give the file of a network"),
    (b"%PDF", "a PDF document: give the file of a network"),
];
const HDF5: &str = "an HDF5 file, such as Keras writes: load it in Keras, and save the weights with safetensors, under PyTorch's names";
/// Beginnings of web pages, in lower case.
const PAGES: [&str; 3] = ["<!doctype", "<html", "<?xml"];
/// Names inside of archives that PyTorch's reader refuses, what the archives are, and the remedy.
const ARCHIVES: [(&[u8], &str); 4] = [
    (
        b"/constants.pkl",
        "a TorchScript archive, which holds a program: save the weights alone, in Python by torch.save(torch.jit.load(FILE).state_dict(), \
         'weights.pth')",
    ),
    (b"model.weights.h5", HDF5),
    (b".npy", "a NumPy archive: give the network's PyTorch or safetensors file"),
    (b"saved_model.pb", "a model of TensorFlow: give a PyTorch or safetensors file"),
];

/// Bytes at the end of an archive that are searched for names.
const LONGEST_DIRECTORY: usize = 4 << 20;

/// What a file is that is certainly neither a PyTorch nor a safetensors file, with the remedy.
pub(crate) fn foreign_kind(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return Some("empty: download it again".to_owned());
    }
    let known = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)).map(|(_, kind)| *kind);
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(256)])
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_lowercase();
    let page = PAGES.iter().any(|page| start.starts_with(page));
    let page =
        page.then_some("a web page, not weights: open the file's address in a browser, and save the file itself");
    known.or(page).or_else(|| is_onnx(bytes).then_some(ONNX)).map(str::to_owned)
}

const ONNX: &str =
    "an ONNX model, which Gannet does not read: give the PyTorch or safetensors file that it was exported from";

/// ONNX is a protocol buffer that begins with its version (field 1) and the name of its writer (field 2) or its graph (field 7).
fn is_onnx(bytes: &[u8]) -> bool {
    matches!(bytes, [0x08, 1..=30, 0x12 | 0x1a | 0x3a, ..])
}

/// What an archive is that PyTorch's reader has refused, with the remedy.
pub(crate) fn foreign_archive(bytes: &[u8]) -> Option<String> {
    if bytes.get(257..262) == Some(b"ustar") {
        return Some(
            "a tar archive that is no checkpoint of PyTorch: unpack it, and give the file of weights inside".to_owned(),
        );
    }
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    // The names in a zip archive are not compressed, and all of them are at its end.
    let directory = &bytes[bytes.len().saturating_sub(LONGEST_DIRECTORY)..];
    let holds = |name: &[u8]| directory.windows(name.len()).any(|window| window == name);
    if let Some((_, kind)) = ARCHIVES.iter().find(|(name, _)| holds(name)) {
        return Some((*kind).to_owned());
    }
    let is_pytorch = holds(b"data.pkl");
    (!is_pytorch).then(|| {
        "a zip archive without a network of PyTorch: unpack it, and give the file of weights inside".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_kinds_are_named() {
        let long_pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        for (bytes, word) in [
            (&long_pointer[..], "git lfs pull"),
            (b"  <!DOCTYPE html><title>Not found</title>", "web page"),
            (b"<html>", "web page"),
            (b"\x08\x07\x12\x07pytorch\x1a\x051.9.0", "ONNX"),
            (b"\x89HDF\r\n\x1a\n\0\0", "Keras"),
            (b"GGUF\x03\0\0\0", "GGUF"),
            (b"\x1f\x8b\x08\0", "gunzip"),
            (b"", "empty"),
        ] {
            let kind = foreign_kind(bytes).unwrap_or_default();
            assert!(kind.contains(word), "{word}: {kind}");
        }
        for weights in [&b"PK\x03\x04"[..], b"\x80\x02\x8a\x0al", b"\x10\0\0\0\0\0\0\0{}"] {
            assert_eq!(foreign_kind(weights), None);
        }
    }

    #[test]
    fn archives_are_named_by_the_names_in_them() {
        let zip = |name: &str| [b"PK\x03\x04....", name.as_bytes()].concat();
        for (name, word) in [
            ("model/constants.pkl", "torch.jit.load"),
            ("model.weights.h5", "Keras"),
            ("photos/cat.jpg", "zip archive without"),
        ] {
            let kind = foreign_archive(&zip(name)).unwrap();
            assert!(kind.contains(word), "{kind}");
        }
        assert_eq!(foreign_archive(&zip("archive/data.pkl")), None);
        assert_eq!(foreign_archive(b"\x80\x02}."), None);
    }
}
