//! The recipes that come with Gannet: one file in `recipes/` and one line here each.

/// The recipe of a bare `gannet train`.
pub const DEFAULT_RECIPE: &str = "digits-dcgan";

/// A built-in recipe as it was written, with only what differs from its base and the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The name that `gannet train NAME` and `base = "NAME"` take: its file's stem.
    pub name: &'static str,
    /// The TOML text.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal,)+) => {
        &[$(Entry {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../recipes/", $name, ".toml")),
        }),+]
    };
}

static REGISTRY: &[Entry] = built_in![
    "digits-gan",
    "digits-dcgan",
    "digits-lsgan",
    "mnist-gan",
    "mnist-dcgan",
    "mnist-lsgan",
    "mnist-sngan",
    "mnist-r3gan",
    "mnist-cgan",
    "mnist-acgan",
    "mnist-projection",
    "mnist-infogan",
    "mnist-vae",
    "mnist-vae-gan",
    "mnist-aae",
    "shapes-dcgan",
    "shapes-autoencoder",
    "shapes-vae-gan",
    "shapes-pix2pix",
    "shapes-cyclegan",
    "shapes-cut",
    "shapes-srgan",
    "shapes-inpaint",
    "shapes-style",
    "cifar10-dcgan",
    "cifar10-sngan",
    "cifar10-projection",
    "cifar10-sagan",
    "cifar10-r3gan",
    "folder-dcgan",
    "folder-pix2pix",
    "folder-cyclegan",
    "folder-cut",
    "folder-srvgg",
    "folder-srgan",
    "folder-span",
    "folder-rrdb",
    "folder-esrgan",
    "folder-inpaint",
    "folder-inpaint-gan",
    "folder-style",
    "folder-adain",
    "folder-r3gan",
    "digits-lenet",
    "cifar10-classifier",
];

/// Every built-in recipe, in the order in which `gannet recipes` lists them.
pub fn registry() -> &'static [Entry] {
    REGISTRY
}

/// The built-in recipe of this name.
pub(crate) fn built_in(name: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.name == name)
}
