//! `gannet inpaint`: holes of pictures, filled by a network that a run has trained, or by diffusion.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use gannet_data::{Canvas, Hole, Picture, pictures};
use gannet_train::translator::TranslatorWeights;

use super::job::Job;
use super::{device, translator};
use crate::Failure;
use crate::cli;

/// One picture, several, or whole folders.
pub fn inpaint(args: &cli::Inpaint) -> Result<String, Failure> {
    let mut paths = args.paths.as_slice();
    let network = if args.diffuse {
        None
    } else {
        let (run, rest) = paths.split_first().ok_or("give a run, pictures, and what is missing of them")?;
        paths = rest;
        let weights = TranslatorWeights::open(run, args.checkpoint, false)?;
        Some(translator(weights, &device(&args.device.device)?, "inpaint")?)
    };
    let masks = match (args.alpha, args.rectangle) {
        (true, _) => Masks::Alpha,
        (_, Some(rectangle)) => Masks::Rectangle(rectangle),
        _ => {
            let (mask, rest) = paths.split_last().ok_or("give a mask after the pictures, --alpha or --box")?;
            paths = rest;
            Masks::of(mask)?
        }
    };
    if paths.is_empty() {
        return Err("give pictures, or folders of them, and then the mask, --alpha or --box".into());
    }
    let job = Job::new(paths, &args.output, args.overwrite.force)?;
    if let Some(network) = &network {
        crate::tell(network.about());
    }
    job.run(|image, name, _| {
        let picture = Canvas::from_image(image);
        let hole = masks.hole(&picture, name)?;
        hole.fits(&picture, name)?;
        let filled = match &network {
            Some(network) => network.inpaint(&picture, &hole),
            None => hole.diffuse(&picture),
        };
        filled.into_image().ok_or_else(|| "a picture has fewer values than pixels".into())
    })
}

/// What is missing of pictures.
enum Masks {
    /// What is transparent.
    Alpha,
    /// Left, top, width and height.
    Rectangle([usize; 4]),
    /// The same of all.
    One(Picture),
    /// One for each, by its name without the ending.
    Each(PathBuf, HashMap<PathBuf, Picture>),
}

impl Masks {
    fn of(path: &Path) -> Result<Self, Failure> {
        let mut all = pictures(path)?;
        if path.is_dir() {
            let mut each = HashMap::new();
            for mask in all {
                let name = mask.name.clone();
                if let Some(other) = each.insert(Path::new(&name).with_extension(""), mask) {
                    let place = path.display();
                    return Err(format!("{} and {name} in {place} are masks of one name: keep one", other.name).into());
                }
            }
            return Ok(Self::Each(path.to_owned(), each));
        }
        Ok(Self::One(all.pop().ok_or("there is no mask")?))
    }

    fn hole(&self, picture: &Canvas, name: &str) -> Result<Hole, Failure> {
        let of = |mask: &Picture| Ok::<_, Failure>(Hole::of_mask(&Canvas::from_image(mask.read()?)));
        match self {
            Self::Alpha => Ok(Hole::of_alpha(picture)
                .ok_or_else(|| format!("{name} has no transparency: give a mask after the pictures, or --box"))?),
            Self::Rectangle(rectangle) => Ok(Hole::of_rectangle(picture.width, picture.height, *rectangle)),
            Self::One(mask) => of(mask),
            Self::Each(folder, masks) => {
                let mask = masks.get(&Path::new(name).with_extension(""));
                of(mask.ok_or_else(|| format!("{name} has no mask of its name in {}", folder.display()))?)
            }
        }
    }
}
