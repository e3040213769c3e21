//! Published weights: their addresses, their hashes, and the cache folder of downloaded files.
//!
//! Nothing here uses the network; the caller downloads and gives the bytes to [`Known::store`].

use std::path::{Path, PathBuf};

use crate::atomic::write_atomic;
use crate::error::WeightsError;
use crate::hash::sha256;

/// A published file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its name here, and in the cache folder.
    pub name: &'static str,
    /// What it is, in a line.
    pub what: &'static str,
    /// Its address.
    pub url: &'static str,
    /// SHA-256 in hexadecimal digits.
    pub sha256: &'static str,
    /// Length in bytes.
    pub bytes: u64,
}

/// All published files that Gannet uses.
pub const KNOWN: [Known; 6] = [
    Known {
        name: "inception",
        what: "Inception-v3 of 2015, by which the Fréchet Inception distance is defined",
        url: "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
        sha256: "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        bytes: 95_628_359,
    },
    Known {
        name: "dinov2",
        what: "DINOv2, ViT-B/14 without registers",
        url: "https://dl.fbaipublicfiles.com/dinov2/dinov2_vitb14/dinov2_vitb14_pretrain.pth",
        sha256: "0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73",
        bytes: 346_378_731,
    },
    Known {
        name: "vgg16",
        what: "VGG16 of torchvision, the network of LPIPS",
        url: "https://download.pytorch.org/models/vgg16-397923af.pth",
        sha256: "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        bytes: 553_433_881,
    },
    Known {
        name: "alexnet",
        what: "AlexNet of torchvision, the network of LPIPS",
        url: "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
        sha256: "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        bytes: 244_408_911,
    },
    Known {
        name: "lpips-vgg",
        what: "the weights of LPIPS 0.1 on VGG16",
        url: "https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/vgg.pth",
        sha256: "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
        bytes: 7_289,
    },
    Known {
        name: "lpips-alex",
        what: "the weights of LPIPS 0.1 on AlexNet",
        url: "https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/alex.pth",
        sha256: "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
        bytes: 6_009,
    },
];

/// The folder for files that can be downloaded again: `GANNET_CACHE`, or `gannet` in the user's cache folder; `None` where there
/// is neither.
pub fn cache_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("GANNET_CACHE").or_else(|| {
        let home = || Some(set("HOME").or_else(|| set("USERPROFILE"))?.join(".cache"));
        Some(set("XDG_CACHE_HOME").or_else(|| set("LOCALAPPDATA")).or_else(home)?.join("gannet"))
    })
}

impl Known {
    /// The published file called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.name == name)
    }

    /// Its path in the cache folder.
    pub fn place(&self) -> Option<PathBuf> {
        Some(cache_folder()?.join("weights").join(format!("{}.pth", self.name)))
    }

    /// The path of the downloaded file, if there is one; its hash is checked.
    ///
    /// # Errors
    /// The file has another hash, and may be damaged.
    pub fn kept(&self) -> Result<Option<PathBuf>, WeightsError> {
        let Some(path) = self.place().filter(|path| path.is_file()) else { return Ok(None) };
        let bytes = std::fs::read(&path).map_err(|source| WeightsError::Read { path: path.clone(), source })?;
        self.verify(&bytes, &path)?;
        Ok(Some(path))
    }

    /// Writes the downloaded bytes to the cache folder.
    ///
    /// # Errors
    /// The bytes have another hash, or cannot be written; then nothing is written.
    pub fn store(&self, bytes: &[u8]) -> Result<PathBuf, WeightsError> {
        let path = self.place().ok_or(WeightsError::NoCache)?;
        self.verify(bytes, Path::new(self.url))?;
        let failed = |source| WeightsError::Write { path: path.clone(), source };
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
        write_atomic(&path, bytes).map_err(failed)?;
        Ok(path)
    }

    fn verify(&self, bytes: &[u8], path: &Path) -> Result<(), WeightsError> {
        let found = sha256(bytes);
        if found == self.sha256 {
            return Ok(());
        }
        let reason = format!(
            "its SHA-256 is {} and should be {}; remove the file, and it is downloaded again",
            &found[..12],
            &self.sha256[..12]
        );
        Err(WeightsError::Format { path: path.to_owned(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_files_have_one_name_and_are_stored_only_with_their_hash() {
        for known in &KNOWN {
            assert!(known.url.starts_with("https://") && known.sha256.len() == 64, "{}", known.name);
            assert_eq!(KNOWN.iter().filter(|other| other.name == known.name).count(), 1);
            let error = known.store(b"<html>not found</html>").unwrap_err().to_string();
            assert!(error.contains("SHA-256") || error.contains("cache"), "{error}");
        }
        assert_eq!(Known::named("vgg16").unwrap().name, "vgg16");
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
