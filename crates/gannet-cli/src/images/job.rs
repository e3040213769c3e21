//! A job: pictures in, pictures out. Each picture is processed by itself, so that a broken one does not stop the others, and an
//! interrupted job continues where it stopped.

use std::path::{Path, PathBuf};

use gannet_data::{DataError, ImageFile, Notes, StoredImage, image_files};

use super::picture::{Picture, save};
use super::result_names::{Named, Neighborhood};
use super::targets::{Targets, take_all};
use crate::failure::Failure;
use crate::files::{check_writable, refuse_own_folders};
use crate::progress::bar;
use crate::shown::shown_in_line;
use crate::stderr;

/// The pictures to process and where each result goes.
pub struct Job {
    tasks: Vec<Task>,
    /// The number of results that existed already.
    kept: usize,
    output: PathBuf,
}

struct Task {
    /// The picture's position among all, which does not depend on what is done already.
    position: usize,
    file: ImageFile,
    to: PathBuf,
}

impl Job {
    /// The job of processing `inputs`. The result of a single file is the file `output`, or goes into that folder; the results
    /// of folders or several files go into the folder `output`, each under its own name. Results that exist are not computed
    /// again unless `force`. `also_read` are further files and folders of pictures that the command reads.
    ///
    /// # Errors
    /// An input does not exist; what is read would be overwritten; two results would have one path; the single result exists.
    pub fn new(inputs: &[PathBuf], also_read: &[&Path], output: &Path, force: bool) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for input in inputs {
            files.extend(image_files(input)?);
        }
        let targets = |files: &[ImageFile]| {
            Targets::new(files.iter().map(|file| file.path.as_path()).chain(also_read.iter().copied()))
        };
        let single = inputs.len() == 1 && inputs[0].is_file() && !output.is_dir() && output.extension().is_some();
        if single {
            let targets = targets(&files);
            return Self::single(files, targets, output, force);
        }
        if has_image_extension(output) && !output.is_dir() {
            let count = files.len();
            let output = output.display();
            return Err(format!("{output} would be one picture, and {count} need a folder: give one with -o").into());
        }
        refuse_own_folders(output)?;
        refuse_input_folder(inputs, output)?;
        drop_results(&mut files, inputs, output);
        let mut targets = targets(&files);
        let mut neighborhood = Neighborhood::default();
        let mut named = |file: &ImageFile| Named {
            path: file.path.clone(),
            name: PathBuf::from(&file.name),
            crowded: inputs.contains(&file.path) && neighborhood.is_crowded(&file.path),
        };
        let named: Vec<Named> = files.iter().map(&mut named).collect();
        let paths = take_all(&mut targets, &named, output)?;
        let task = |(position, (file, to))| Task { position, file, to };
        let mut tasks: Vec<Task> = files.into_iter().zip(paths).enumerate().map(task).collect();
        let count = tasks.len();
        tasks.retain(|task| force || !is_done(&task.to));
        Ok(Self { kept: count - tasks.len(), tasks, output: output.to_owned() })
    }

    fn single(files: Vec<ImageFile>, mut targets: Targets, output: &Path, force: bool) -> Result<Self, Failure> {
        let extension = output.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        if extension.as_deref() != Some("png") {
            return Err(format!("{}: pictures are saved as .png", output.display()).into());
        }
        check_writable(output, force)?;
        for file in &files {
            targets.take(&file.path, output)?;
        }
        let tasks = files.into_iter().map(|file| Task { position: 0, file, to: output.to_owned() }).collect();
        Ok(Self { tasks, kept: 0, output: output.to_owned() })
    }

    /// Computes all results that do not exist yet by `process`, which gets a picture, its name and its position in the job.
    ///
    /// # Errors
    /// At the end, if pictures could not be read, processed or written; each is named when that happens.
    pub fn run<'a>(
        self,
        process: impl FnMut(StoredImage, &str, usize) -> Result<Picture<'a>, Failure>,
    ) -> Result<String, Failure> {
        self.run_by(ImageFile::read_stored, process)
    }

    /// [`Job::run`] for a process that needs little memory for a large picture.
    ///
    /// # Errors
    /// Those of [`Job::run`].
    pub fn run_large<'a>(
        self,
        process: impl FnMut(StoredImage, &str, usize) -> Result<Picture<'a>, Failure>,
    ) -> Result<String, Failure> {
        self.run_by(ImageFile::read_large, process)
    }

    fn run_by<'a>(
        self,
        read: fn(&ImageFile) -> Result<StoredImage, DataError>,
        mut process: impl FnMut(StoredImage, &str, usize) -> Result<Picture<'a>, Failure>,
    ) -> Result<String, Failure> {
        let (count, mut broken, mut notes) = (self.tasks.len(), 0, Notes::default());
        let bar = bar(Some(count as u64), "{pos}/{len} {wide_msg} {eta} left");
        for Task { position, file, to } in self.tasks {
            bar.set_message(shown_in_line(&file.name).into_owned());
            let read = read(&file).map_err(Failure::from);
            let result = read.and_then(|image| {
                image.notes().iter().for_each(|note| _ = notes.add(note.clone()));
                process(image, &file.name, position)
            });
            if let Err(error) = result.and_then(|picture| save(picture, &to)) {
                broken += 1;
                bar.suspend(|| stderr::line(&format!("skipped: {error}")));
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        notes.lines().iter().for_each(|line| stderr::line(line));
        let (done, output) = (count - broken, self.output.display());
        let kept = if self.kept > 0 {
            format!(
                ", {} existed already and are kept, whatever their settings were (--force makes them again)",
                self.kept
            )
        } else {
            String::new()
        };
        let text = format!("{done} {} in {output}{kept}\n", if done == 1 { "picture" } else { "pictures" });
        match broken {
            0 => Ok(text),
            _ => Err(format!("{broken} of {count} pictures were skipped; {}", text.trim_end()).into()),
        }
    }
}

/// Whether the path looks like that of a picture.
fn has_image_extension(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff", "gif"].contains(&extension.as_str())
}

/// Whether there is a result. An empty file is none: no picture has no bytes.
fn is_done(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() || found.len() > 0)
}

/// Refuses a folder of results that is an input: the next start would take the results for pictures.
fn refuse_input_folder(inputs: &[PathBuf], output: &Path) -> Result<(), Failure> {
    let is_output =
        |input: &&PathBuf| input.canonicalize().is_ok_and(|input| output.canonicalize().is_ok_and(|to| to == input));
    match inputs.iter().find(is_output) {
        Some(input) => {
            let input = input.display();
            Err(format!("the results would lie among the pictures of {input}, and be read as such: choose another folder with -o").into())
        }
        None => Ok(()),
    }
}

/// Drops files below `output`, which an earlier start wrote into a folder below its inputs.
fn drop_results(files: &mut Vec<ImageFile>, inputs: &[PathBuf], output: &Path) {
    let Ok(output) = output.canonicalize() else { return };
    let is_result = |file: &ImageFile| file.path.canonicalize().is_ok_and(|path| path.starts_with(&output));
    files.retain(|file| !is_result(file) || inputs.contains(&file.path));
}
