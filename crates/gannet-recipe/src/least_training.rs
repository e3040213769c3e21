//! How long a network has to be trained before its results are worth a look.

use gannet_data::is_built_in;

use crate::recipe::Recipe;
use crate::registry::built_in;
use crate::task_kind::TaskKind;

/// Real images after which a GAN on color photographs shows a first recognizable picture. It was seen with the built-in
/// recipes for folders at 64 pixels (docs/results.md); larger images need more.
const FIRST_PICTURE: usize = 200_000;
/// A network that saw a smaller share of its recipe's images than one of this many is barely trained.
const SHARE: usize = 10;

impl Recipe {
    /// The real images that a step reads.
    pub fn images_per_step(&self) -> usize {
        self.train.batch * self.train.batches()
    }

    /// The step from which on a first recognizable picture is to be expected, where the recipe trains a GAN on color images of
    /// files. Nothing is known for other tasks, and built-in images need far fewer steps.
    pub fn first_picture(&self) -> Option<usize> {
        let photographs = self.data.channels == 3 && !is_built_in(&self.data.source);
        let known = self.task.kind() == TaskKind::Generate && photographs;
        known.then(|| FIRST_PICTURE.div_ceil(self.images_per_step()))
    }

    /// The steps below which a network of this recipe is barely trained: half of those to a first picture, or else a tenth of
    /// those that the built-in recipe of this name takes, with as many images.
    pub fn least_steps(&self) -> usize {
        let half = self.first_picture().map(|first| first.div_ceil(2));
        half.unwrap_or_else(|| self.usual_images().div_ceil(SHARE * self.images_per_step()))
    }

    /// A line that says that a network after `step` steps is barely trained, where it is.
    pub fn barely_trained(&self, step: u64) -> Option<String> {
        if step >= self.least_steps() as u64 {
            return None;
        }
        let needed = match self.first_picture() {
            Some(first) => format!(
                "a first recognizable picture is to be expected after about {} (step {first})",
                thousands(FIRST_PICTURE)
            ),
            None => format!("recipe {} takes {}", self.name, thousands(self.usual_images())),
        };
        let seen = thousands((step as usize).saturating_mul(self.images_per_step()));
        Some(format!(
            "this network is barely trained: it saw {seen} images in {step} steps, and {needed}; 'gannet resume' with a larger \
             train.steps, or 'gannet train' with --minutes, trains longer"
        ))
    }

    /// The images that the built-in recipe of this name reads in all, or this recipe where there is none.
    fn usual_images(&self) -> usize {
        let usual = built_in(&self.name).and_then(|entry| entry.recipe().ok());
        let of = |recipe: &Self| recipe.train.steps.saturating_mul(recipe.images_per_step());
        usual.as_ref().map_or_else(|| of(self), of)
    }
}

/// A number of images in words: `192`, `200 thousand`.
pub fn thousands(images: usize) -> String {
    if images < 1000 { images.to_string() } else { format!("{:.0} thousand", images as f64 / 1000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(name: &str, overrides: &[&str]) -> Recipe {
        Recipe::load(name, &overrides.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_first_picture_takes_as_many_images_at_any_batch() {
        let first =
            |overrides: &[&str]| recipe("folder-dcgan", &[&["data.source=photos"], overrides].concat()).first_picture();
        assert_eq!(first(&[]), Some(3125));
        assert_eq!(first(&["train.batch=32"]), Some(6250));
        assert_eq!(first(&["train.batch=32", "train.accumulate=2"]), Some(3125));
        assert_eq!(first(&["data.channels=1"]), None);
        assert_eq!([recipe("shapes-dcgan", &[]), recipe("folder-cyclegan", &[])].map(|r| r.first_picture()), [None; 2]);
    }

    #[test]
    fn a_network_is_barely_trained_half_way_to_its_first_picture() {
        let own = recipe("folder-r3gan", &["data.source=photos"]);
        let text = own.barely_trained(130).unwrap();
        for part in ["8 thousand images in 130 steps", "about 200 thousand (step 3125)", "--minutes", "train.steps"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!((own.barely_trained(1562).is_some(), own.barely_trained(1563)), (true, None));
    }

    /// A run of three steps is finished, and its network is barely trained all the same.
    #[test]
    fn other_networks_are_measured_by_the_built_in_recipe() {
        let usual = recipe("digits-dcgan", &[]);
        let tenth = usual.train.steps / 10;
        let short = recipe("digits-dcgan", &["train.steps=3"]);
        assert_eq!(short.least_steps(), tenth);
        assert!(short.barely_trained(3).unwrap().contains("192 images in 3 steps, and recipe digits-dcgan takes"));
        assert_eq!(usual.barely_trained(tenth as u64), None);
        // Half the batch takes twice the steps.
        assert_eq!(recipe("digits-dcgan", &["train.batch=32"]).least_steps(), 2 * tenth);
        let own = Recipe { name: "mine".to_owned(), ..short };
        assert_eq!((own.barely_trained(0).is_some(), own.barely_trained(3)), (true, None));
    }
}
