//! The overrides that give a recipe the network of another project's file.

use gannet_nn::NetworkSettings;
use gannet_recipe::{NetworkKind, Recipe};

fn recipe(name: &str, overrides: &[&str]) -> Recipe {
    Recipe::load(name, &overrides.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// What a recipe has to be given to train the network of another, and that it then trains it.
#[test]
fn a_recipe_knows_what_gives_another_network() {
    let cases: [(&str, &str, &[&str]); 10] = [
        ("folder-srvgg", "folder-srvgg", &[]),
        ("folder-srvgg", "folder-srvgg", &["model.kind=rrdb", "upscale.scale=2", "model.width=64", "model.blocks=23"]),
        ("folder-rrdb", "folder-srvgg", &["model.kind=srresnet", "data.channels=1", "model.width=24"]),
        ("folder-cyclegan", "folder-cyclegan", &["model.width=64", "model.blocks=9"]),
        ("folder-pix2pix", "folder-pix2pix", &["model.kind=unet", "data.size=256", "model.generator_norm=instance"]),
        ("folder-inpaint", "folder-inpaint", &["model.stages=1", "model.width=12"]),
        ("folder-srvgg", "folder-span", &["model.blocks=6", "model.width=48"]),
        ("folder-srvgg", "folder-srvgg", &["model.kind=realplksr", "model.blocks=3", "upscale.scale=2"]),
        ("folder-srvgg", "folder-srvgg", &["model.kind=swinir", "model.blocks=2", "model.width=36"]),
        ("folder-inpaint", "folder-inpaint", &["model.kind=lama", "model.blocks=3", "model.width=8"]),
    ];
    for (name, other, overrides) in cases {
        let (own, wanted) = (recipe(name, &[]), recipe(other, overrides));
        let network = wanted.model.kind.config(&wanted.network_settings());
        let found = own.overrides_for(&network).unwrap();
        let changed = own.with(&found).unwrap();
        let trained = changed.model.kind.config(&changed.network_settings());
        assert_eq!(format!("{trained:?}"), format!("{network:?}"), "{name}: {found:?}");
        assert!(found.len() <= overrides.len() + 2, "{name}: {found:?}");
        assert!(changed.overrides_for(&network).unwrap().is_empty());
    }
}

#[test]
fn what_no_recipe_of_the_task_trains_has_no_overrides() {
    let upscaler = recipe("folder-srvgg", &[]);
    let network = upscaler.model.kind.config(&upscaler.network_settings());
    assert_eq!(recipe("folder-cyclegan", &[]).overrides_for(&network), None);
    let eight = NetworkSettings { scale: 8, ..upscaler.network_settings() };
    assert_eq!(upscaler.overrides_for(&NetworkKind::Srvgg.config(&eight)), None);
}
