//! The report on a whole set.

mod common;

use common::{SPEC, encoded, numbered_image, png, put, raw_png};
use gannet_data::{LayoutChoice, Range, Report, Split, check};
use image::{DynamicImage, GrayImage, ImageFormat};

fn report() -> Report {
    let root = tempfile::tempdir().unwrap();
    for number in 0..5 {
        put(root.path(), &format!("cat/{number}.png"), &png(number));
    }
    let gray = DynamicImage::ImageLuma8(GrayImage::new(20, 10));
    put(root.path(), "dog/gray.png", &encoded(&gray, ImageFormat::Png));
    put(root.path(), "dog/palette.png", &raw_png((8, 8), 8, 3, &[(b"PLTE", &[1, 2, 3])], &[0; 72]));
    let deep = DynamicImage::ImageLuma16(numbered_image(1).to_luma16());
    put(root.path(), "dog/deep.png", &encoded(&deep, ImageFormat::Png));
    put(root.path(), "dog/text.png", b"a text");
    put(root.path(), "dog/huge.png", &raw_png((40_000, 40_000), 8, 2, &[], &[0; 9]));
    check(root.path().to_str().unwrap(), LayoutChoice::Auto, Split::Train, &SPEC).unwrap()
}

#[test]
fn a_report_counts_modes_sizes_classes_and_problems() {
    let report = report();
    assert_eq!((report.count, report.usable), (10, 8));
    assert_eq!(report.width, Some(Range { min: 8, median: 8, max: 20 }));
    let modes: Vec<(&str, usize)> = report.modes.iter().map(|(mode, &count)| (mode.as_str(), count)).collect();
    assert_eq!(modes, [("L16", 1), ("L8", 1), ("RGB8", 5), ("palette", 1)]);
    assert_eq!(report.classes.iter().map(|c| c.count).collect::<Vec<_>>(), [5, 3]);
    assert_eq!((report.broken.len(), report.broken[0].name.as_str()), (1, "dog/text.png"));
    assert_eq!((report.refused.len(), report.refused[0].name.as_str()), (1, "dog/huge.png"));
    assert_eq!((report.kinds[0].count, report.kinds[0].training.as_str()), (5, "flip half of them at random"));
    let gray = report.kinds.iter().find(|kind| kind.mode == "L8").unwrap();
    assert!(gray.training.starts_with("gray to RGB, crop 20×10 to 10×10, shrink 10×10 to 8×8"), "{}", gray.training);
}

#[test]
fn a_report_reads_as_a_table_and_as_json() {
    let report = report();
    let table = report.to_string();
    for part in ["10 found, 8 usable", "classes (2)", "dog/text.png: not a PNG", "refused (1)", "8 to 20, median 8"] {
        assert!(table.contains(part), "{part} is missing from\n{table}");
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["classes"][0]["name"], "cat");
    assert_eq!(json["split"], "train");
}

#[test]
fn a_set_of_broken_files_is_a_report_not_an_error() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a.png", b"a text");
    let report = check(root.path().to_str().unwrap(), LayoutChoice::Auto, Split::Train, &SPEC).unwrap();
    assert_eq!((report.usable, report.width), (0, None));
    assert!(report.to_string().contains("1 found, 0 usable"));
}
