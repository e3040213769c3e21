//! What a run is for: the command that uses it.

use std::path::Path;

use super::{Recipe, TaskKind, TranslateKind};

impl Recipe {
    /// The command that uses the run of this recipe in `folder`.
    pub fn usage(&self, folder: &Path) -> String {
        let run = quote(folder);
        match (self.task, self.translate.kind) {
            (TaskKind::Generate, _) => format!("gannet sample {run} -n 64 -o grid.png"),
            (TaskKind::Classify, _) => format!("gannet eval RUN --features {run}"),
            (TaskKind::Autoencode, _) => format!("gannet reconstruct {run} PICTURE -o reconstructed.png"),
            (TaskKind::Translate, _) if self.model.kind.enlarges() => {
                format!("gannet upscale {run} PICTURE -o large.png")
            }
            (TaskKind::Translate, TranslateKind::Inpaint) => format!("gannet inpaint {run} PICTURE MASK -o whole.png"),
            (TaskKind::Translate, TranslateKind::Stylise) => {
                format!("gannet stylize PICTURE --run {run} -o painted.png")
            }
            (TaskKind::Translate, TranslateKind::Adain) => {
                format!("gannet stylize PICTURE --run {run} --style PAINTING -o painted.png")
            }
            (TaskKind::Translate, _) => format!("gannet translate {run} PICTURE -o translated.png"),
        }
    }
}

/// A path as one word of a POSIX shell.
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
        ] {
            let usage = Recipe::load(recipe, &[]).unwrap().usage(Path::new("r"));
            assert!(usage.starts_with(command), "{recipe}: {usage}");
        }
    }
}
