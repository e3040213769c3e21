//! Draws the first hundred images of a set as a PNG and measures how fast the set is read:
//! `cargo run -p gannet-data --example grid -- digits grid.png`

use std::time::Instant;

use gannet_data::{DataError, Fit, ImageSpec, Loader, Source, Split, open};
use image::{Rgb, RgbImage, imageops};

const SIDE: usize = 56;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().unwrap_or_else(|| "digits".to_owned());
    let path = arguments.next().unwrap_or_else(|| "grid.png".to_owned());
    let source = open(&data, Split::Train, 0, SIDE)?;
    grid(source.as_ref())?.save(path)?;

    let start = Instant::now();
    let count = source.len().min(5_000);
    for index in 0..count {
        source.read(index)?;
    }
    println!("read:   {:.0} images/s on one core", count as f64 / start.elapsed().as_secs_f64());

    let spec = ImageSpec { size: 32, channels: 1, fit: Fit::Pad, flip: true, shift: 0, paired: false };
    let mut loader = Loader::new(source, spec, 64, 0, 0);
    loader.next()?;
    let start = Instant::now();
    for _ in 0..200 {
        loader.next()?;
    }
    println!("loader: {:.0} images/s at 32×32", 200.0 * 64.0 / start.elapsed().as_secs_f64());
    Ok(())
}

fn grid(source: &dyn Source) -> Result<RgbImage, DataError> {
    let spec = ImageSpec { size: SIDE, channels: 3, fit: Fit::Crop, flip: false, shift: 0, paired: false };
    let mut grid = RgbImage::from_pixel(10 * (SIDE as u32 + 2), 10 * (SIDE as u32 + 2), Rgb([60, 60, 90]));
    for index in 0..source.len().min(100) {
        let pixels = spec.square(&source.read(index)?);
        if let Some(tile) = RgbImage::from_raw(SIDE as u32, SIDE as u32, pixels.data) {
            let (x, y) = (index % 10 * (SIDE + 2), index / 10 * (SIDE + 2));
            imageops::replace(&mut grid, &tile, x as i64, y as i64);
        }
    }
    Ok(grid)
}
