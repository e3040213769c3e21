//! Files that are given for weights and are something else, by their first bytes or their names: what they are, and what to do.

use std::path::Path;

use super::archive::has_end;

/// Beginnings of other kinds of files, what they are, and the remedy.
const BEGINNINGS: [(&[u8], &str); 14] = [
    (
        b"version https://git-lfs",
        "a Git LFS pointer, not the weights: run 'git lfs pull' in its repository, or download the file itself",
    ),
    (b"\x89HDF\r\n\x1a\n", HDF5),
    (
        b"<net",
        "an OpenVINO network, which Gannet does not read: give the PyTorch, safetensors or ONNX file that it was made from",
    ),
    (b"GGUF", "a GGUF file, which holds quantized language models: give a PyTorch or safetensors file"),
    (b"\x1f\x8b", "compressed with gzip: unpack it with gunzip, and give the file inside"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it, and give the file inside"),
    (b"Rar!", "a RAR archive: unpack it, and give the file inside"),
    (b"\x93NUMPY", "a NumPy array, which names no layers: give the network's PyTorch or safetensors file"),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"RIFF", PICTURE),
    (b"8BPS", PICTURE),
    (b"%PDF", "a PDF document: give the file of a network"),
];
const PICTURE: &str = "a picture: give the file of a network";
const TEXT: &str = "a text file, not weights: give the file of a network";
const CUT: &str = "cut short: download it again";
const HDF5: &str = "an HDF5 file, such as Keras writes: load it in Keras, and save the weights with safetensors, under PyTorch's names";
/// Words in the text of a JSON file, what it is, and the remedy.
const TEXTS: [(&str, &str); 2] = [
    (
        "weightsmanifest",
        "a model of TensorFlow.js, which Gannet does not read: give the PyTorch or safetensors file of the same network",
    ),
    (
        "weight_map",
        "the index of a network that is split into several safetensors files: join them into one, and give that",
    ),
];
/// Names of modules in pickles that are no state dictionaries, what the pickles are, and the remedy.
const PICKLES: [(&[u8], &str); 3] = [
    (b"torch_utils.persistence", STYLEGAN),
    (b"dnnlib.tflib", STYLEGAN),
    (
        b"paddle",
        "a pickle of PaddlePaddle, which Gannet does not read: give the PyTorch or safetensors file of the same network",
    ),
];
const STYLEGAN: &str = "a pickle of StyleGAN, which holds a program: Gannet has no StyleGAN";
/// Endings of names, what the files are, and the remedy.
const NAMES: [(&str, &str); 3] = [
    (
        ".mlmodel",
        "a Core ML model, which Gannet does not read: give the PyTorch, safetensors or ONNX file that it was made from",
    ),
    (".index", TENSORFLOW),
    (".data-00000-of-00001", TENSORFLOW),
];
const TENSORFLOW: &str =
    "a part of TensorFlow's checkpoint, which Gannet does not read: give a PyTorch or safetensors file";
/// Bytes of a file that are searched for words.
const SEARCHED: usize = 1 << 16;
/// Beginnings of web pages, in lower case.
const PAGES: [&str; 3] = ["<!doctype", "<html", "<?xml"];
/// Names inside of archives that PyTorch's reader refuses, what the archives are, and the remedy.
const ARCHIVES: [(&[u8], &str); 6] = [
    (b".pth", INSIDE),
    (b".safetensors", INSIDE),
    (
        b"models/model.json",
        "a program of torch.export: save the weights alone, by torch.save(model.state_dict(), 'weights.pth')",
    ),
    (b"model.weights.h5", HDF5),
    (b".npy", "a NumPy archive: give the network's PyTorch or safetensors file"),
    (b"saved_model.pb", SAVED_MODEL),
];

/// Bytes at the end of an archive that are searched for names.
const LONGEST_DIRECTORY: usize = 4 << 20;

/// What a file is that certainly holds no weights that are read, with the remedy.
pub(super) fn foreign_kind(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return Some("empty: download it again".to_owned());
    }
    let known = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)).map(|(_, kind)| *kind);
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(256)])
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_lowercase();
    let page = PAGES.iter().any(|page| start.starts_with(page));
    let open_vino = (page && start.contains("<net")).then_some("<net").and_then(beginning);
    let page =
        page.then_some("a web page, not weights: open the file's address in a browser, and save the file itself");
    let lite = bytes.get(4..8) == Some(b"TFL3");
    let lite =
        lite.then_some("a TensorFlow Lite model, which Gannet does not read: give a PyTorch or safetensors file");
    let saved = || bytes.starts_with(&[0x08, 0x01, 0x12]).then_some(SAVED_MODEL);
    let kind = known.or(open_vino).or(page).or(lite).or_else(|| text_kind(&start, bytes)).or_else(saved);
    kind.map(str::to_owned)
}

/// What a file is in which PyTorch's reader finds no tensors, with the remedy.
pub(super) fn kind_without_tensors(path: &Path, bytes: &[u8]) -> Option<String> {
    let name = path.to_string_lossy().to_lowercase();
    let named = || NAMES.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, kind)| *kind);
    let text = || std::str::from_utf8(bytes).is_ok().then_some(TEXT);
    let kind = || pickle_kind(bytes).or_else(named).or_else(text).map(str::to_owned);
    foreign_archive(bytes).or_else(kind)
}

const INSIDE: &str = "a zip archive with files of weights inside: unpack it, and give one of them";
const SAVED_MODEL: &str = "a model of TensorFlow: give a PyTorch or safetensors file";

/// What a file with this beginning is.
fn beginning(beginning: &str) -> Option<&'static str> {
    BEGINNINGS.iter().find(|(bytes, _)| *bytes == beginning.as_bytes()).map(|(_, kind)| *kind)
}

/// What a JSON file is, by the words in it.
fn text_kind(start: &str, bytes: &[u8]) -> Option<&'static str> {
    if !start.starts_with('{') {
        return None;
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SEARCHED)]).to_lowercase();
    let known = TEXTS.iter().find(|(word, _)| text.contains(word)).map(|(_, kind)| *kind);
    // A pickle may begin with a brace, and then has bytes that are no text.
    known.or_else(|| std::str::from_utf8(bytes).is_ok().then_some(TEXT))
}

/// What a pickle is, by the modules that it names.
fn pickle_kind(bytes: &[u8]) -> Option<&'static str> {
    if bytes.first() != Some(&0x80) {
        return None;
    }
    let searched = &bytes[..bytes.len().min(SEARCHED)];
    let names = |module: &[u8]| searched.windows(module.len()).any(|window| window == module);
    PICKLES.iter().find(|(module, _)| names(module)).map(|(_, kind)| *kind)
}

/// What an archive is that PyTorch's reader has refused, with the remedy.
fn foreign_archive(bytes: &[u8]) -> Option<String> {
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
    if !has_end(bytes) {
        return Some(CUT.to_owned());
    }
    // The name of a file of PyTorch's is in its own archive, too, as in "model.pth/data.pkl".
    let is_pytorch = holds(b"data.pkl");
    let is = |(name, kind): &&(&[u8], &str)| holds(name) && !(is_pytorch && *kind == INSIDE);
    if let Some((_, kind)) = ARCHIVES.iter().find(is) {
        return Some((*kind).to_owned());
    }
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
            (b"{\"modelTopology\": {}, \"weightsManifest\": []}", "TensorFlow.js"),
            (b"{\"weight_map\": {}}", "several safetensors files"),
            (b"<?xml version=\"1.0\"?>\n<net name=\"x\">", "OpenVINO"),
            (b"\x1c\0\0\0TFL3", "Lite"),
            (b"\x89HDF\r\n\x1a\n\0\0", "Keras"),
            (b"GGUF\x03\0\0\0", "GGUF"),
            (b"\x1f\x8b\x08\0", "gunzip"),
            (b"", "empty"),
        ] {
            let kind = foreign_kind(bytes).unwrap_or_default();
            assert!(kind.contains(word), "{word}: {kind}");
        }
        for (name, bytes, word) in [
            ("model.ckpt.index", &b"\0\0"[..], "TensorFlow"),
            ("net.pkl", b"\x80\x04\x95\0\0torch_utils.persistence", "StyleGAN"),
        ] {
            assert_eq!(foreign_kind(bytes), None, "{name} might hold tensors");
            assert!(kind_without_tensors(Path::new(name), bytes).unwrap_or_default().contains(word), "{name}");
        }
        for weights in [&b"PK\x03\x04"[..], b"\x80\x02\x8a\x0al", b"\x10\0\0\0\0\0\0\0{}"] {
            assert_eq!(foreign_kind(weights), None);
        }
    }

    #[test]
    fn archives_are_named_by_the_names_in_them() {
        let zip = |name: &str| [b"PK\x03\x04....", name.as_bytes(), b"PK\x05\x06"].concat();
        for (name, word) in [
            ("net/models/model.json", "torch.export"),
            ("model.weights.h5", "Keras"),
            ("photos/cat.jpg", "zip archive without"),
            ("networks/net.pth", "files of weights inside"),
        ] {
            let kind = foreign_archive(&zip(name)).unwrap();
            assert!(kind.contains(word), "{kind}");
        }
        assert_eq!(foreign_archive(&zip("archive/data.pkl")), None);
        assert_eq!(foreign_archive(&zip("best.pth/data.pkl")), None);
        assert!(foreign_archive(b"PK\x03\x04....archive/data.pkl").unwrap().contains("cut short"));
        assert_eq!(foreign_archive(b"\x80\x02}."), None);
    }
}
