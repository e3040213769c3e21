//! Valid files of every format, made here or kept in the repository.

use std::io::{Cursor, Write};
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageBuffer, ImageFormat, RgbImage, RgbaImage};

/// Pictures in every format that is read, in several modes.
pub fn pictures() -> Vec<Vec<u8>> {
    let color = RgbImage::from_fn(23, 17, |x, y| image::Rgb([x as u8 * 9, y as u8 * 11, (x * y) as u8]));
    let gray = GrayImage::from_fn(23, 17, |x, y| image::Luma([(x * 7 + y) as u8]));
    let clear = RgbaImage::from_fn(23, 17, |x, y| image::Rgba([x as u8 * 9, y as u8 * 11, 3, (x * 10) as u8]));
    let deep = ImageBuffer::from_fn(23, 17, |x, y| image::Rgb([x as u16 * 2000, y as u16 * 3000, 7]));
    let modes = [DynamicImage::from(color), gray.into(), clear.into(), DynamicImage::ImageRgb16(deep)];
    let formats = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff];
    let all = modes.iter().flat_map(|mode| formats.map(|format| encoded(mode, format)));
    // Not every format has every mode.
    all.flatten().collect()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Option<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).ok()?;
    Some(bytes.into_inner())
}

/// Archives of pictures in class folders, with a file that is no picture.
pub fn archives() -> Vec<Vec<u8>> {
    let pictures = pictures();
    let files = [
        ("set/train/cat/a.png", &pictures[0][..]),
        ("set/train/dog/b.jpg", &pictures[1]),
        ("set/test/cat/c.webp", &pictures[2]),
        ("set/train/dog/notes.txt", b"nothing"),
        ("set/train/cat/large.bmp", &pictures[3]),
    ];
    let tar = tar_of(&files);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).expect("memory");
    vec![zip_of(&files), tar, gzip.finish().expect("memory")]
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory");
        archive.write_all(bytes).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).expect("memory");
    }
    archive.into_inner().expect("memory")
}

/// MNIST's images: a magic number, the shape, and the pixels.
pub fn idx() -> Vec<Vec<u8>> {
    let header = [0x0803_u32, 5, 28, 28].map(u32::to_be_bytes).concat();
    vec![[header, (0..5 * 784).map(|pixel| pixel as u8).collect()].concat()]
}

/// CIFAR-10's batches: a label and 3 · 32 · 32 values for each image.
pub fn cifar() -> Vec<Vec<u8>> {
    vec![(0..4 * 3073).map(|at| if at % 3073 == 0 { (at / 3073) as u8 } else { at as u8 }).collect()]
}

/// A table of images, as the program that owns the format wrote it.
fn table(name: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/reference/tables").join(name);
    vec![std::fs::read(path).expect("a file of the repository")]
}

/// Parquet of Hugging Face.
pub fn parquet() -> Vec<Vec<u8>> {
    table("train.parquet")
}

/// Arrow of Hugging Face.
pub fn arrow() -> Vec<Vec<u8>> {
    table("saved.arrow")
}

/// LMDB in BasicSR's layout.
pub fn lmdb() -> Vec<Vec<u8>> {
    table("data.mdb")
}

/// HDF5 in BigGAN's layout.
pub fn hdf5() -> Vec<Vec<u8>> {
    table("biggan.h5")
}

/// An array of five images, as NumPy writes it.
pub fn numpy() -> Vec<Vec<u8>> {
    let mut head = b"\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (5, 6, 2, 3), }".to_vec();
    head.resize(127, b' ');
    head.push(b'\n');
    vec![[head, (0..180).collect()].concat()]
}

/// StyleGAN's labels of one picture.
pub fn labels() -> Vec<Vec<u8>> {
    vec![br#"{"labels": [["a.png", 3]]}"#.to_vec()]
}

/// Weights of every kind of a single file that the repository holds: networks of other projects in safetensors, PyTorch's own format,
/// TorchScript and ONNX.
pub fn weights() -> Vec<Vec<u8>> {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/reference");
    let pytorch = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/gannet-cli/tests/cases/nearest4.pth");
    let small = ["brought", "classifiers", "lpips"].map(|name| reference.join(format!("{name}.safetensors")));
    let others = ["traced.pt", "exported.onnx", "exactly-21-characters.pth", "f8.safetensors"];
    let others = others.map(|name| reference.join("weight_files").join(name));
    let read = |path: &Path| std::fs::read(path).expect("a file of the repository");
    let small = small.into_iter().chain(others);
    small.map(|path| read(&path)).chain([read(&pytorch)]).chain(networks(&reference)).collect()
}

/// Each network of a file that holds several under prefixes, as a file of its own.
fn networks(reference: &Path) -> Vec<Vec<u8>> {
    let (tensors, _) = gannet_weights::read_weights(&reference.join("enlargers.safetensors")).expect("the repository");
    let mut groups = std::collections::BTreeMap::<String, Vec<gannet_weights::NamedTensor>>::new();
    for mut tensor in tensors {
        let Some((network, name)) = tensor.name.split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())) else {
            continue;
        };
        tensor.name = name;
        groups.entry(network).or_default().push(tensor);
    }
    groups.values().map(|tensors| gannet_weights::safetensors_bytes(tensors, "seed")).collect()
}

/// Recipes with most sections.
pub fn recipes() -> Vec<Vec<u8>> {
    let own =
        "name = \"mine\"\nbase = \"digits-dcgan\"\nseed = 3\n[train]\nsteps = 100\nbatch = 16\n[model]\nwidth = 8\n";
    [own, "base = 'shapes-pix2pix'\ndata.size = 64\npix2pix.l1 = 10.0\n", "task = 'upscale'\nupscale.scale = 4\n"]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
}

/// The state of a checkpoint.
pub fn states() -> Vec<Vec<u8>> {
    let state = gannet_apply::checkpoint::State {
        format: gannet_apply::checkpoint::FORMAT,
        step: 500,
        data: 7,
        kernels: "avx2".to_owned(),
        score: Some(("fid".to_owned(), 3.5)),
        counters: [("generator".to_owned(), 500)].into(),
        files: [("ema.safetensors".to_owned(), 12)].into(),
    };
    vec![state.to_json().into_bytes()]
}

/// Logged steps.
pub fn metrics() -> Vec<Vec<u8>> {
    let line = |step: u32| {
        format!(
            "{{\"step\":{step},\"kimg\":0.1,\"seconds\":1.5,\"images_per_second\":70.0,\"loss/generator\":0.7,\"fid\":null}}\n"
        )
    };
    vec![(1..6).map(line).collect::<String>().into_bytes()]
}
