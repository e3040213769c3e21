//! Hostile files: refused fast, by name, without taking the memory they ask for.

mod common;

use std::io::Write;
use std::time::Instant;

use common::{encoded, numbered_image, png, put, raw_png};
use gannet_data::{DataError, Split, decode, open};
use image::{DynamicImage, ImageFormat, RgbImage};

fn first_error(path: &std::path::Path) -> DataError {
    open(path.to_str().unwrap(), Split::Train, 0, 32).unwrap().read(0).unwrap_err()
}

#[test]
fn a_png_of_40000_by_40000_is_refused_from_its_header() {
    let start = Instant::now();
    let error = decode("huge.png", &raw_png((40_000, 40_000), 8, 2, &[], &[0; 100])).unwrap_err();
    assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
    assert!(
        error.to_string().contains("huge.png: refused: 40000×40000 is 1600 megapixels, the limit is 100"),
        "{error}"
    );
    assert!(start.elapsed().as_millis() < 500);
}

#[test]
fn other_formats_are_refused_from_their_headers_too() {
    // a BMP of 30,000 × 30,000 and a JPEG of 60,000 × 60,000 that hold nothing but headers
    let mut bmp = encoded(&numbered_image(1), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&30_000_u32.to_le_bytes());
    bmp[22..26].copy_from_slice(&30_000_u32.to_le_bytes());
    let mut jpeg = encoded(&numbered_image(1), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
    for bytes in [bmp, jpeg] {
        let error = decode("huge", &bytes).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
    }
}

#[test]
fn files_cut_short_are_broken() {
    let photo = RgbImage::from_fn(64, 64, |x, y| [(x * y) as u8, (x * 3) as u8, (y * 5) as u8].into());
    let photo = DynamicImage::ImageRgb8(photo);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff] {
        let bytes = encoded(&photo, format);
        assert!(decode("whole", &bytes).is_ok(), "{format:?}");
        for keep in [bytes.len() * 9 / 10, bytes.len() / 2, 20, 3] {
            let error = decode("cut", &bytes[..keep]).map(|_| ()).expect_err(&format!("{format:?} cut to {keep}"));
            assert!(error.to_string().starts_with("cut: "), "{error}");
        }
    }
    assert!(decode("none", b"").unwrap_err().to_string().contains("the file is empty"));
}

#[test]
fn data_that_phones_append_to_a_jpeg_does_not_break_it() {
    let mut bytes = encoded(&numbered_image(1), ImageFormat::Jpeg);
    bytes.extend([0xFF, 0xDA, 0x00, 0x08, 1, 2, 3]);
    assert!(decode("motion.jpg", &bytes).is_ok());
}

#[test]
fn random_damage_never_panics() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff] {
        let bytes = encoded(&numbered_image(5), format);
        let mut stream = gannet_ops::random::Stream::new(0, "damage", 0);
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..=stream.below(4) {
                let at = stream.below(damaged.len());
                damaged[at] = stream.below(256) as u8;
            }
            let _ = decode("damaged", &damaged);
        }
    }
}

/// A zip with one entry of a gibibyte of zeros, written without ever holding it.
fn bomb(path: &std::path::Path, name: &str, start: &[u8], mebibytes: usize) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(start).unwrap();
    for _ in 0..mebibytes {
        zip.write_all(&[0; 1 << 20]).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn zip_bombs_are_refused_without_unpacking() {
    let root = tempfile::tempdir().unwrap();
    let (large, dense) = (root.path().join("large.zip"), root.path().join("dense.zip"));
    bomb(&large, "zeros.png", &[], 1024);
    // starts as an image and stays below the limit on size
    bomb(&dense, "picture.png", &png(1), 128);
    let start = Instant::now();
    let error = first_error(&large).to_string();
    assert!(error.contains("zeros.png: refused: 1024 MiB long, the limit is 512 MiB"), "{error}");
    let error = first_error(&dense).to_string();
    assert!(error.contains("picture.png: refused") && error.contains("zip bomb"), "{error}");
    assert!(start.elapsed().as_millis() < 500);
}

#[test]
fn a_gzip_bomb_is_refused_while_it_unpacks() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("bomb.tar.gz");
    let mut gz = flate2::write::GzEncoder::new(std::fs::File::create(&path).unwrap(), flate2::Compression::best());
    for _ in 0..512 {
        gz.write_all(&[0; 1 << 20]).unwrap();
    }
    gz.finish().unwrap();
    let error = open(path.to_str().unwrap(), Split::Train, 0, 32).map(|_| ()).unwrap_err();
    assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains("bomb.tar.gz: refused"), "{error}");
}

#[test]
fn an_archive_that_lies_about_sizes_gives_broken_images() {
    let root = tempfile::tempdir().unwrap();
    let bytes = png(1);
    let mut zip = common::zip(&[("a.png", &bytes)]);
    // the unpacked size in the central directory, 24 bytes after its signature
    let entry = zip.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    zip[entry + 24..entry + 28].copy_from_slice(&(bytes.len() as u32 - 10).to_le_bytes());
    let error = first_error(&put(root.path(), "lie.zip", &zip)).to_string();
    assert!(error.starts_with("a.png: "), "{error}");
}
