//! Pictures in, pictures out: one file or whole folders, each picture by itself, so that a broken one costs no other and a job
//! that was interrupted goes on where it stopped.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use gannet_data::{Picture, Pixels, pictures};
use image::{DynamicImage, ImageFormat};
use indicatif::{ProgressBar, ProgressStyle};

use super::sample::write;
use crate::Failure;
use crate::cli::Half;

/// The pictures that a command was given and where each goes.
pub struct Job {
    /// By the picture's place among all, which does not depend on what is done already.
    tasks: Vec<(usize, Picture, PathBuf)>,
    /// Pictures that were there already.
    kept: usize,
    output: PathBuf,
}

impl Job {
    /// One picture goes to the file `output`, or into it where it is a folder; a folder's, or several, into the folder `output`,
    /// each below its own name. What is there already is not made again unless `force`.
    ///
    /// # Errors
    /// An input is not there, or would be overwritten; two pictures would have one name; the one file is there already.
    pub fn new(inputs: &[PathBuf], output: &Path, force: bool) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for input in inputs {
            all.extend(pictures(input)?);
        }
        let single = inputs.len() == 1 && inputs[0].is_file() && !output.is_dir();
        if single {
            return Self::single(all, output, force);
        }
        if output.extension().is_some() && !output.is_dir() {
            let count = all.len();
            return Err(format!("{}: {count} pictures need a folder: give one with -o", output.display()).into());
        }
        let inside = output.canonicalize().ok();
        let below_output = |picture: &Picture| {
            let path = picture.path.canonicalize().ok();
            matches!((&inside, path), (Some(output), Some(path)) if path.starts_with(output))
        };
        // What an earlier start wrote into a folder below the inputs is no input. The inputs' own folder as output is another case.
        let own = inputs.iter().any(|input| input.canonicalize().ok() == inside);
        all.retain(|picture| own || !below_output(picture) || inputs.contains(&picture.path));
        let mut targets = Targets::new(&all);
        let mut tasks = Vec::new();
        for (at, picture) in all.into_iter().enumerate() {
            let to = targets.place(&picture.path, &output.join(below(&picture.name)?).with_extension("png"))?;
            tasks.push((at, picture, to));
        }
        let count = tasks.len();
        tasks.retain(|(.., to)| force || !to.exists());
        Ok(Self { kept: count - tasks.len(), tasks, output: output.to_owned() })
    }

    fn single(all: Vec<Picture>, output: &Path, force: bool) -> Result<Self, Failure> {
        let ending = output.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if ending.as_deref() != Some("png") {
            return Err(format!("{}: pictures are saved as .png", output.display()).into());
        }
        super::writable(output, force)?;
        let mut targets = Targets::new(&all);
        for picture in &all {
            targets.place(&picture.path, output)?;
        }
        let tasks = all.into_iter().map(|picture| (0, picture, output.to_owned())).collect();
        Ok(Self { tasks, kept: 0, output: output.to_owned() })
    }

    /// Makes all that is not there yet by `make`, with the picture's name and its place in the job.
    ///
    /// # Errors
    /// At the end, if some pictures could not be read; each was named when that was found. At once where a file cannot be written.
    pub fn run(
        self,
        mut make: impl FnMut(DynamicImage, &str, usize) -> Result<DynamicImage, Failure>,
    ) -> Result<String, Failure> {
        let (count, mut broken) = (self.tasks.len(), 0);
        let bar = ProgressBar::new(count as u64);
        if let Ok(style) = ProgressStyle::with_template("{pos}/{len} {wide_msg} {eta} left") {
            bar.set_style(style);
        }
        for (at, picture, to) in self.tasks {
            bar.set_message(picture.name.clone());
            let made = picture.read().map_err(Failure::from).and_then(|image| make(image, &picture.name, at));
            match made {
                Ok(image) => save(&image, &to)?,
                Err(error) => {
                    broken += 1;
                    bar.suspend(|| crate::tell(&format!("left out: {error}")));
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        let (made, output) = (count - broken, self.output.display());
        let kept = if self.kept > 0 { format!(", {} were there already", self.kept) } else { String::new() };
        let text = format!("{made} {} in {output}{kept}\n", if made == 1 { "picture" } else { "pictures" });
        match broken {
            0 => Ok(text),
            _ => Err(format!("{broken} of {count} pictures could not be made; {}", text.trim_end()).into()),
        }
    }
}

/// Where pictures go, each to a place of its own, and none over one that is read.
pub struct Targets {
    read: HashSet<PathBuf>,
    known: HashMap<PathBuf, PathBuf>,
}

impl Targets {
    /// For results of these pictures.
    pub fn new(read: &[Picture]) -> Self {
        let read = read.iter().filter_map(|picture| picture.path.canonicalize().ok()).collect();
        Self { read, known: HashMap::new() }
    }

    /// The place `to` for what becomes of `from`.
    ///
    /// # Errors
    /// Another picture goes there, or one that is read lies there.
    pub fn place(&mut self, from: &Path, to: &Path) -> Result<PathBuf, Failure> {
        if let Some(other) = self.known.insert(to.to_owned(), from.to_owned()) {
            let (a, b) = (other.display(), from.display());
            return Err(format!("{a} and {b} would both become {}: take them one after the other", to.display()).into());
        }
        if to.canonicalize().is_ok_and(|to| self.read.contains(&to)) {
            return Err(format!("{} would be overwritten: choose another place with -o", to.display()).into());
        }
        Ok(to.to_owned())
    }
}

/// A name inside a set as a path below a folder.
///
/// # Errors
/// It leads elsewhere, as an archive's may.
pub fn below(name: &str) -> Result<&Path, Failure> {
    let path = Path::new(name);
    let normal = path.components().all(|part| matches!(part, Component::Normal(_)));
    if normal { Ok(path) } else { Err(format!("{name} is no name below a folder: unpack it elsewhere first").into()) }
}

/// All of an image, or half of it.
pub fn half(image: &DynamicImage, side: Option<Half>) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    match side {
        None => image.clone(),
        Some(Half::Left) => image.crop_imm(0, 0, (width / 2).max(1), height),
        Some(Half::Right) => image.crop_imm(width / 2, 0, (width / 2).max(1), height),
    }
}

/// Writes a picture into a folder, which is made.
pub fn save(image: &DynamicImage, to: &Path) -> Result<(), Failure> {
    if let Some(folder) = to.parent() {
        let failed = |error| format!("cannot make the folder {}: {error}", folder.display());
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    write(to, &png(image)?)
}

/// A picture as others save it.
pub fn picture(pixels: Pixels) -> Result<DynamicImage, Failure> {
    pixels.into_image().ok_or_else(|| "a picture has fewer values than pixels".into())
}

/// A picture as a PNG file.
fn png(image: &DynamicImage) -> Result<Vec<u8>, Failure> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}
