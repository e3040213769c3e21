//! What a file is that is no image and no archive, for messages.

/// The kinds of files by their first bytes.
const BY_CONTENT: [(&[u8], &str); 18] = [
    (b"version https://git-lfs", "a Git LFS pointer: run `git lfs pull` for the file itself"),
    (b"<!doctype", "an HTML page: a download that failed"),
    (b"<html", "an HTML page: a download that failed"),
    (b"<?xml", "an XML file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, such as Keras weights or arrays"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"Rar!", "a RAR archive: unpack it and give the folder"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive: unpack it and give the folder"),
    (b"\x80\x02", "a Python pickle, which is not read because it may run code"),
    (b"\x80\x03", "a Python pickle, which is not read because it may run code"),
    (b"\x80\x04", "a Python pickle, which is not read because it may run code"),
    (b"\x80\x05", "a Python pickle, which is not read because it may run code"),
    (b"SQLite format 3", "an SQLite database"),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file: write its images to files first"),
    (b"%PDF", "a PDF file"),
    (b"BZh", "a file packed by bzip2 that is no tar: unpack it first"),
];

/// The kinds of files that only their names show.
const BY_NAME: [(&str, &str); 9] = [
    (".onnx", "an ONNX network"),
    (".npy", "a NumPy array"),
    (".tfrecord", "a TFRecord file: write its images to files first"),
    (".pth", "PyTorch weights"),
    (".pt", "PyTorch weights"),
    (".safetensors", "weights"),
    (".pkl", "a Python pickle, which is not read because it may run code"),
    (".z01", "one part of a split zip archive: join the parts and unpack them"),
    (".001", "one part of a split archive: join the parts with `cat` and give the result"),
];

/// What a file of this name that starts with these bytes is, where it is known.
pub(crate) fn file_kind(name: &str, head: &[u8]) -> Option<&'static str> {
    let start: Vec<u8> = head.iter().skip_while(|byte| byte.is_ascii_whitespace()).take(32).copied().collect();
    let is = |magic: &[u8]| {
        head.starts_with(magic) || start.get(..magic.len()).is_some_and(|start| start.eq_ignore_ascii_case(magic))
    };
    let by_content = BY_CONTENT.iter().find(|(magic, _)| is(magic)).map(|(_, kind)| *kind);
    let name = name.to_ascii_lowercase();
    by_content.or_else(|| BY_NAME.iter().find(|(end, _)| name.ends_with(end)).map(|(_, kind)| *kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_content_and_by_their_name() {
        let has = |name, head: &[u8], word: &str| file_kind(name, head).is_some_and(|kind| kind.contains(word));
        assert!(has("a.png", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"));
        assert!(has("a.zip", b"\n<!DOCTYPE html><html>", "HTML page"));
        assert!(has("a.zip", b"<HTML lang=en>", "HTML page"));
        assert!(has("model.onnx", b"\x08\x07", "ONNX") && has("model.h5", b"\x89HDF\r\n\x1a\n", "HDF5"));
        assert!(has("data", b"PAR1\x15", "Parquet") && has("x", b"\x93NUMPY\x01", "NumPy"));
        assert!(has("data_batch_1", b"\x80\x02}q", "pickle"));
        assert_eq!(file_kind("notes.txt", b"a note"), None);
    }
}
