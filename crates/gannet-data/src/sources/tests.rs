//! What holds for every source in the registry.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::container::Container;
use super::format::{Example, Format};
use super::registry::{BUILT_IN, CONTAINERS, FORMATS};
use crate::{DataError, Source, SourceKind, Split, is_built_in, known_sources, open, read_image};

const SIZE: usize = 16;

fn error(path: &Path) -> String {
    open(path.to_str().unwrap(), Split::Train, 0, SIZE).map(|_| ()).unwrap_err().to_string()
}

/// The sources' lengths, and the first image of each split.
fn open_both(path: &Path) -> [Arc<dyn Source>; 2] {
    [Split::Train, Split::Test].map(|split| open(path.to_str().unwrap(), split, 0, SIZE).unwrap())
}

fn write(root: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn every_source_has_its_own_name_and_a_summary_of_one_line() {
    let sources = known_sources();
    let names: BTreeSet<&str> = sources.iter().map(|source| source.name).collect();
    assert_eq!(names.len(), sources.len());
    assert_eq!(sources.len(), BUILT_IN.len() + CONTAINERS.len() + FORMATS.len());
    for source in &sources {
        assert!(!source.name.is_empty() && source.summary.len() > 10, "{source:?}");
        assert!(!source.summary.contains('\n') && !source.summary.ends_with('.'), "{source:?}");
        assert_eq!(is_built_in(source.name), source.kind == SourceKind::BuiltIn, "{source:?}");
    }
}

#[test]
fn an_unknown_path_is_answered_with_everything_that_is_known() {
    let message = error(Path::new("shpaes"));
    for source in known_sources() {
        assert!(message.contains(source.name), "{} is missing in: {message}", source.name);
    }
    assert!(message.starts_with("shpaes: no such file or folder") && message.ends_with("did you mean 'shapes'?"));
    assert!(!error(Path::new("elsewhere/nowhere")).contains("did you mean"));
}

#[test]
fn built_in_sets_are_functions_of_seed_split_and_index() {
    for set in BUILT_IN {
        let name = set.name();
        let open = |split, seed| open(name, split, seed, SIZE).unwrap();
        let (train, test, other) = (open(Split::Train, 3), open(Split::Test, 3), open(Split::Train, 4));
        let fingerprints = [&train, &test, &other].map(|source| source.fingerprint());
        assert_eq!(BTreeSet::from(fingerprints).len(), 3, "{name}");
        assert_eq!(open(Split::Train, 3).fingerprint(), fingerprints[0], "{name}");
        let image = |source: &Arc<dyn Source>, index| read_image(source.as_ref(), index).unwrap().into_bytes();
        assert_eq!(image(&train, 17), image(&open(Split::Train, 3), 17), "{name}");
        let next = train.classes().len() + 17;
        assert_eq!(train.label(17), train.label(next), "{name}");
        for different in [image(&train, next), image(&test, 17), image(&other, 17)] {
            assert_ne!(image(&train, 17), different, "{name}");
        }
    }
}

#[test]
fn built_in_sets_name_and_label_their_images() {
    for set in BUILT_IN {
        for split in [Split::Train, Split::Test] {
            let source = open(set.name(), split, 0, SIZE).unwrap();
            // Pairs of images from two built-in sets are found by the number in this name.
            assert_eq!(source.name(17), format!("{} {split}[17]", set.name()));
            let labels: BTreeSet<usize> = (0..100).filter_map(|index| source.label(index)).collect();
            assert!(labels.into_iter().eq(0..source.classes().len()), "{}", set.name());
            assert!(read_image(source.as_ref(), source.len() - 1).is_ok(), "{}", set.name());
        }
    }
}

#[test]
fn fingerprints_of_built_in_sets_stay_as_runs_have_recorded_them() {
    let recorded = |name, split, seed| open(name, split, seed, 32).unwrap().fingerprint();
    for (name, train, test) in RECORDED {
        assert_eq!([recorded(name, Split::Train, 0), recorded(name, Split::Test, 7)], [train, test], "{name}");
    }
}

/// Fingerprints at 32 pixels: training images of seed 0, test images of seed 7.
const RECORDED: [(&str, u64, u64); 5] = [
    ("digits", 0x4069_d5de_2fea_ebff, 0xb866_935d_874e_f7f4),
    ("shapes", 0x0e96_873f_1e48_35c8, 0x9765_acd6_6cab_527d),
    ("shapes-striped", 0x55c9_5b0b_f76f_1022, 0xa203_903b_918a_19e3),
    ("shapes-hatched", 0x6d70_d69e_d419_2776, 0x6a8c_c65b_322a_2edf),
    ("shapes-outlined", 0x9c51_6950_f9d2_7097, 0x60bf_7b2e_ff9f_1c0c),
];

#[test]
fn every_format_is_read_from_folders_and_from_every_container() {
    for format in FORMATS {
        let Example { files, counts } = format.example();
        let root = tempfile::tempdir().unwrap();
        write(&root.path().join("folder"), &files);
        let folder = open_both(&root.path().join("folder"));
        assert_eq!(folder.each_ref().map(|source| source.len()), counts, "{}", format.name());
        assert!(files.iter().any(|(path, _)| format.has_name(path)), "{}", format.name());
        for (container, packed) in CONTAINERS.iter().filter_map(|c| Some((c, c.pack(&files)?))) {
            let path = root.path().join(format!("packed{}", container.name()));
            std::fs::write(&path, packed).unwrap();
            same_sets(&folder, &open_both(&path), *container, *format);
        }
    }
}

fn same_sets(
    folder: &[Arc<dyn Source>; 2],
    packed: &[Arc<dyn Source>; 2],
    container: &dyn Container,
    format: &dyn Format,
) {
    for (folder, packed) in folder.iter().zip(packed) {
        let name = format!("{} in {}", format.name(), container.name());
        assert_eq!((folder.len(), folder.classes()), (packed.len(), packed.classes()), "{name}");
        assert_eq!(folder.fingerprint(), packed.fingerprint(), "{name}");
        for index in 0..folder.len() {
            assert_eq!(folder.name(index), packed.name(index), "{name}");
            assert_eq!(folder.label(index), packed.label(index), "{name}");
            let images = [folder, packed].map(|source| read_image(source.as_ref(), index).unwrap());
            assert!(images[0] == images[1], "{name}: image {index}");
        }
    }
}

#[test]
fn every_format_belongs_to_itself_alone() {
    for format in FORMATS {
        let Example { files, .. } = format.example();
        for other in FORMATS.iter().filter(|other| other.name() != format.name()) {
            assert!(!files.iter().any(|(path, _)| other.has_name(path)), "{} in {}", other.name(), format.name());
        }
    }
}

#[test]
fn every_container_is_recognized_by_content_and_a_damaged_one_is_reported() {
    let root = tempfile::tempdir().unwrap();
    let Example { files, counts } = FORMATS[0].example();
    for (container, bytes) in CONTAINERS.iter().filter_map(|c| Some((c, c.pack(&files)?))) {
        let recognizing: Vec<&str> = (CONTAINERS.iter())
            .filter(|other| other.recognizes(&bytes[..bytes.len().min(512)]))
            .map(|other| other.name())
            .collect();
        assert_eq!(recognizing, [container.name()]);
        let unnamed = root.path().join("unnamed");
        std::fs::write(&unnamed, &bytes).unwrap();
        assert_eq!(open_both(&unnamed).map(|source| source.len()), counts, "{}", container.name());
        for extension in container.extensions() {
            let path = root.path().join(format!("damaged{extension}"));
            for damaged in [&b"no archive"[..], &bytes[..bytes.len() * 2 / 3]] {
                std::fs::write(&path, damaged).unwrap();
                let message = error(&path);
                assert!(message.contains(&format!("damaged{extension}: damaged: ")), "{message}");
            }
        }
    }
}

#[test]
fn a_zstandard_file_may_begin_with_a_frame_without_data() {
    let root = tempfile::tempdir().unwrap();
    let Example { files, counts } = FORMATS[0].example();
    let zstd = CONTAINERS.iter().find(|container| container.name() == ".tar.zst").unwrap();
    let path = root.path().join("parallel.tar.zst");
    std::fs::write(&path, [&[0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 9, 9][..], &zstd.pack(&files).unwrap()].concat())
        .unwrap();
    assert_eq!(open_both(&path).map(|source| source.len()), counts);
}

#[test]
fn a_set_without_test_images_says_so_in_every_format() {
    for format in FORMATS {
        let Example { files, .. } = format.example();
        let is_test = |path: &str| ["t10k", "test", "val/"].iter().any(|word| path.contains(word));
        let files: Vec<_> = files.into_iter().filter(|(path, _)| !is_test(path)).collect();
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &files);
        let path = root.path().to_str().unwrap();
        assert!(open(path, Split::Train, 0, SIZE).is_ok(), "{}", format.name());
        let missing = open(path, Split::Test, 0, SIZE).map(|_| ());
        assert!(matches!(missing, Err(DataError::NoSplit { .. })), "{}: {missing:?}", format.name());
    }
}
