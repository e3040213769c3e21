//! Which settings give a network that is already there, as one of another project's file.

use gannet_nn::architectures::AnyNetwork;
use gannet_nn::{GeneratorNormKind, NetworkKind, NetworkSettings, Role};

use gannet_choice::Choice;

use crate::recipe::Recipe;

/// A key of a recipe that a network's configuration may depend on.
struct Size {
    key: &'static str,
    /// The networks that read it: those that name it in their keys, all, or upscalers alone.
    readers: Readers,
    get: fn(&NetworkSettings) -> usize,
    set: fn(&mut NetworkSettings, usize),
    /// The values that are tried.
    values: fn() -> Vec<usize>,
}

#[derive(PartialEq)]
enum Readers {
    Named,
    All,
    Upscalers,
}

/// Sides of images before the norm, which may be refused at a wrong one; then what only counts.
const SIZES: [Size; 8] = [
    Size {
        key: "data.size",
        readers: Readers::All,
        get: |settings| settings.size,
        set: |settings, value| settings.size = value,
        values: || (4..=10).map(|power| 1 << power).collect(),
    },
    Size {
        key: "model.generator_norm",
        readers: Readers::Named,
        get: |settings| place(settings.generator_norm),
        set: |settings, value| settings.generator_norm = GeneratorNormKind::ALL[value],
        values: || (0..GeneratorNormKind::ALL.len()).collect(),
    },
    Size {
        key: "data.channels",
        readers: Readers::All,
        get: |settings| settings.channels,
        set: |settings, value| settings.channels = value,
        values: || vec![1, 3],
    },
    Size {
        key: "upscale.scale",
        readers: Readers::Upscalers,
        get: |settings| settings.scale,
        set: |settings, value| settings.scale = value,
        values: || vec![2, 4],
    },
    Size {
        key: "model.latent",
        readers: Readers::Named,
        get: |settings| settings.latent,
        set: |settings, value| settings.latent = value,
        values: || (1..=1024).collect(),
    },
    Size {
        key: "model.width",
        readers: Readers::Named,
        get: |settings| settings.width,
        set: |settings, value| settings.width = value,
        values: || (1..=512).collect(),
    },
    Size {
        key: "model.blocks",
        readers: Readers::Named,
        get: |settings| settings.blocks,
        set: |settings, value| settings.blocks = value,
        values: || (0..=128).collect(),
    },
    Size {
        key: "model.stages",
        readers: Readers::Named,
        get: |settings| settings.stages,
        set: |settings, value| settings.stages = value,
        values: || (1..=4).collect(),
    },
];

/// The place of a norm among all.
fn place(norm: GeneratorNormKind) -> usize {
    GeneratorNormKind::ALL.iter().position(|other| *other == norm).unwrap_or_default()
}

impl Size {
    fn is_read_by(&self, kind: NetworkKind) -> bool {
        match self.readers {
            Readers::Named => kind.keys().iter().any(|key| self.key.ends_with(&format!(".{key}"))),
            Readers::All => true,
            Readers::Upscalers => kind.role() == Role::Upscaler,
        }
    }

    fn literal(&self, settings: &NetworkSettings) -> String {
        match self.key {
            "model.generator_norm" => settings.generator_norm.word().to_owned(),
            _ => (self.get)(settings).to_string(),
        }
    }
}

impl Recipe {
    /// The overrides, such as `model.blocks=23`, with which this recipe trains `network`; empty where it does without any, and
    /// nothing where no settings of its task give that network.
    ///
    /// A configuration shows all that it is as its debugging text. The settings are found one after the other: of each the value
    /// with which most of that text is the network's.
    pub fn overrides_for(&self, network: &AnyNetwork) -> Option<Vec<String>> {
        let kind = network.kind().filter(|kind| self.task.kind().takes(*kind))?;
        let (wanted, mut settings) = (format!("{network:?}"), self.network_settings());
        let mut overrides: Vec<String> =
            (kind != self.model.kind).then(|| format!("model.kind={kind}")).into_iter().collect();
        for size in SIZES.iter().filter(|size| size.is_read_by(kind)) {
            let own = (size.get)(&settings);
            let with = |value: usize| {
                let mut settings = settings.clone();
                (size.set)(&mut settings, value);
                settings
            };
            let likeness = |value: usize| like(kind, &with(value), &wanted);
            let mut best = (own, likeness(own));
            for value in (size.values)() {
                let found = likeness(value);
                if found > best.1 {
                    best = (value, found);
                }
            }
            settings = with(best.0);
            overrides.extend((best.0 != own).then(|| format!("{}={}", size.key, size.literal(&settings))));
        }
        (format!("{:?}", kind.config(&settings)) == wanted).then_some(overrides)
    }
}

/// How many parts of the network's debugging text are as wanted; none where the network refuses the settings.
fn like(kind: NetworkKind, settings: &NetworkSettings, wanted: &str) -> usize {
    if kind.check(settings).is_err() {
        return 0;
    }
    let found = format!("{:?}", kind.config(settings));
    1 + found.split(", ").zip(wanted.split(", ")).filter(|(found, wanted)| found == wanted).count()
}
