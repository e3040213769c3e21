//! Image files on disk, as a user names them to a command: single files and folders.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use image::DynamicImage;

use crate::sources::folder::Folder;
use crate::sources::store::{MAX_ENTRY, Store, ignored};
use crate::sources::tree;
use crate::{DataError, StoredImage, decode};

/// An image file on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// the file's path
    pub path: PathBuf,
    /// its path below the folder that the user gave, or the file's name
    pub name: String,
}

impl ImageFile {
    /// Decodes the file as [`decode`](crate::decode) does.
    ///
    /// # Errors
    /// The file cannot be read or decoded, or exceeds a limit.
    pub fn read(&self) -> Result<DynamicImage, DataError> {
        Ok(self.read_stored()?.into_srgb().image)
    }

    /// Decodes the file, but keeps the image's color space and metadata.
    ///
    /// # Errors
    /// The file cannot be read or decoded, or exceeds a limit.
    pub fn read_stored(&self) -> Result<StoredImage, DataError> {
        self.read_up_to(decode::MAX_PIXELS)
    }

    /// Decodes the file as [`ImageFile::read_stored`] does, with any number of pixels that fit into [`MAX_DECODED`](crate::MAX_DECODED) bytes.
    ///
    /// # Errors
    /// The file cannot be read or decoded, or exceeds a limit.
    pub fn read_large(&self) -> Result<StoredImage, DataError> {
        self.read_up_to(u64::MAX)
    }

    fn read_up_to(&self, pixels: u64) -> Result<StoredImage, DataError> {
        let unreadable = |error| DataError::unreadable(&self.path, &error);
        let length = fs::metadata(&self.path).map_err(unreadable)?.len();
        if length > MAX_ENTRY {
            let reason = format!("has {} MiB, the limit is {} MiB", length >> 20, MAX_ENTRY >> 20);
            return Err(DataError::too_large(&self.name, reason));
        }
        let bytes = fs::read(&self.path).map_err(unreadable)?;
        decode::stored_as(&self.path.display().to_string(), &bytes, true, pixels)
    }
}

/// The image files at a path: the file itself, or all image files below a folder, sorted by name.
///
/// # Errors
/// The path does not exist, or the folder holds no images.
pub fn image_files(path: &Path) -> Result<Vec<ImageFile>, DataError> {
    let found = fs::metadata(path).map_err(|error| DataError::unreadable(path, &error))?;
    if found.is_file() {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        return Ok(vec![ImageFile { path: path.to_owned(), name }]);
    }
    let folder = Folder::open(path)?;
    let images = tree::images(&folder);
    let image_file =
        |(name, index): (&str, usize)| ImageFile { path: folder.file(index).to_owned(), name: name.to_owned() };
    let files: Vec<ImageFile> = images.into_iter().map(image_file).collect();
    if files.is_empty() {
        let hint = format!(" but {} other files", folder.entries().len());
        return Err(DataError::Empty { path: path.display().to_string(), hint });
    }
    Ok(files)
}

/// The names of the image files in the folder of the file `path` that could be confused with it, its own name among them:
/// those with an image's extension, and those that differ from it in the extension alone and are images by content.
pub fn neighbors(path: &Path) -> Vec<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_other_image = |name: &str| {
        let same_stem = Path::new(name).file_stem() == path.file_stem();
        tree::has_image_name(name) || same_stem && decode::is_image(&head(&folder.join(name)))
    };
    let mut names = BTreeSet::from_iter(path.file_name().map(|name| name.to_string_lossy().into_owned()));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !ignored(&name) && is_other_image(&name) && entry.path().is_file() {
            names.insert(name);
        }
    }
    names.into_iter().collect()
}

/// The first 16 bytes of a file, fewer where there are not as many.
fn head(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    let _ = fs::File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_all_images_below_it_and_a_file_itself() {
        let folder = tempfile::tempdir().unwrap();
        let image = image::RgbImage::from_pixel(3, 2, image::Rgb([1, 2, 3]));
        fs::create_dir(folder.path().join("below")).unwrap();
        for name in ["b.png", "below/a.png"] {
            image.save(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("notes.txt"), "no image").unwrap();
        fs::write(folder.path().join("broken.png"), "no image either").unwrap();
        let found = image_files(folder.path()).unwrap();
        let names: Vec<&str> = found.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["b.png", "below/a.png", "broken.png"]);
        assert_eq!(found[1].read().unwrap().to_rgb8(), image);
        let error = found[2].read().unwrap_err().to_string();
        assert!(error.contains("broken.png") && error.contains("not a PNG"), "{error}");
        assert_eq!(image_files(&found[0].path).unwrap()[0].name, "b.png");
        assert!(image_files(&folder.path().join("absent")).is_err());
        assert!(image_files(&folder.path().join("notes.txt")).unwrap()[0].read().is_err());
    }
}
