//! What other crates read of a recipe.

use gannet_objectives::penalties::GradientPenalties;

use super::read;
use crate::{NetworkKind, PenaltyKind, Recipe, StyleWeights, registry};

fn load(name: &str) -> Recipe {
    Recipe::load(name, &[]).unwrap()
}

#[test]
fn a_latent_is_noise_codes_and_classes() {
    assert_eq!(load("mnist-dcgan").latent_size(), 100);
    assert_eq!(load("mnist-infogan").latent_size(), 6 + 2 + 10);
    let labeled = Recipe::load("mnist-cgan", &["condition.classes=a/b/c".into()]).unwrap();
    assert_eq!((labeled.condition.count(), labeled.latent_size()), (3, 103));
    assert_eq!(labeled.condition.names().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(labeled.network_settings().latent, 103);
}

#[test]
fn names_of_classes_may_hold_any_character() {
    let mut recipe = load("mnist-cgan");
    let names = ["a/b", "a", "", "100%", "a%2Fb", "%"].map(str::to_owned);
    recipe.condition.set_names(&names);
    assert_eq!(recipe.condition.names().collect::<Vec<_>>(), names);
    assert_eq!(recipe.condition.count(), names.len());
}

#[test]
fn network_settings_are_those_of_the_sections() {
    let settings = load("cifar10-sagan").network_settings();
    assert_eq!((settings.size, settings.channels, settings.attention, settings.width), (32, 3, 16, 12));
    let classes = Recipe::load("cifar10-sagan", &["condition.classes=a/b".into()]).unwrap();
    assert_eq!((settings.classes, classes.network_settings().classes), (0, 2));
    let labeled = Recipe::load("cifar10-projection", &["condition.classes=a/b".into()]).unwrap();
    assert_eq!(labeled.network_settings().classes, 0, "batch norm without classes");
    let packed = read("train.pack = 4").unwrap().network_settings();
    assert_eq!((packed.references, packed.scale), (16, 4));
    let upscaled = read("task = 'upscale'\nupscale.scale = 2\nmodel.n_layers = 2").unwrap();
    assert_eq!(upscaled.network_settings().scale, 2);
}

#[test]
fn a_discriminator_sees_the_input_of_pix2pix_and_the_mask_of_inpainting() {
    let channels = |name| load(name).discriminator_settings().channels;
    assert_eq!(
        ["folder-pix2pix", "folder-cyclegan", "folder-cut", "folder-srgan", "folder-inpaint-gan"].map(channels),
        [6, 3, 3, 3, 4]
    );
}

#[test]
fn pairs_are_read_for_two_domains_and_for_content_with_style() {
    for entry in registry() {
        let recipe = entry.recipe().unwrap();
        let task = recipe.task.kind().to_string();
        let paired = ["pix2pix", "cyclegan", "cut", "adain"].contains(&task.as_str());
        assert_eq!((recipe.batch_spec().paired, recipe.image_spec().paired), (paired, false), "{}", entry.name);
    }
}

#[test]
fn terms_are_read_from_the_section_of_the_task() {
    let terms = |name| {
        let recipe = load(name);
        (recipe.adversarial_weight(), recipe.pixel_weight(), recipe.has_discriminator())
    };
    assert_eq!(terms("digits-dcgan"), (1.0, 0.0, true));
    assert_eq!(terms("digits-lenet"), (0.0, 0.0, false));
    assert_eq!(terms("folder-pix2pix"), (1.0, 100.0, true));
    assert_eq!(terms("folder-srvgg"), (0.0, 1.0, false));
    assert_eq!(terms("folder-srgan"), (0.05, 1.0, true));
    assert_eq!(terms("mnist-vae-gan"), (20.0, 0.0, true));
    assert_eq!(terms("folder-cyclegan"), (1.0, 0.0, true));
    assert_eq!(terms("folder-style"), (0.0, 0.0, false));
    let style = |name| load(name).style_weights();
    assert_eq!(style("folder-style"), Some(StyleWeights { style: 10.0, content: 1.0, tv: 0.0 }));
    assert_eq!(style("folder-adain"), Some(StyleWeights { style: 1.0, content: 1.0, tv: 0.0 }));
    assert_eq!((style("folder-srgan"), load("folder-adain").features()), (None, Some("random")));
    assert_eq!((load("shapes-style").style_size(), load("shapes-cut").style_size()), (Some(256), None));
    assert!(read("task = 'cut'\ncut.reverse = true\nmodel.n_layers = 2").unwrap().reverse());
    assert!(!load("folder-pix2pix").reverse() && !load("folder-pix2pix").dropout());
}

#[test]
fn codes_of_distributions_need_two_values_each() {
    assert_eq!((load("mnist-vae").code_values(), load("mnist-aae").code_values()), (40, 20));
    assert_eq!(load("shapes-autoencoder").code_values(), 64);
}

#[test]
fn penalties_are_those_that_are_on() {
    let penalties = load("mnist-r3gan").penalties();
    assert_eq!(penalties, GradientPenalties::new([(PenaltyKind::R1, 0.5), (PenaltyKind::R2, 0.5)]));
    assert_eq!(load("mnist-dcgan").penalties(), GradientPenalties::default());
    assert_eq!(load("mnist-lsgan").loss_settings().b, 1.0);
}

#[test]
fn paths_can_be_changed_where_there_are_some() {
    let mut recipe = load("shapes-style");
    recipe.image_paths_mut().into_iter().for_each(|path| path.insert(0, '/'));
    assert!(recipe.to_toml().contains("image = \"/shapes-striped\"") && recipe.data.source == "/shapes");
    *recipe.features_mut().unwrap() = "vgg19:/x".into();
    assert_eq!(recipe.features(), Some("vgg19:/x"));
    assert!(load("digits-dcgan").features_mut().is_none());
    assert_eq!(load("digits-dcgan").model.kind, NetworkKind::Dcgan);
}
