//! The command that uses a run of a recipe.

use std::path::Path;

use crate::recipe::Recipe;
use crate::task_kind::TaskKind;

impl Recipe {
    /// The command that uses the run of this recipe in `folder`.
    pub fn usage(&self, folder: &Path) -> String {
        let run = quote(folder);
        match self.task.kind() {
            TaskKind::Generate => format!("gannet sample {run} -n 64 -o grid.png"),
            TaskKind::Classify => format!("gannet eval RUN --features {run}"),
            TaskKind::Autoencode => format!("gannet reconstruct {run} PICTURE -o reconstructed.png"),
            TaskKind::Pix2pix | TaskKind::Cyclegan | TaskKind::Cut => {
                format!("gannet translate {run} PICTURE -o translated.png")
            }
            TaskKind::Upscale => format!("gannet upscale {run} PICTURE -o upscaled.png"),
            TaskKind::Inpaint => format!("gannet inpaint {run} PICTURE MASK -o inpainted.png"),
            TaskKind::Stylize => format!("gannet stylize PICTURE --run {run} -o stylized.png"),
            TaskKind::Adain => format!("gannet stylize PICTURE --run {run} --style PAINTING -o stylized.png"),
        }
    }
}

/// A path as one word of a POSIX shell, quoted where it has to be.
pub fn quote(path: &Path) -> String {
    let path = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%=,\\".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.into_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_only_where_a_shell_needs_it() {
        assert_eq!(quote(Path::new("runs/mnist-1")), "runs/mnist-1");
        assert_eq!(quote(Path::new("my run's")), r"'my run'\''s'");
    }

    #[test]
    fn each_recipe_names_the_command_that_takes_its_runs() {
        for (recipe, command) in [
            ("digits-dcgan", "gannet sample r "),
            ("digits-lenet", "gannet eval RUN --features r"),
            ("shapes-autoencoder", "gannet reconstruct r "),
            ("shapes-pix2pix", "gannet translate r "),
            ("shapes-srgan", "gannet upscale r "),
            ("shapes-inpaint", "gannet inpaint r PICTURE MASK "),
            ("shapes-style", "gannet stylize PICTURE --run r -o"),
            ("folder-adain", "gannet stylize PICTURE --run r --style PAINTING -o"),
        ] {
            let usage = Recipe::load(recipe, &[]).unwrap().usage(Path::new("r"));
            assert!(usage.starts_with(command), "{recipe}: {usage}");
        }
    }
}
