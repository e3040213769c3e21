//! Conversions of images, step by step as they are documented.

mod common;

use common::{SPEC, encoded, numbered_image, raw_png};
use gannet_data::{Fit, ImageSpec, Pixels, decode};
use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, ImageFormat, Rgb, RgbImage, RgbaImage};

fn spec(size: usize, channels: usize, fit: Fit) -> ImageSpec {
    ImageSpec { size, channels, fit, flip: false, shift: 0, paired: false }
}

#[test]
fn lossless_formats_give_back_exact_pixels() {
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
        let image = decode("x", &encoded(&numbered_image(7), format)).unwrap();
        assert_eq!(image.to_rgb8(), numbered_image(7).to_rgb8(), "{format:?}");
    }
    let gray = DynamicImage::ImageLuma8(GrayImage::from_fn(5, 3, |x, y| [(x * 40 + y) as u8].into()));
    assert_eq!(decode("x", &encoded(&gray, ImageFormat::Png)).unwrap(), gray);
    assert!(decode("x", &encoded(&numbered_image(7), ImageFormat::Jpeg)).is_ok());
}

#[test]
fn sixteen_bits_become_eight_by_rounding() {
    let deep = ImageBuffer::<Rgb<u16>, _>::from_raw(2, 1, vec![0, 128, 129, 257, 65535, 65406]).unwrap();
    let image = decode("x", &encoded(&DynamicImage::ImageRgb16(deep), ImageFormat::Png)).unwrap();
    assert_eq!(Pixels::from_image(&image).data, [0, 0, 1, 1, 255, 254]);
}

#[test]
fn palettes_are_expanded_with_and_without_transparency() {
    let palette: &[u8] = &[255, 0, 0, 0, 255, 0];
    let opaque = raw_png((2, 1), 8, 3, &[(b"PLTE", palette)], &[0, 0, 1]);
    let image = decode("x", &opaque).unwrap();
    assert_eq!(Pixels::from_image(&image).convert(3).data, [255, 0, 0, 0, 255, 0]);
    let clear = raw_png((2, 1), 8, 3, &[(b"PLTE", palette), (b"tRNS", &[0, 255])], &[0, 0, 1]);
    let image = decode("x", &clear).unwrap();
    assert_eq!(Pixels::from_image(&image).convert(3).data, [255, 255, 255, 0, 255, 0], "clear red lies over white");
}

#[test]
fn transparency_lies_over_white() {
    let half = DynamicImage::ImageRgba8(RgbaImage::from_pixel(1, 1, [0, 100, 255, 128].into()));
    assert_eq!(Pixels::from_image(&half).convert(3).data, [127, 177, 255]);
    assert_eq!(Pixels::from_image(&half).convert(4).data, [0, 100, 255, 128]);
    let gray = DynamicImage::ImageLumaA8(GrayAlphaImage::from_pixel(1, 1, [0, 0].into()));
    assert_eq!(Pixels::from_image(&gray).convert(1).data, [255]);
    assert_eq!(Pixels::from_image(&gray).convert(3).data, [255; 3]);
}

#[test]
fn gray_repeats_and_color_becomes_luminance() {
    let gray = DynamicImage::ImageLuma8(GrayImage::from_pixel(1, 1, [9].into()));
    assert_eq!(Pixels::from_image(&gray).convert(3).data, [9, 9, 9]);
    let color = DynamicImage::ImageRgb8(RgbImage::from_pixel(1, 1, [100, 200, 50].into()));
    assert_eq!(Pixels::from_image(&color).convert(1).data, [153], "29.9 + 117.4 + 5.7");
}

#[test]
fn pad_centers_a_small_image_exactly() {
    let image = GrayImage::from_fn(28, 28, |x, y| [(x * 9 + y) as u8].into());
    let planes = spec(32, 1, Fit::Pad).apply(&DynamicImage::ImageLuma8(image.clone()), false);
    for (i, value) in planes.iter().enumerate() {
        let (x, y) = (i % 32, i / 32);
        let inside = (2..30).contains(&x) && (2..30).contains(&y);
        let wanted = if inside { f32::from(image[(x as u32 - 2, y as u32 - 2)].0[0]) / 127.5 - 1.0 } else { -1.0 };
        assert_eq!(*value, wanted, "at {x}, {y}");
    }
}

#[test]
fn pad_shrinks_a_large_image_and_keeps_its_aspect_ratio() {
    let white = DynamicImage::ImageLuma8(GrayImage::from_pixel(100, 50, [255].into()));
    let planes = spec(20, 1, Fit::Pad).apply(&white, false);
    let rows: Vec<bool> = planes.chunks(20).map(|row| row.iter().all(|&v| v == 1.0)).collect();
    assert_eq!(rows.iter().filter(|&&white| white).count(), 10);
    assert!(rows[5..15].iter().all(|&white| white));
}

#[test]
fn crop_takes_the_center_and_stretch_takes_all() {
    // red | green | blue, each a 4×4 square
    let color = |x: u32| [[255, 0, 0], [0, 255, 0], [0, 0, 255]][x as usize / 4];
    let image = DynamicImage::ImageRgb8(RgbImage::from_fn(12, 4, |x, _| color(x).into()));
    assert_eq!(spec(4, 3, Fit::Crop).square(&image).data, [0, 255, 0].repeat(16));
    let stretched = spec(12, 3, Fit::Stretch).square(&image);
    assert_eq!((stretched.data[0], stretched.data[11 * 3 + 2]), (255, 255));
}

#[test]
fn resizing_is_antialiased_and_keeps_the_mean() {
    // One-pixel stripes shrunk by four must become gray; picking pixels would give stripes or a plain color.
    let stripes = DynamicImage::ImageLuma8(GrayImage::from_fn(64, 64, |x, _| [(x % 2 * 255) as u8].into()));
    let small = spec(16, 1, Fit::Crop).square(&stripes);
    // the border, where the filter is cut off, aside
    let inner = small.data.chunks(16).flat_map(|row| &row[2..14]);
    assert!(inner.clone().all(|&v| (117..=138).contains(&v)), "{:?}", &small.data[..16]);
}

#[test]
fn flipping_reverses_rows() {
    let plain = SPEC.apply(&numbered_image(3), false);
    let flipped = SPEC.apply(&numbered_image(3), true);
    for (row, other) in plain.chunks(8).zip(flipped.chunks(8)) {
        assert!(row.iter().eq(other.iter().rev()));
    }
    assert_ne!(plain, flipped);
}

#[test]
fn orientation_is_applied() {
    // little-endian TIFF header, one entry: orientation (0x0112) = 6, turn by 90° clockwise
    let exif: &[u8] = &[b'I', b'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
    let png = raw_png((3, 1), 8, 0, &[(b"eXIf", exif)], &[0, 10, 20, 30]);
    let image = decode("x", &png).unwrap();
    assert_eq!((image.width(), image.height(), image.to_luma8().into_raw()), (1, 3, vec![10, 20, 30]));
}

#[test]
fn thin_and_tiny_images_survive_every_fit() {
    for (width, height) in [(1, 1), (1, 500), (500, 1), (3, 2)] {
        let image = DynamicImage::ImageRgb8(RgbImage::new(width, height));
        for fit in [Fit::Crop, Fit::Stretch, Fit::Pad] {
            assert!(spec(16, 3, fit).apply(&image, true).iter().all(|&v| v == -1.0), "{width}×{height} {fit:?}");
            assert_eq!(spec(16, 4, fit).apply(&image, true).len(), 4 * 256);
        }
    }
}

#[test]
fn a_description_says_what_is_done() {
    let image = DynamicImage::ImageRgba16(ImageBuffer::new(640, 480));
    let text = "16 to 8 bits, composite transparency over white, RGB to gray, crop 640×480 to 480×480, \
                shrink 480×480 to 64×64";
    assert_eq!(spec(64, 1, Fit::Crop).describe(&image), text);
    let gray = DynamicImage::ImageLuma8(GrayImage::new(28, 28));
    assert_eq!(spec(32, 1, Fit::Pad).describe(&gray), "pad 28×28 with black to 32×32");
    assert_eq!(spec(28, 1, Fit::Crop).describe(&gray), "use as it is");
}

#[test]
fn impossible_specifications_are_refused_by_name() {
    assert!(spec(64, 2, Fit::Crop).validate().unwrap_err().to_string().contains("channels = 2"));
    assert!(spec(0, 3, Fit::Crop).validate().unwrap_err().to_string().contains("size = 0"));
}
