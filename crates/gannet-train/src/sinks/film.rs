//! `samples/step-….png`, and `film.gif`: the sample grids of a run one after another.
//!
//! The film is made from the pictures on disk, so a resumed run gives the film of an uninterrupted one. Its size is
//! bounded: at most `FRAMES` frames, `SIDE` pixels a side and `PIXELS` pixels in all.

use std::io;
use std::path::{Path, PathBuf};

use gannet_weights::write_atomic;
use gif::{Encoder, EncodingError, Frame, Repeat};
use image::DynamicImage;
use image::imageops::FilterType;

use super::spread::evenly;
use crate::events::{Event, Sink, SinkError};
use gannet_apply::image_grid::ImageGrid;

/// Most frames; of more samples an even choice is shown.
const FRAMES: usize = 60;
/// Longest side of a frame in pixels.
const SIDE: u32 = 1024;
/// Most pixels of all frames together; a GIF of photographs takes about a byte for each.
const PIXELS: u64 = 13_100_000;
/// Length of the film in hundredths of a second that its frames share.
const LENGTH: usize = 1000;
/// How long the last frame is held, in hundredths of a second.
const HOLD: u16 = 200;
/// Effort of the color quantizer, from 1 (best) to 30 (fastest).
const QUANTIZER_SPEED: i32 = 10;

/// Where the run in `folder` keeps the samples drawn after `step` steps.
pub fn sample_path(folder: &Path, step: u64) -> PathBuf {
    folder.join("samples").join(format!("step-{step:08}.png"))
}

/// The film of the run in `folder`.
pub fn film_path(folder: &Path) -> PathBuf {
    folder.join("film.gif")
}

/// Saves the sample grids, and makes their film when the run ends or is interrupted.
pub struct Film {
    folder: PathBuf,
}

impl Film {
    /// The film of the run in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }
}

impl Sink for Film {
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        match event {
            Event::Samples { grid, path, .. } => save(grid, path),
            Event::Finished(end) => make_film(&self.folder, end.step),
            _ => Ok(()),
        }
    }
}

fn save(grid: &ImageGrid, path: &Path) -> Result<(), SinkError> {
    let save = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        write_atomic(path, &grid.to_png()?)
    };
    save().map_err(SinkError::write(path))
}

/// The saved samples of the run in `folder` up to `step`, by step. Later ones stem from a start that was interrupted
/// after its last checkpoint.
pub fn samples(folder: &Path, step: u64) -> Result<Vec<(u64, PathBuf)>, SinkError> {
    let folder = folder.join("samples");
    let files = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        files => files.and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(SinkError::read(&folder))?,
    };
    let mut samples: Vec<_> = files
        .into_iter()
        .filter_map(|file| Some((step_of(file.file_name().to_str()?)?, file.path())))
        .filter(|(number, _)| *number <= step)
        .collect();
    samples.sort();
    Ok(samples)
}

/// The step in a sample's file name; none for other files.
fn step_of(name: &str) -> Option<u64> {
    name.strip_prefix("step-")?.strip_suffix(".png")?.parse().ok()
}

/// Writes `film.gif` from the samples up to `step`; without samples there is no film.
pub fn make_film(folder: &Path, step: u64) -> Result<(), SinkError> {
    let samples = samples(folder, step)?;
    let Some((_, last)) = samples.last() else { return Ok(()) };
    let chosen: Vec<_> = evenly(samples.len(), FRAMES).into_iter().map(|index| samples[index].1.as_path()).collect();
    let last = open(last)?;
    let (width, height) = frame_size(last.width(), last.height(), chosen.len());
    let path = film_path(folder);
    let frames = chosen.iter().enumerate().map(|(index, sample)| {
        let delay = if index + 1 == chosen.len() { HOLD } else { delay(chosen.len()) };
        Ok((open(sample)?, delay))
    });
    write_gif(&path, width, height, frames)
}

/// Writes pictures, each with how many hundredths of a second it is shown, as an endless GIF of this size.
pub fn write_gif(
    path: &Path,
    width: u16,
    height: u16,
    frames: impl IntoIterator<Item = Result<(DynamicImage, u16), SinkError>>,
) -> Result<(), SinkError> {
    let failed = |error: EncodingError| SinkError::write(path)(io::Error::other(error));
    let mut film = Vec::new();
    {
        // The gray palette serves all gray frames; a frame in color brings its own.
        let gray: Vec<u8> = (0..=255).flat_map(|shade| [shade; 3]).collect();
        let mut encoder = Encoder::new(&mut film, width, height, &gray).map_err(failed)?;
        encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
        for picture in frames {
            let (picture, delay) = picture?;
            let frame = Frame { delay, ..frame(&picture, width, height) };
            encoder.write_frame(&frame).map_err(failed)?;
        }
    }
    write_atomic(path, &film).map_err(SinkError::write(path))
}

/// Reads a picture.
pub(super) fn open(path: &Path) -> Result<DynamicImage, SinkError> {
    let bytes = std::fs::read(path).map_err(SinkError::read(path))?;
    image::load_from_memory(&bytes).map_err(|error| SinkError::Damaged {
        path: path.to_owned(),
        what: format!("{error}; delete it to go without"),
    })
}

/// The frame's size for `frames` pictures of `width` × `height`, within [`SIDE`] and [`PIXELS`].
fn frame_size(width: u32, height: u32, frames: usize) -> (u16, u16) {
    let longest = f64::from(SIDE) / f64::from(width.max(height).max(1));
    let total = u64::from(width) * u64::from(height) * frames as u64;
    let factor = longest.min((PIXELS as f64 / total.max(1) as f64).sqrt()).min(1.0);
    let side = |size: u32| ((f64::from(size) * factor).round() as u16).max(1);
    (side(width), side(height))
}

/// Hundredths of a second that each of `frames` frames is shown.
fn delay(frames: usize) -> u16 {
    (LENGTH / frames.max(1)).clamp(8, 50) as u16
}

/// One frame of the film: gray exactly, colors quantized.
fn frame(picture: &DynamicImage, width: u16, height: u16) -> Frame<'static> {
    let (target_width, target_height) = (u32::from(width), u32::from(height));
    let fitted = if (picture.width(), picture.height()) == (target_width, target_height) {
        picture.clone()
    } else {
        picture.resize_exact(target_width, target_height, FilterType::CatmullRom)
    };
    if fitted.color().has_color() {
        Frame::from_rgb_speed(width, height, fitted.to_rgb8().as_raw(), QUANTIZER_SPEED)
    } else {
        Frame::from_indexed_pixels(width, height, fitted.to_luma8().into_raw(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Finished;

    fn film_of(grids: &[(u64, ImageGrid)], end: u64) -> Option<Vec<(Vec<u8>, u16)>> {
        let folder = tempfile::tempdir().unwrap();
        let mut film = Film::new(folder.path());
        for (step, grid) in grids {
            let path = sample_path(folder.path(), *step);
            film.on(&Event::Samples { step: *step, grid: grid.clone(), path }).unwrap();
        }
        film.on(&Event::Finished(Finished { step: end, seconds: 0.0, interrupted: true })).unwrap();
        let bytes = std::fs::read(film_path(folder.path())).ok()?;
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes.as_slice()).unwrap();
        assert_eq!(decoder.repeat(), Repeat::Infinite);
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            frames.push((frame.buffer.to_vec(), frame.delay));
        }
        Some(frames)
    }

    fn ramp(channels: usize, shift: f32) -> ImageGrid {
        let images: Vec<f32> = (0..channels * 256).map(|i| (i % 256) as f32 / 127.5 - 1.0 + shift).collect();
        ImageGrid::from_images(&images, 1, channels, 16, 16, 1)
    }

    #[test]
    fn gray_is_kept_exactly_and_the_last_frame_is_held() {
        let frames = film_of(&[(100, ramp(1, 0.5)), (20, ramp(1, 0.0))], 100).unwrap();
        assert_eq!(frames.iter().map(|(_, delay)| *delay).collect::<Vec<_>>(), [50, HOLD]);
        let shades: Vec<u8> = frames[0].0.chunks(4).map(|pixel| pixel[0]).collect();
        assert_eq!(shades, ramp(1, 0.0).picture().pixels, "step 20 comes first");
    }

    #[test]
    fn few_colors_are_kept_exactly() {
        let frames = film_of(&[(1, ramp(3, 0.0))], 1).unwrap();
        let colors: Vec<u8> = frames[0].0.chunks(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        assert_eq!(colors, ramp(3, 0.0).picture().pixels);
    }

    #[test]
    fn long_runs_are_thinned_and_what_lies_beyond_the_end_is_left_out() {
        let grids: Vec<_> = (1..=130).map(|step| (step, ramp(1, 0.0).with_scale(1))).collect();
        assert_eq!(film_of(&grids, 120).unwrap().len(), FRAMES);
        assert_eq!(film_of(&grids, 30).unwrap().len(), 30);
        assert!(film_of(&grids, 0).is_none());
    }

    #[test]
    fn frames_of_another_size_are_fitted() {
        let frames = film_of(&[(1, ramp(1, 0.0).with_scale(1)), (2, ramp(3, 0.0).with_scale(2))], 2).unwrap();
        assert!(frames.iter().all(|(pixels, _)| pixels.len() == 32 * 32 * 4));
    }

    #[test]
    fn the_size_is_bounded() {
        assert_eq!(frame_size(466, 466, FRAMES), (466, 466));
        assert_eq!(frame_size(2048, 1024, 1), (1024, 512));
        let (width, height) = frame_size(1024, 1024, 100);
        assert!(u64::from(width) * u64::from(height) * 100 <= PIXELS + 100_000);
        assert_eq!(frame_size(0, 0, 1), (1, 1));
    }

    #[test]
    fn a_damaged_sample_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = sample_path(folder.path(), 5);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, b"not a PNG").unwrap();
        let error = make_film(folder.path(), 9).unwrap_err().to_string();
        assert!(error.contains("step-00000005.png is damaged"), "{error}");
    }
}
