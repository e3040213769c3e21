//! Image files on disk, as a user names them to a command: single files and folders.

use std::fs;
use std::path::{Path, PathBuf};

use image::DynamicImage;

use crate::sources::folder::Folder;
use crate::sources::store::{MAX_ENTRY, Store};
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
        let unreadable = |error| DataError::unreadable(&self.path, &error);
        let length = fs::metadata(&self.path).map_err(unreadable)?.len();
        if length > MAX_ENTRY {
            let reason = format!("has {} MiB, the limit is {} MiB", length >> 20, MAX_ENTRY >> 20);
            return Err(DataError::too_large(&self.name, reason));
        }
        decode::stored(&self.path.display().to_string(), &fs::read(&self.path).map_err(unreadable)?)
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
