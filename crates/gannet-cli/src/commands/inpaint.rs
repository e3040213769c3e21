//! `gannet inpaint`: the masked part of pictures, filled by the network of a run or by diffusion.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use gannet_apply::CheckpointChoice;
use gannet_apply::translator::{TrainedTranslator, TranslatorWeights};
use gannet_data::{ImageBuffer, ImageFile, Mask, Notes, image_files};

use crate::args::{Key, NetworkDevice, OUTPUT, Overwrite, WEIGHTS};
use crate::failure::Failure;
use crate::images::{Job, from_buffer};
use crate::networks::{build_translator, open_translator};
use crate::stderr;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet inpaint runs/folder-inpaint photo.jpg mask.png -o filled.png   # white pixels are missing
  gannet inpaint runs/folder-inpaint photos/ masks/ -o filled/          # a mask for each name
  gannet inpaint runs/folder-inpaint photo.jpg --box 100,80,64,48 -o filled.png
  gannet inpaint --weights big-lama.pth photo.jpg mask.png -o filled.png
  gannet inpaint --diffuse photo.png --alpha -o filled.png              # without a network")]
pub struct Inpaint {
    /// A run's folder (not with --weights or --diffuse), then pictures or folders of pictures, and last the mask
    ///
    /// A mask is white where pixels are missing: one picture for all, or a folder with a mask of the same name for each picture.
    /// With --alpha or --box there is no mask.
    #[arg(value_name = "RUN INPUT… MASK", required = true)]
    paths: Vec<PathBuf>,
    /// Transparent pixels are missing, in place of a mask
    #[arg(long, help_heading = "Mask")]
    alpha: bool,
    /// The pixels of a rectangle are missing, in place of a mask
    #[arg(
        long = "box",
        value_name = "LEFT,TOP,WIDTH,HEIGHT",
        conflicts_with = "alpha",
        help_heading = "Mask",
        value_parser = rectangle
    )]
    rectangle: Option<[usize; 4]>,
    /// Use the network in this file instead of a run's
    ///
    /// A file of another project, such as big-lama: .pth, .ckpt, .safetensors, .onnx or TorchScript.
    #[arg(long, value_name = "FILE", conflicts_with = "diffuse", help_heading = WEIGHTS)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
    /// Fill by diffusion, without a network: each missing pixel becomes the mean of its neighbors
    #[arg(long, help_heading = WEIGHTS)]
    diffuse: bool,
    /// The run's checkpoint: newest, best, or a step
    #[arg(long, default_value_t, conflicts_with_all = ["diffuse", "weights"], help_heading = WEIGHTS)]
    checkpoint: CheckpointChoice,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true, help_heading = OUTPUT)]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: NetworkDevice,
}

/// Left, top, width and height.
fn rectangle(text: &str) -> Result<[usize; 4], String> {
    let numbers: Option<Vec<usize>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let four = numbers.and_then(|numbers| numbers.try_into().ok());
    four.ok_or_else(|| "give four numbers of pixels, such as 10,20,64,48".into())
}

/// Inpaints one picture, several, or whole folders.
pub fn inpaint(args: &Inpaint) -> Result<String, Failure> {
    let mut paths = args.paths.as_slice();
    let network = network(args, &mut paths)?;
    let mut also_read: Vec<&Path> = args.weights.as_deref().into_iter().collect();
    let masks = match (args.alpha, args.rectangle) {
        (true, _) => Masks::Alpha,
        (_, Some(rectangle)) => Masks::Rectangle(rectangle),
        _ => {
            let (mask, rest) = paths.split_last().ok_or("give a mask after the pictures, --alpha or --box")?;
            paths = rest;
            also_read.push(mask);
            Masks::open(mask)?
        }
    };
    if paths.is_empty() {
        return Err("give pictures, or folders of pictures, and then the mask, --alpha or --box".into());
    }
    let job = Job::new(paths, &also_read, &args.output, args.overwrite.force)?;
    if let Some(network) = &network {
        stderr::line(network.about());
    }
    let mut notes = Notes::default();
    job.run(|image, name, _| {
        let picture = image.into_buffer();
        let mask = masks.mask(&picture, name, &mut notes)?;
        mask.check(&picture, name)?;
        Ok(from_buffer(match &network {
            Some(network) => network.inpaint(&picture, &mask),
            None => mask.diffuse(&picture),
        }))
    })
}

/// The network of a file or of a run, which is then the first of `paths`; none for diffusion.
fn network(args: &Inpaint, paths: &mut &[PathBuf]) -> Result<Option<TrainedTranslator>, Failure> {
    let key = args.key.of_weights(args.weights.as_ref())?;
    if args.diffuse {
        return Ok(None);
    }
    let weights = if let Some(file) = &args.weights {
        TranslatorWeights::read_under(file, key)?
    } else {
        let (run, rest) = paths.split_first().ok_or("give a run, pictures, and a mask")?;
        *paths = rest;
        let otherwise = "another project's network with --weights FILE, or fill holes without a network by --diffuse";
        open_translator(run, (args.checkpoint, false), "folder-inpaint", otherwise)?
    };
    Ok(Some(build_translator(weights, &args.device.open()?, "inpaint")?))
}

/// Which pixels of pictures are missing.
enum Masks {
    /// Transparent ones.
    Alpha,
    /// A rectangle: left, top, width and height.
    Rectangle([usize; 4]),
    /// One mask for all pictures.
    One(ImageFile),
    /// A mask for each picture, by its name without extension.
    Each(PathBuf, HashMap<PathBuf, ImageFile>),
}

impl Masks {
    /// The masks of a file or a folder.
    fn open(path: &Path) -> Result<Self, Failure> {
        let mut files = image_files(path)?;
        if !path.is_dir() {
            return Ok(Self::One(files.pop().ok_or("there is no mask")?));
        }
        let mut each = HashMap::new();
        for file in files {
            let name = file.name.clone();
            if let Some(other) = each.insert(Path::new(&name).with_extension(""), file) {
                let folder = path.display();
                return Err(format!("{} and {name} in {folder} are masks of one name: keep one", other.name).into());
            }
        }
        Ok(Self::Each(path.to_owned(), each))
    }

    /// The mask of a picture. What reading it left out is printed, the first of each kind.
    fn mask(&self, picture: &ImageBuffer, name: &str, notes: &mut Notes) -> Result<Mask, Failure> {
        let mut read = |file: &ImageFile| {
            let mask = file.read_stored()?;
            let new = mask.notes().iter().filter(|note| notes.add((*note).clone()));
            new.for_each(|note| stderr::line(&note.sentence()));
            Ok::<_, Failure>(Mask::from_image(&mask.into_buffer()))
        };
        match self {
            Self::Alpha => Ok(Mask::from_alpha(picture)
                .ok_or_else(|| format!("{name} has no transparency: give a mask after the pictures, or --box"))?),
            Self::Rectangle(rectangle) => Ok(Mask::from_rectangle(picture.width, picture.height, *rectangle)),
            Self::One(file) => read(file),
            Self::Each(folder, files) => {
                // The mask of a picture that has its extension in front of .png, and the mask of the name without it.
                let file = files.get(Path::new(name)).or_else(|| files.get(&Path::new(name).with_extension("")));
                read(file.ok_or_else(|| format!("{name} has no mask of its name in {}", folder.display()))?)
            }
        }
    }
}
