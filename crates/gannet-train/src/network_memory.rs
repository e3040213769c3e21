//! The memory that the networks of a recipe need at least, found before any of it is allocated.

use burn::tensor::Device;
use gannet_nn::{
    Architecture, ClassifierConfig, ClassifierVisitor, Discriminator, GanVisitor, Generator, NetworkSettings, Role,
    Translator, TranslatorConfig, TranslatorVisitor, parameter_count,
};
use gannet_ops::device::{compiles, device};
use gannet_ops::random::Stream;
use gannet_recipe::Recipe;

use crate::error::TrainError;
use crate::memory;

/// Refuses a recipe whose networks need more memory than there is. Networks on a GPU are not checked.
///
/// # Errors
/// The message has both numbers and the keys that make networks smaller.
pub fn check(recipe: &Recipe, on: &Device) -> Result<(), TrainError> {
    if compiles(on) {
        return Ok(());
    }
    let size = NetworkSize::of(recipe)?;
    let parameters = [(String::new(), size.parameters)];
    let needed = memory::estimate(&parameters, size.activations, recipe.train.batch);
    let weights = memory::estimate(&parameters, 0, 0);
    match memory::refusal(weights, needed) {
        Some(reason) => Err(TrainError::Memory(reason)),
        None => Ok(()),
    }
}

/// Learned values of the generator and the discriminator of a recipe, and values that a step holds for an image. A task may have
/// further networks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct NetworkSize {
    parameters: usize,
    activations: usize,
}

impl NetworkSize {
    fn of(recipe: &Recipe) -> Result<Self, TrainError> {
        let (kind, settings) = (recipe.model.kind, recipe.network_settings());
        let measure = Measure { device: device("cpu")?, size: settings.size };
        Ok(match kind.role() {
            Role::Gan => kind.visit_gan(&settings, measure)?,
            Role::Classifier => {
                // The classes are those of the images.
                let classes = settings.classes.max(2);
                kind.visit_classifier(&NetworkSettings { classes, ..settings }, measure)?
            }
            // Its size follows from the features that it decodes.
            Role::FeatureDecoder => Self::default(),
            Role::Translator | Role::Upscaler | Role::Inpainter | Role::Stylizer => {
                kind.visit_translator(&settings, measure)?
            }
        })
    }
}

/// Builds networks without memory for their weights, and counts.
struct Measure {
    device: Device,
    /// Side of the images in pixels.
    size: usize,
}

impl GanVisitor for Measure {
    type Output = NetworkSize;

    fn visit<A: Architecture>(self, architecture: A) -> NetworkSize {
        let (mut stream, device) = (Stream::placeholder(), &self.device);
        let generator = architecture.init_generator(&mut stream, device);
        let discriminator = architecture.init_discriminator(&mut stream, device);
        NetworkSize {
            parameters: parameter_count(&generator) + parameter_count(&discriminator),
            activations: generator.activations() + discriminator.activations(),
        }
    }
}

impl TranslatorVisitor for Measure {
    type Output = NetworkSize;

    fn visit<C: TranslatorConfig>(self, config: C) -> NetworkSize {
        let network = config.init(&mut Stream::placeholder(), &self.device);
        let side = self.size / network.scale().max(1);
        NetworkSize { parameters: parameter_count(&network), activations: network.activations(side) }
    }
}

impl ClassifierVisitor for Measure {
    type Output = NetworkSize;

    fn visit<C: ClassifierConfig>(self, config: C) -> NetworkSize {
        let network = config.init(&mut Stream::placeholder(), &self.device);
        NetworkSize { parameters: parameter_count(&network), activations: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(recipe: &str, overrides: &[&str]) -> NetworkSize {
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
        NetworkSize::of(&Recipe::load(recipe, &overrides).unwrap()).unwrap()
    }

    /// Networks that no machine can hold are counted.
    #[test]
    fn the_size_of_a_huge_network_is_known_without_its_memory() {
        let small = size("mnist-dcgan", &[]);
        let wide = size("mnist-dcgan", &["model.width=2048"]);
        assert!(small.parameters > 100_000 && wide.parameters > 500 * small.parameters, "{small:?} {wide:?}");
        for recipe in [
            "folder-pix2pix",
            "folder-srgan",
            "folder-srvgg",
            "shapes-inpaint",
            "folder-style",
            "digits-lenet",
            "mnist-sngan",
            "cifar10-sagan",
            "cifar10-r3gan",
            "cifar10-classifier",
            "folder-cut",
        ] {
            assert!(size(recipe, &[]).parameters > 1000, "{recipe}");
        }
    }

    #[test]
    fn a_recipe_that_needs_more_than_there_is_is_refused_with_the_numbers_and_the_remedy() {
        let recipe = |width: &str| Recipe::load("mnist-dcgan", &[format!("model.width={width}")]).unwrap();
        let cpu = device("cpu").unwrap();
        assert!(check(&recipe("8"), &cpu).is_ok());
        let Err(error) = check(&recipe("4096"), &cpu) else { panic!("it is accepted") };
        let text = error.to_string();
        assert!(text.contains("GB of memory") && text.contains("model.width"), "{text}");
    }
}
