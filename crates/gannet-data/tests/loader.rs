//! The sequence of batches: its order, resuming it, and broken files.

mod common;

use std::sync::Arc;

use common::{SPEC, folder, put};
use gannet_data::{Batch, DataError, Loader, Source, Split, open};

fn source(folder: &tempfile::TempDir) -> Arc<dyn Source> {
    open(folder.path().to_str().unwrap(), Split::Train, 0, 8).unwrap()
}

fn take(loader: &mut Loader, count: usize) -> Vec<Batch> {
    (0..count).map(|_| loader.next().unwrap()).collect()
}

/// The number of each image of a batch, from its red.
fn numbers(batch: &Batch) -> Vec<u8> {
    batch.images.chunks(3 * 64).map(|image| ((image[0] + 1.0) * 127.5).round() as u8).collect()
}

#[test]
fn the_stream_depends_on_the_seed_not_on_threads() {
    for broken in [None, Some(10)] {
        let folder = folder(50, broken);
        let stream = |seed, threads, ahead| {
            let mut loader = Loader::new(source(&folder), SPEC, 7, seed, 0).threads(threads, ahead);
            (take(&mut loader, 25), loader.take_broken())
        };
        let reference = stream(1, 1, 1);
        assert_eq!(stream(1, 2, 4), reference);
        assert_eq!(stream(1, 8, 3), reference);
        assert_ne!(stream(2, 8, 3).0, reference.0);
    }
}

#[test]
fn a_stream_resumed_at_any_batch_goes_on_as_it_would_have() {
    for broken in [None, Some(5)] {
        let folder = folder(20, broken);
        let whole = take(&mut Loader::new(source(&folder), SPEC, 6, 9, 0), 20);
        for start in [1, 3, 10, 19] {
            let mut resumed = Loader::new(source(&folder), SPEC, 6, 9, start as u64);
            assert_eq!(take(&mut resumed, 20 - start), whole[start..], "from batch {start}");
            assert_eq!(resumed.cursor(), 20);
        }
    }
}

#[test]
fn every_epoch_has_every_image_once_in_another_order() {
    let folder = folder(30, None);
    let mut loader = Loader::new(source(&folder), SPEC, 10, 4, 0);
    let epochs: Vec<Vec<u8>> = (0..3).map(|_| take(&mut loader, 3).iter().flat_map(numbers).collect()).collect();
    for epoch in &epochs {
        let mut sorted = epoch.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..30).collect::<Vec<u8>>());
    }
    assert!(epochs[0] != epochs[1] && epochs[1] != epochs[2]);
    assert!((loader.epoch() - 3.0).abs() < 1e-9);
}

#[test]
fn a_batch_may_be_larger_than_the_set() {
    let folder = folder(3, None);
    let batch = Loader::new(source(&folder), SPEC, 8, 0, 0).next().unwrap();
    assert_eq!((batch.n, batch.images.len(), batch.channels, batch.size), (8, 8 * 3 * 64, 3, 8));
    assert_eq!(batch.labels, Vec::<usize>::new(), "the folder has no classes");
}

#[test]
fn about_half_of_the_images_are_flipped() {
    let folder = folder(50, None);
    let flips = take(&mut Loader::new(source(&folder), SPEC, 50, 0, 0), 10);
    // green grows to the right where an image is as stored
    let flipped = |image: &[f32]| image[64] > image[71];
    let count = flips.iter().flat_map(|b| b.images.chunks(3 * 64)).filter(|image| flipped(image)).count();
    assert!((200..300).contains(&count), "{count} of 500");
}

#[test]
fn broken_files_are_skipped_and_reported_once_by_name() {
    let folder = folder(50, Some(10));
    let mut loader = Loader::new(source(&folder), SPEC, 10, 3, 0);
    let seen: Vec<u8> = take(&mut loader, 10).iter().flat_map(numbers).collect();
    assert!(seen.iter().all(|number| number % 10 != 0));
    let mut broken = loader.take_broken();
    broken.sort();
    let names: Vec<&str> = broken.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["000.png", "010.png", "020.png", "030.png", "040.png"]);
    assert!(broken[0].1.contains("not a PNG"), "{}", broken[0].1);
    take(&mut loader, 10);
    assert_eq!(loader.take_broken(), []);
}

#[test]
fn strict_makes_a_broken_file_an_error_that_stays() {
    let folder = folder(10, Some(10));
    let mut loader = Loader::new(source(&folder), SPEC, 10, 3, 0).strict(true);
    let error = loader.next().unwrap_err();
    assert!(error.to_string().starts_with("000.png: "), "{error}");
    assert_eq!(loader.next().unwrap_err(), error);
    assert_eq!(loader.cursor(), 0);
}

#[test]
fn a_set_without_a_readable_image_is_an_error_not_a_hang() {
    let folder = folder(12, Some(1));
    let error = Loader::new(source(&folder), SPEC, 4, 0, 0).next().unwrap_err();
    assert!(matches!(error, DataError::AllBroken { count: 12, .. }), "{error}");
    assert!(error.to_string().contains(".png") && error.to_string().contains("gannet data check"), "{error}");
}

#[test]
fn impossible_settings_are_errors() {
    let folder = folder(2, None);
    let error = Loader::new(source(&folder), SPEC, 0, 0, 0).next().unwrap_err();
    assert!(error.to_string().contains("batch = 0"));
    let spec = gannet_data::ImageSpec { channels: 2, ..SPEC };
    let error = Loader::new(source(&folder), spec, 1, 0, 0).next().unwrap_err();
    assert!(error.to_string().contains("channels = 2"));
}

#[test]
fn a_loader_ends_its_threads_when_dropped() {
    let folder = folder(20, None);
    for _ in 0..20 {
        let source = source(&folder);
        let mut loader = Loader::new(Arc::clone(&source), SPEC, 5, 0, 0);
        loader.next().unwrap();
        drop(loader);
        assert_eq!(Arc::strong_count(&source), 1, "a thread still holds the source");
    }
}

#[test]
fn labels_go_with_their_images() {
    let digits = open("digits", Split::Train, 5, 28).unwrap();
    let spec = gannet_data::ImageSpec { size: 28, channels: 1, flip: false, ..SPEC };
    let batch = Loader::new(Arc::clone(&digits), spec, 32, 1, 0).next().unwrap();
    let order = gannet_ops::random::Stream::new(1, "data", 0).permutation(digits.len());
    for (place, &index) in order[..32].iter().enumerate() {
        assert_eq!(Some(batch.labels[place]), digits.label(index));
        let planes = spec.apply(&digits.read(index).unwrap(), false);
        assert_eq!(batch.images[place * 784..(place + 1) * 784], planes);
    }
}

#[test]
fn what_reading_leaves_out_is_reported_once() {
    let folder = folder(6, None);
    for name in ["frames-a.png", "frames-b.png"] {
        put(folder.path(), name, include_bytes!("fixtures/frames.png"));
    }
    let source = open(folder.path().to_str().unwrap(), Split::Train, 0, 8).unwrap();
    let mut loader = Loader::new(source, SPEC, 8, 0, 0);
    let mut reported = Vec::new();
    for _ in 0..3 {
        loader.next().unwrap();
        reported.extend(loader.take_notes());
    }
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].sentence().ends_with(".png has 4 frames; only the first is used"), "{reported:?}");
    assert!(loader.take_broken().is_empty());
}
