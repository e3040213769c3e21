//! Words that nothing in the repository says, and what it says instead.

/// A word of prose, messages and code. In identifiers each part is a word of its own: `PixelJudge` holds `judge`.
pub struct Word {
    /// In lower case. A `*` at its end stands for any ending.
    pub pattern: &'static str,
    pub instead: &'static str,
}

const fn word(pattern: &'static str, instead: &'static str) -> Word {
    Word { pattern, instead }
}

/// Words of no paper: the field has its own. After them British spellings: the code is American, as its ecosystem is.
pub const WORDS: &[Word] = &[
    word("canvas*", "an image buffer"),
    word("halvings", "layers, n_layers or downsamplings"),
    word("informer*", "a Q network"),
    word("judg*", "a discriminator, a feature extractor, to evaluate"),
    word("misnamed", "an error rate, misclassified"),
    word("patients", "a diagnostic batch"),
    word("told", "given, conditioned on, said"),
    word("twofold", "by a factor of 2, resample2x"),
    word("analyse*", "analyze"),
    word("artefact*", "artifact"),
    word("behaviour*", "behavior"),
    word("centre*", "center"),
    word("colour*", "color"),
    word("equalis*", "equalize"),
    word("favour*", "favor"),
    word("generalis*", "generalize"),
    word("grey*", "gray"),
    word("initialis*", "initialize"),
    word("labelled", "labeled"),
    word("maximis*", "maximize"),
    word("minimis*", "minimize"),
    word("modelling", "modeling"),
    word("neighbour*", "neighbor"),
    word("normalis*", "normalize"),
    word("optimis*", "optimize"),
    word("penalis*", "penalize"),
    word("quantis*", "quantize"),
    word("randomis*", "randomize"),
    word("recognis*", "recognize"),
    word("regularis*", "regularize"),
    word("serialis*", "serialize"),
    word("standardis*", "standardize"),
    word("stylis*", "stylize"),
    word("summaris*", "summarize"),
    word("synthesise*", "synthesize"),
    word("synthesising", "synthesizing"),
    word("visualis*", "visualize"),
];

/// Identifiers, exactly as written. In prose these are plain English, and may stay.
pub const NAMES: &[Word] = &[
    word("Beside", "PairedSource"),
    word("Game", "AdversarialObjective"),
    word("Hand", "StyleTarget"),
    word("Knowing", "Conditioning"),
    word("Look", "Diagnosis"),
    word("Moment", "StepIndex"),
    word("Origin", "Conditioning"),
    word("Posed", "PairedBatch"),
    word("Problem", "PairedTask"),
    word("Weighing", "LossWeights"),
];

/// Beginnings of documentation that do not say what the thing is.
pub const BEGINNINGS: [&str; 3] = ["The same", "Those", "That of"];

/// Where words may stay: a file, or a folder with `/` at its end, and the pattern, or `*` for all.
pub const EXCEPTIONS: &[(&str, &str)] = &[
    // They say which words are meant.
    ("xtask/src/sources/vocabulary.rs", "*"),
    ("xtask/src/sources/prose.rs", "*"),
    // They answer old words with the new ones.
    ("crates/gannet-recipe/src/renamed.rs", "*"),
    ("crates/gannet-recipe/src/tests/old_words.rs", "*"),
    ("crates/gannet-eval/src/metrics/mod.rs", "neighbour*"),
    // An alias of the command.
    ("crates/gannet-cli/src/cli.rs", "stylis*"),
    ("crates/gannet-cli/tests/help.rs", "stylis*"),
    // A field that holds parameters: checkpoints have its name.
    ("crates/gannet-nn/src/architectures/conditional.rs", "informer*"),
    // Names of random streams: other names would be other random numbers, and published results would change.
    ("crates/gannet-train/src/checkpoint_score.rs", "judg*"),
    ("crates/gannet-train/src/tasks/adversarial/step.rs", "told"),
    ("crates/gannet-lab/src/points.rs", "judg*"),
    ("crates/gannet-lab/src/saturation.rs", "told"),
    ("crates/gannet-lab/src/stacked.rs", "judg*"),
    // Names in files of references, which seed the values.
    ("crates/gannet-nn/tests/networks/upscalers.rs", "judg*"),
];
