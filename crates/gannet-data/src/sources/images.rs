//! Image files in a folder or archive, one file per image.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::file_labels::FileLabels;
#[cfg(test)]
use super::format::Example;
use super::format::Format;
use super::store::{MAX_ENTRY, Store};
use super::tree::{self, Tree};
use super::{companions, dataset_json, given_layout, identify, metadata_table, split_lists};
use crate::decode;
use crate::fingerprint::{self, fnv, fnv_numbers};
use crate::pillow;
use crate::{DataError, Decoding, Inspected, Layout, LayoutChoice, Source, Split};

/// The format of image files, in class folders or not.
pub(crate) struct ImageFiles;

impl Format for ImageFiles {
    fn name(&self) -> &'static str {
        "image files"
    }

    fn summary(&self) -> &'static str {
        "PNG, JPEG, WebP, BMP and TIFF images, also in class folders and with train and test (or val) folders"
    }

    fn one_image_per_file(&self) -> bool {
        true
    }

    fn has_name(&self, path: &str) -> bool {
        tree::has_image_name(path)
    }

    fn has_content(&self, head: &[u8]) -> bool {
        decode::is_image(head)
    }

    fn open(
        &self,
        store: &Arc<dyn Store>,
        split: Split,
        layout: LayoutChoice,
    ) -> Result<Option<Arc<dyn Source>>, DataError> {
        let images = tree::images(store.as_ref());
        if images.is_empty() {
            return Ok(None);
        }
        let is_image: HashSet<usize> = images.iter().map(|(_, index)| *index).collect();
        let mut images: Vec<_> = images.into_iter().map(|(_, index)| (store.inner_path(index), index)).collect();
        let mut left_out = Layout::default();
        images = companions::leave_out_annotations(images, &mut left_out);
        let (mut tree, mut read) = arranged(store.as_ref(), images, split, layout)?;
        let mut fingerprint = fingerprint::EMPTY;
        if let Some(labels) = file_labels(store.as_ref(), &tree, layout)? {
            read.extend_from_slice(&labels.read);
            labels.apply(&mut tree);
            fingerprint = fnv_numbers(fingerprint, tree.labels.iter().map(|label| *label as u64));
        }
        for &index in &tree.images {
            let entry = &store.entries()[index];
            fingerprint = fnv(fnv(fingerprint, entry.path.as_bytes()), &entry.size.to_le_bytes());
        }
        tree.layout.left_out.extend(left_out.left_out);
        leave_out_other_files(store.as_ref(), &is_image, &read, &mut tree.layout);
        tree.layout.notes.extend_from_slice(store.notes());
        if let Some(parts) = store.parts() {
            tree.layout.reason = format!("{parts}; {}", tree.layout.reason);
        }
        let (store, decoding) = (Arc::clone(store), Decoding::default());
        Ok(Some(Arc::new(Images { store, tree, fingerprint, decoding })))
    }

    fn single_file(&self, _path: &str, head: &[u8]) -> Option<&'static str> {
        self.has_content(head).then_some("a single image; give the folder it is in")
    }

    #[cfg(test)]
    fn example(&self) -> Example {
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(2, 2).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let paths = [
            "set/train/cat/a.png",
            "set/train/dog/a.png",
            "set/train/dog/b.png",
            "set/val/cat/a.png",
            "set/val/dog/a.png",
        ];
        Example { files: paths.map(|path| (path, png.get_ref().clone())).to_vec(), counts: [3, 2] }
    }
}

/// The images of a split, by folders or by lists, or by the layout that is asked for; and the lists that were read.
fn arranged(
    store: &dyn Store,
    images: Vec<(&str, usize)>,
    split: Split,
    layout: LayoutChoice,
) -> Result<(Tree, Vec<usize>), DataError> {
    let missing = || split.missing(store.path().display().to_string());
    if !matches!(layout, LayoutChoice::Auto | LayoutChoice::Labels) {
        return Ok((given_layout::arrange(images, split, layout).ok_or_else(missing)?, Vec::new()));
    }
    let train = tree::arrange(images.clone(), Split::Train);
    if let Some(tree) = train.as_ref().filter(|tree| !tree::has_split_folders(tree))
        && let Some(listed) = split_lists::read(store, &tree.images, split)?
    {
        let (mut tree, count) = (tree.clone(), tree.images.len());
        tree.retain(&listed.kept);
        let part = if split == Split::Train { "training" } else { "test" };
        tree.layout.reason = format!("{} lists the {part} images; {}", listed.list, tree.layout.reason);
        tree.layout.leave_out("images", "the list of the split does not name them", count - tree.images.len());
        if listed.missing > 0 {
            tree.layout.notes.push(format!("{} lines of {} name no image", listed.missing, listed.list));
        }
        return Ok((tree, listed.read));
    }
    let tree = if split == Split::Train { train } else { tree::arrange(images, split) };
    Ok((tree.ok_or_else(missing)?, Vec::new()))
}

/// The labels that files give, which folders do not; none where a layout of folders is asked for.
fn file_labels(store: &dyn Store, tree: &Tree, layout: LayoutChoice) -> Result<Option<FileLabels>, DataError> {
    match layout {
        LayoutChoice::Auto => {}
        LayoutChoice::Labels => return beside(store, tree).map(Some),
        LayoutChoice::Flat | LayoutChoice::Classes | LayoutChoice::Splits => return Ok(None),
    }
    match in_one_file(store, &tree.images)? {
        Some(labels) => Ok(Some(labels)),
        None if tree.classes.is_empty() => companions::read(store, &tree.images),
        None => Ok(None),
    }
}

/// The labels that one file has for all images: a table of images, StyleGAN's labels, or metadata beside the images.
fn in_one_file(store: &dyn Store, images: &[usize]) -> Result<Option<FileLabels>, DataError> {
    if let Some(table) = store.labels() {
        return Ok(Some(FileLabels::of_table(&table, images)));
    }
    match dataset_json::read(store, images)? {
        Some(labels) => Ok(Some(labels)),
        None => metadata_table::read(store, images),
    }
}

/// The labels in files, which have to be there.
fn beside(store: &dyn Store, tree: &Tree) -> Result<FileLabels, DataError> {
    let found = match in_one_file(store, &tree.images)? {
        Some(found) => Some(found),
        None => companions::read(store, &tree.images)?,
    };
    let path = store.path().display();
    let none = || format!("{path}: no dataset.json, metadata.csv, metadata.jsonl, .cls or .json files have labels");
    found.ok_or_else(|| DataError::Setting(none()))
}

/// Counts the files that are no images, by extension.
fn leave_out_other_files(store: &dyn Store, is_image: &HashSet<usize>, read: &[usize], layout: &mut Layout) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (index, entry) in store.entries().iter().enumerate() {
        if !is_image.contains(&index) {
            let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
            let extension = name.rsplit_once('.').map_or("no extension".to_owned(), |(_, end)| format!(".{end}"));
            *counts.entry(extension.to_lowercase()).or_default() += 1;
        }
    }
    for &index in read {
        let path = &store.entries()[index].path;
        if let Some(count) =
            path.rsplit_once('.').and_then(|(_, end)| counts.get_mut(&format!(".{}", end.to_lowercase())))
        {
            *count = count.saturating_sub(1);
        }
    }
    for (extension, count) in counts {
        layout.leave_out(extension, "", count);
    }
}

/// The image files of one split of a store.
struct Images {
    store: Arc<dyn Store>,
    tree: Tree,
    fingerprint: u64,
    decoding: Decoding,
}

impl Source for Images {
    fn len(&self) -> usize {
        self.tree.images.len()
    }

    fn name(&self, index: usize) -> String {
        self.store.entries()[self.tree.images[index]].path.clone()
    }

    fn name_in_class(&self, index: usize) -> String {
        self.tree.names[index].clone()
    }

    fn layout(&self) -> Option<&Layout> {
        Some(&self.tree.layout)
    }

    fn classes(&self) -> &[String] {
        &self.tree.classes
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.tree.labels.get(index).copied()
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let number = self.tree.images[index];
        let bytes = self.store.bytes(number, MAX_ENTRY)?;
        let name = &self.store.entries()[number].path;
        let inspected = match self.decoding {
            Decoding::Faithful => decode::inspect(name, &bytes),
            Decoding::Pillow => pillow::inspect(name, &bytes),
        };
        inspected.map_err(|error| match identify::file_kind(name, &bytes) {
            Some(kind) => DataError::broken(name, format!("not an image but {kind}")),
            None => error,
        })
    }

    fn decoded_as(&self, decoding: Decoding) -> Option<Arc<dyn Source>> {
        let (store, tree) = (Arc::clone(&self.store), self.tree.clone());
        Some(Arc::new(Self { store, tree, fingerprint: self.fingerprint, decoding }))
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}
