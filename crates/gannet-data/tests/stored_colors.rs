//! Colors, depth, transparency and metadata of files: what is read, and what is reported where something is left out.

mod common;

use common::{SPEC, encoded, numbered_image, png, put, raw_png};
use gannet_data::{ImageFile, LayoutChoice, NoteKind, Split, StoredImage, check, decode, image_files};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};
use moxcms::ColorProfile;
use tiff::encoder::TiffEncoder as TiffFile;
use tiff::encoder::colortype::RGB8;
use tiff::tags::ExtraSamples;

const FRAMES_PNG: &[u8] = include_bytes!("fixtures/frames.png");
const FRAMES_WEBP: &[u8] = include_bytes!("fixtures/frames.webp");
const PAGES_TIFF: &[u8] = include_bytes!("fixtures/pages.tif");
const CMYK_JPEG: &[u8] = include_bytes!("fixtures/cmyk.jpg");

fn display_p3() -> Vec<u8> {
    ColorProfile::new_display_p3().encode().unwrap()
}

/// The file of an image with an ICC profile.
fn with_profile(image: &DynamicImage, format: ImageFormat, icc: Vec<u8>) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let written = match format {
        ImageFormat::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
            encoder.set_icc_profile(icc).unwrap();
            image.write_with_encoder(encoder)
        }
        ImageFormat::WebP => {
            let mut encoder = WebPEncoder::new_lossless(&mut bytes);
            encoder.set_icc_profile(icc).unwrap();
            image.write_with_encoder(encoder)
        }
        ImageFormat::Tiff => {
            let mut encoder = TiffEncoder::new(&mut bytes);
            encoder.set_icc_profile(icc).unwrap();
            image.write_with_encoder(encoder)
        }
        _ => {
            let mut encoder = PngEncoder::new(&mut bytes);
            encoder.set_icc_profile(icc).unwrap();
            image.write_with_encoder(encoder)
        }
    };
    written.unwrap();
    bytes.into_inner()
}

fn flat(color: [u8; 3]) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_pixel(16, 16, Rgb(color)))
}

/// The file's image as commands that write it again read it.
fn stored(bytes: &[u8]) -> StoredImage {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "picture", bytes);
    ImageFile { path: folder.path().join("picture"), name: "picture".into() }.read_stored().unwrap()
}

fn note_kinds(bytes: &[u8]) -> Vec<NoteKind> {
    stored(bytes).into_srgb().notes.into_iter().map(|note| note.kind).collect()
}

#[test]
fn display_p3_is_read_as_srgb_in_every_format_and_depth() {
    let wide = flat([200, 80, 60]);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Tiff] {
        let bytes = with_profile(&wide, format, display_p3());
        let pixel = decode("p3", &bytes).unwrap().to_rgb8().get_pixel(7, 7).0;
        // JPEG rounds the color once more.
        let off = pixel.iter().zip([216, 69, 50]).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(off <= u8::from(format == ImageFormat::Jpeg) * 2, "{format:?}: {pixel:?}");
        assert_eq!(note_kinds(&bytes), [NoteKind::Converted], "{format:?}");
    }
    let deep = DynamicImage::ImageRgb16(wide.to_rgb16());
    let read = decode("p3", &with_profile(&deep, ImageFormat::Png, display_p3())).unwrap();
    let DynamicImage::ImageRgb16(read) = read else { panic!("{:?}", read.color()) };
    let steps = read.get_pixel(0, 0).0.map(|value| (value as f32 / 257.0).round());
    assert_eq!(steps, [216.0, 69.0, 50.0]);
    // The result has more than 8 bits.
    assert!(read.get_pixel(0, 0).0.iter().any(|value| value % 257 != 0));
}

#[test]
fn srgb_profiles_and_the_usual_gamma_change_no_bit() {
    let image = numbered_image(77);
    let icc = ColorProfile::new_srgb().encode().unwrap();
    let bytes = with_profile(&image, ImageFormat::Png, icc);
    assert_eq!(decode("srgb", &bytes).unwrap(), image);
    assert!(note_kinds(&bytes).is_empty());
    let gamma = raw_png((1, 1), 8, 2, &[(b"gAMA", &45_455_u32.to_be_bytes())], &[0, 10, 20, 30]);
    assert_eq!(decode("gamma", &gamma).unwrap().into_bytes(), [10, 20, 30]);
    let linear = raw_png((1, 1), 8, 2, &[(b"gAMA", &100_000_u32.to_be_bytes())], &[0, 55, 55, 55]);
    assert_eq!(decode("linear", &linear).unwrap().into_bytes(), [128; 3]);
    let named = [(b"gAMA", &100_000_u32.to_be_bytes()[..]), (b"sRGB", &[0][..])];
    assert_eq!(decode("named", &raw_png((1, 1), 8, 2, &named, &[0, 55, 55, 55])).unwrap().into_bytes(), [55; 3]);
}

#[test]
fn a_picture_that_is_not_changed_keeps_its_values_profile_and_exif() {
    // Orientation 6, in a TIFF header with one entry.
    let exif = [&b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"[..], &[0, 6, 0, 0, 0, 0, 0, 0]].concat();
    let colors = |x: u32, y: u32| Rgb([(x * 16) as u8, (y * 30) as u8, (255 - x * y) as u8]);
    let image = DynamicImage::ImageRgb8(RgbImage::from_fn(16, 8, colors));
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(display_p3()).unwrap();
    encoder.set_exif_metadata(exif.clone()).unwrap();
    encoder.write_image(image.as_bytes(), 16, 8, ExtendedColorType::Rgb8).unwrap();
    let buffer = stored(&bytes).into_buffer();
    assert_eq!((buffer.width, buffer.height), (8, 16));
    assert_eq!(buffer.icc(), Some(&display_p3()[..]));
    let upright = [&exif[..18], &[0, 1, 0, 0, 0, 0, 0, 0]].concat();
    assert_eq!(buffer.exif(), Some(&upright[..]));
    assert_eq!(buffer.blank(2, 2).exif(), Some(&upright[..]));
    assert_eq!(buffer.into_image().unwrap(), image.rotate90());
}

#[test]
fn a_profile_that_cannot_be_used_is_reported() {
    let image = flat([200, 80, 60]);
    let gray = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
    for (icc, words) in [(b"nonsense".to_vec(), "damaged"), (gray, "GRAY images")] {
        let bytes = with_profile(&image, ImageFormat::Png, icc);
        assert_eq!(decode("odd", &bytes).unwrap(), image);
        let notes = stored(&bytes).into_srgb().notes;
        assert!(notes[0].kind == NoteKind::Profile && notes[0].text.contains(words), "{notes:?}");
    }
    assert_eq!(note_kinds(CMYK_JPEG), [NoteKind::Cmyk]);
}

#[test]
fn further_frames_are_reported_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, words) in [
        ("a.png", FRAMES_PNG, "a.png has 4 frames; only the first is used"),
        ("b.webp", FRAMES_WEBP, "b.webp has 4 frames; only the first is used"),
        ("c.tif", PAGES_TIFF, "c.tif has 3 pages; only the first is used"),
    ] {
        put(folder.path(), name, bytes);
        let file = image_files(folder.path()).unwrap().pop().unwrap();
        let image = file.read_stored().unwrap();
        assert!(image.notes()[0].sentence().ends_with(words), "{:?}", image.notes());
        assert_eq!(image.into_srgb().image.to_rgb8().get_pixel(0, 0).0, [0, 20, 200]);
    }
    put(folder.path(), "d.png", &png(1));
    let report = check(folder.path().to_str().unwrap(), LayoutChoice::Auto, Split::Train, &SPEC).unwrap();
    assert_eq!((report.usable, report.notes.len(), report.notes[0].count), (4, 1, 3));
    assert!(report.to_string().contains("3  a.png has 4 frames; only the first is used"), "{report}");
    assert_eq!(serde_json::to_value(&report).unwrap()["notes"][0]["kind"], "frames");
}

#[test]
fn values_outside_the_range_of_a_float_image_are_reported() {
    let float = |most: f32| {
        let image = image::Rgb32FImage::from_fn(2, 2, |x, _| Rgb([0.5, most * x as f32, 0.25]));
        encoded(&DynamicImage::ImageRgb32F(image), ImageFormat::Tiff)
    };
    assert!(note_kinds(&float(1.0)).is_empty());
    let notes = stored(&float(3.5)).into_srgb().notes;
    assert_eq!(notes[0].text, "has values from 0 to 3.5; those outside 0 to 1 are clipped");
}

#[test]
fn a_jpeg_with_finer_chroma_than_brightness_is_refused() {
    let mut jpeg = encoded(&flat([200, 80, 60]), ImageFormat::Jpeg);
    assert!(decode("usual", &jpeg).is_ok());
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 11] = 0x11;
    jpeg[frame + 14] = 0x22;
    let error = decode("odd.jpg", &jpeg).unwrap_err().to_string();
    assert!(error.contains("odd.jpg: the JPEG samples its channels by 1×1, 2×2"), "{error}");
}

#[test]
fn a_tiff_of_unsupported_colors_is_refused_by_their_name() {
    let mut tiff = encoded(&flat([200, 80, 60]), ImageFormat::Tiff);
    // The tag of the photometric interpretation: one short, RGB.
    let tag = [6, 1, 3, 0, 1, 0, 0, 0, 2, 0];
    let place = tiff.windows(10).position(|entry| entry == tag).unwrap();
    tiff[place + 8] = 6;
    let error = decode("a.tif", &tiff).unwrap_err().to_string();
    assert!(error.contains("a.tif: a TIFF of YCbCr with 8 bits per channel is not supported"), "{error}");
    assert!(!error.contains("Unknown"), "{error}");
}

#[test]
fn associated_alpha_of_a_tiff_is_divided_out() {
    let pixels: Vec<u8> = [[115, 100, 20, 128]; 16].concat();
    let read = |extra: ExtraSamples| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut encoder = TiffFile::new(&mut bytes).unwrap();
        let mut image = encoder.new_image::<RGB8>(4, 4).unwrap();
        image.extra_samples(&[extra]).unwrap();
        image.write_data(&pixels).unwrap();
        decode("a.tif", &bytes.into_inner()).unwrap().into_rgba8().get_pixel(1, 1).0
    };
    assert_eq!(read(ExtraSamples::UnassociatedAlpha), [115, 100, 20, 128]);
    assert_eq!(read(ExtraSamples::AssociatedAlpha), [229, 199, 40, 128]);
}
