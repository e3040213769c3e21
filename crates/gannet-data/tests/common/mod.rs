//! Tiny data sets for tests.
#![allow(dead_code, missing_docs, reason = "each test file uses a part")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use gannet_data::{Fit, ImageSpec};
use image::{DynamicImage, ImageFormat, RgbImage};

pub const SPEC: ImageSpec = ImageSpec { size: 8, channels: 3, fit: Fit::Crop, flip: true, shift: 0, paired: false };

/// An 8×8 image whose red is its number; green and blue are ramps.
pub fn numbered_image(number: u8) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(8, 8, |x, y| [number, (x * 30) as u8, (y * 30) as u8].into()))
}

pub fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn png(number: u8) -> Vec<u8> {
    encoded(&numbered_image(number), ImageFormat::Png)
}

pub fn put(root: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

/// A folder of `count` images; every `broken`-th is a text file.
pub fn folder(count: u8, broken: Option<u8>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..count {
        match broken {
            Some(every) if number % every == 0 => put(folder.path(), &format!("{number:03}.png"), b"no image at all"),
            _ => put(folder.path(), &format!("{number:03}.png"), &png(number)),
        };
    }
    folder
}

pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PNG from its parts: size, bit depth, color type, further chunks, and rows with their filter bytes.
pub fn raw_png(size: (u32, u32), depth: u8, color: u8, chunks: &[(&[u8; 4], &[u8])], rows: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [&size.0.to_be_bytes()[..], &size.1.to_be_bytes(), &[depth, color, 0, 0, 0]].concat();
    chunk(&mut bytes, b"IHDR", &head);
    for (name, data) in chunks {
        chunk(&mut bytes, name, data);
    }
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(rows).unwrap();
    chunk(&mut bytes, b"IDAT", &encoder.finish().unwrap());
    chunk(&mut bytes, b"IEND", &[]);
    bytes
}

fn chunk(bytes: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    bytes.extend((data.len() as u32).to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(data);
    bytes.extend(name);
    bytes.extend(data);
    bytes.extend(crc.sum().to_be_bytes());
}

/// An idx file of these sizes.
pub fn idx(sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sizes.len() as u8];
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(data);
    bytes
}
