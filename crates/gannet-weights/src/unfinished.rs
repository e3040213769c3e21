//! What is being written has a random name of one form, so that a leftover of a killed process is known as Gannet's.
//!
//! The names begin with a dot: readers of images leave hidden files out.

use std::ffi::OsStr;

use tempfile::Builder;

const PREFIX: &str = ".gannet-";
const SUFFIX: &str = ".part";
/// Random letters and digits between prefix and suffix.
const RANDOM: usize = 12;

/// A builder of files and folders with such names. They are created anew, never opened.
pub(crate) fn unfinished() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
    builder
}

/// Whether a file or folder of this name is one that Gannet was writing.
pub fn is_unfinished(name: &OsStr) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_again_and_no_other_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = unfinished().tempfile_in(folder.path()).unwrap();
        assert!(is_unfinished(file.path().file_name().unwrap()));
        for name in ["a.png.part", ".gannet-.part", ".gannet-my notes 12.part", ".gannet-0123456789ab", "new.part"] {
            assert!(!is_unfinished(OsStr::new(name)), "{name}");
        }
    }
}
