use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gannet_data::Fit;

use super::*;

fn read(text: &str) -> Result<Recipe, RecipeError> {
    Recipe::from_toml(text, "mine.toml", &[])
}

fn set(overrides: &[&str]) -> Result<Recipe, RecipeError> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    Recipe::load(DEFAULT_RECIPE, &overrides)
}

/// The message of what must be refused.
fn refusal<T>(result: Result<T, RecipeError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn every_registered_recipe_resolves_and_survives_a_round_trip() {
    for entry in registry() {
        let recipe = entry.recipe().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(recipe.name, entry.name);
        for (key, text) in [("summary", &recipe.summary), ("method", &recipe.method), ("paper", &recipe.paper)] {
            assert!(!text.is_empty(), "{} has no {key}", entry.name);
        }
        let text = recipe.to_toml();
        let again = Recipe::from_toml(&text, "runs/1/recipe.toml", &[]).unwrap();
        assert_eq!(again, recipe);
        assert_eq!(again.to_toml(), text);
        assert_eq!(serde_json::from_str::<Recipe>(&serde_json::to_string(&recipe).unwrap()).unwrap(), recipe);
    }
}

#[test]
fn every_file_of_the_recipes_folder_is_registered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let paths = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let recipes = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let files: BTreeSet<String> = recipes.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(files, registry().iter().map(|entry| entry.name.to_owned()).collect());
}

#[test]
fn a_built_in_recipe_says_only_what_differs() {
    for entry in registry() {
        let table: toml::Table = entry.text.parse().unwrap();
        let base = table.get("base").and_then(|base| base.as_str());
        let below = base.map_or_else(Recipe::default, |base| Recipe::load(base, &[]).unwrap());
        let below = toml::Table::try_from(below).unwrap();
        for (section, values) in table.iter().filter_map(|(key, value)| Some((key, value.as_table()?))) {
            for (key, value) in values {
                let said_of_the_subject = ["data.source", "data.size", "data.channels"];
                let dotted = format!("{section}.{key}");
                let differs = below[section].get(key) != Some(value);
                assert!(differs || said_of_the_subject.contains(&&*dotted), "{}: {dotted}", entry.name);
            }
        }
    }
}

#[test]
fn keys_are_the_leaves_of_the_serialised_default() {
    let mut leaves = BTreeSet::new();
    for (key, value) in toml::Table::try_from(Recipe::default()).unwrap() {
        match value {
            toml::Value::Table(section) => leaves.extend(section.keys().map(|inner| format!("{key}.{inner}"))),
            _ => drop(leaves.insert(key)),
        }
    }
    let described = keys();
    assert_eq!(described.len(), leaves.len());
    assert_eq!(described.iter().map(|key| key.key.clone()).collect::<BTreeSet<_>>(), leaves);
    assert!(described.iter().all(|key| key.doc.ends_with('.') && !key.allowed.is_empty()));
}

#[test]
fn every_default_is_written_as_keys_say_and_obeys_its_own_rule() {
    let read = |text: &str| Recipe::from_toml(text, "recipe.toml", &[]).unwrap();
    assert_eq!(read(""), Recipe::default());
    for key in keys() {
        assert_eq!(read(&format!("{} = {}", key.key, key.default)), Recipe::default(), "{}", key.key);
    }
}

#[test]
fn unusual_values_survive_a_round_trip() {
    let mut recipe = Recipe { name: "with space".into(), seed: i64::MAX as u64, ..Recipe::default() };
    recipe.data.source = "C:\\images \"of\" 'mine'\n\ttab é 🐦 # no comment".into();
    recipe.optim.epsilon = 5e-324;
    recipe.optim.generator_lr = 0.1 + 0.2;
    recipe.optim.discriminator_lr = 1e300;
    recipe.loss.a = -1.0;
    assert_eq!(read(&recipe.to_toml()).unwrap(), recipe);
}

#[test]
fn a_file_says_what_differs_from_its_base_and_the_base_from_the_defaults() {
    let recipe = read("base = 'digits-lsgan'\n[loss]\nc = 0.5\n[train]\nsteps = 7").unwrap();
    assert_eq!((recipe.loss.kind, recipe.loss.c, recipe.train.steps), (LossKind::LeastSquares, 0.5, 7));
    assert_eq!((recipe.model.width, recipe.optim.beta1), (32, 0.5));
    assert_eq!((recipe.name.as_str(), recipe.method.as_str()), ("mine", "LSGAN"));
}

#[test]
fn a_base_may_be_a_file_beside_the_recipe() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "below.toml", "name = 'other'\nbase = 'digits-gan'\n[model]\nhidden = 9");
    let path = write(folder.path(), "above.toml", "base = './below.toml'\n[model]\nlatent = 3");
    let recipe = Recipe::load(&path, &["train.steps=5".into()]).unwrap();
    assert_eq!((recipe.model.hidden, recipe.model.latent, recipe.train.steps), (9, 3, 5));
    assert_eq!(recipe.name, "above");
}

#[test]
fn recipes_based_on_each_other_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path(), "a.toml", "base = 'b.toml'");
    write(folder.path(), "b.toml", "base = './a.toml'");
    let message = refusal(Recipe::load(&first, &[]));
    assert!(message.contains("in a circle: recipe ") && message.contains("a.toml → recipe "), "{message}");
    let own = write(folder.path(), "own.toml", "base = 'own.toml'");
    assert!(refusal(Recipe::load(&own, &[])).contains("circle"));
    let shadow = write(folder.path(), "digits-gan.toml", "base = 'digits-gan'");
    assert_eq!(Recipe::load(&shadow, &[]).unwrap().method, "GAN");
}

#[test]
fn an_override_needs_no_quotes_and_the_later_one_wins() {
    let recipe = set(&[
        "loss.kind=least-squares",
        "data.fit = \"pad\"",
        "task = generate",
        "train.steps=1",
        "train.steps = 2_000",
    ])
    .unwrap();
    assert_eq!((recipe.loss.kind, recipe.data.fit, recipe.train.steps), (LossKind::LeastSquares, Fit::Pad, 2000));
    let recipe = set(&["data.source=2024", "optim.beta1=0", "data.flip=true", "seed=9"]).unwrap();
    assert_eq!((recipe.data.source.as_str(), recipe.optim.beta1), ("2024", 0.0));
    assert!(recipe.data.flip && recipe.seed == 9);
    assert_eq!(set(&["data.source=my photos/a=b"]).unwrap().data.source, "my photos/a=b");
}

#[test]
fn each_mistake_gets_its_message() {
    let cases = [
        ("train.step = 5", "unknown key 'train.step' in recipe mine.toml; did you mean 'train.steps'?"),
        ("[trian]\nsteps = 5", "unknown key 'trian.steps' in recipe mine.toml; did you mean 'train.steps'?"),
        ("batch = 5", "unknown key 'batch' in recipe mine.toml; did you mean 'train.batch'?"),
        ("optim.batch = 5", "unknown key 'optim.batch' in recipe mine.toml; did you mean 'train.batch'?"),
        ("samples.every = 5", "unknown key 'samples.every' in recipe mine.toml; did you mean 'sample.every'?"),
        ("sample.every = 0", "sample.every must be a whole number, at least 1, not 0 (in recipe mine.toml)"),
        ("[colour]", "unknown key 'colour' in recipe mine.toml; 'gannet recipes --keys' lists all keys"),
        ("ema = 0.9", "unknown key 'ema' in recipe mine.toml; 'ema' is a section: set ema.decay"),
        ("[train.steps]\nx = 1", "unknown key 'train.steps.x' in recipe mine.toml; did you mean 'train.steps'?"),
        ("train.steps = 'many'", "train.steps must be a whole number, not \"many\" (in recipe mine.toml)"),
        ("train.steps = 1.5", "train.steps must be a whole number, not 1.5 (in recipe mine.toml)"),
        ("data.flip = 1", "data.flip must be true or false, not 1 (in recipe mine.toml)"),
        ("loss.kind = 2", "loss.kind must be a text, not 2 (in recipe mine.toml)"),
        ("base = 2", "base must be a recipe's name or file, not 2 (in recipe mine.toml)"),
        ("train.batch = 0", "train.batch must be a whole number from 1 to 65536, not 0 (in recipe mine.toml)"),
        ("seed = -1", "seed must be a whole number, at least 0, not -1 (in recipe mine.toml)"),
        ("data.channels = 2", "data.channels must be 1 or 3, not 2 (in recipe mine.toml)"),
        ("optim.generator_lr = 0", "optim.generator_lr must be a number above 0, not 0 (in recipe mine.toml)"),
        ("optim.generator_lr = inf", "optim.generator_lr must be a number above 0, not inf (in recipe mine.toml)"),
        ("ema.decay = 1.0", "ema.decay must be a number of at least 0 and below 1, not 1.0 (in recipe mine.toml)"),
        ("optim.beta2 = nan", "optim.beta2 must be a number of at least 0 and below 1, not nan (in recipe mine.toml)"),
        ("loss.a = inf", "loss.a must be a finite number, not inf (in recipe mine.toml)"),
        (
            "loss.kind = 'least-square'",
            "loss.kind must be minimax, non-saturating, least-squares, hinge, wasserstein, relativistic-pairing, \
             relativistic-average, kl, reverse-kl, pearson, hellinger, jensen-shannon, ebgan or began, not \"least-square\" \
             (in recipe mine.toml); did you mean 'least-squares'?",
        ),
        (
            "name = '../up'",
            "name must be a text without '/', '\\' or a leading '.', not \"../up\" (in recipe mine.toml)",
        ),
        ("data.size = 48", "recipe mine.toml: data.size must be 28, 32, 64 or 128 with model.kind dcgan, not 48"),
    ];
    for (text, message) in cases {
        assert_eq!(refusal(read(text)), message, "{text}");
    }
}

#[test]
fn values_that_contradict_each_other_are_refused() {
    assert_eq!(read("model.kind = 'mlp'\ndata.size = 48").unwrap().data.size, 48);
    let cases = [
        ("model.kind = 'lenet'", "is a classifier: set task"),
        ("task = 'classify'", "set model.kind = \"lenet\""),
        ("task = 'classify'\nmodel.kind = 'lenet'", "set data.labels = true"),
        ("task = 'classify'\nmodel.kind = 'lenet'\ndata.labels = true\ndata.size = 28", "data.size must be 32"),
        ("task = 'classify'\nmodel.kind = 'convnet'\ndata.labels = true", "set data.channels = 3"),
        ("task = 'classify'\nmodel.kind = 'lenet'\ndata.labels = true\ndata.size = 32\neval.every = 5", "eval.every"),
        ("loss.kind = 'least-squares'\nloss.b = 0", "set them apart"),
        ("checkpoint.milestone = 700", "multiple of checkpoint.every, 500, not 700"),
    ];
    for (text, part) in cases {
        let message = refusal(read(text));
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn a_mistake_is_placed_where_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "below.toml", "[train]\nbatch = 0");
    let path = write(folder.path(), "above.toml", "base = 'below.toml'\n[train]\nbatch = 1");
    assert!(refusal(Recipe::load(&path, &[])).contains("below.toml)"));
    let broken = refusal(read("seed = 1\n\n[train\nsteps = 2"));
    assert!(broken.starts_with("recipe mine.toml, line 3 is not valid TOML: "), "{broken}");
    assert_eq!(
        refusal(set(&["train.batch=0"])),
        "train.batch must be a whole number from 1 to 65536, not 0 (in --set)"
    );
    assert_eq!(refusal(set(&["train.step=0"])), "unknown key 'train.step' in --set; did you mean 'train.steps'?");
    for malformed in ["foo", "=5", ""] {
        assert!(refusal(set(&[malformed])).contains("write it as key=value"), "{malformed}");
    }
}

#[test]
fn an_unknown_recipe_names_the_nearest() {
    assert_eq!(
        refusal(Recipe::load("mnst-dcgan", &[])),
        "no recipe called 'mnst-dcgan'; did you mean 'mnist-dcgan'? 'gannet recipes' lists all"
    );
    assert_eq!(refusal(Recipe::load("zebra", &[])), "no recipe called 'zebra'; 'gannet recipes' lists all");
    assert_eq!(
        refusal(read("base = 'digits-gam'")),
        "no recipe called 'digits-gam' (the base of recipe mine.toml); did you mean 'digits-gan'? \
         'gannet recipes' lists all"
    );
    assert!(refusal(Recipe::load("absent.toml", &[])).starts_with("cannot read the recipe absent.toml: "));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    assert!(refusal(Recipe::load(path, &[])).ends_with(&format!("gannet train folder-dcgan --data {path}")));
}

#[test]
fn a_recipe_without_images_says_what_to_give() {
    let message = refusal(Recipe::load("mnist-gan", &[]).unwrap().data_source());
    assert!(message.starts_with("recipe 'mnist-gan' needs images: give --data PATH, the folder of MNIST"), "{message}");
    assert_eq!(set(&[]).unwrap().data_source().unwrap(), "digits");
}

#[test]
fn a_resumed_run_keeps_what_decides_its_course() {
    let old = set(&[]).unwrap();
    let free = ["train.steps=9", "sample.every=3", "checkpoint.every=3", "log.every=5", "data.source=moved"];
    assert!(changes_allowed_on_resume(&old, &set(&free).unwrap()).is_ok());
    for fixed in ["train.batch=9", "seed=1", "optim.beta1=0.1", "data.fit=pad", "model.width=8"] {
        let message = refusal(changes_allowed_on_resume(&old, &set(&[fixed]).unwrap()));
        let key = fixed.split('=').next().unwrap();
        assert!(message.starts_with(key) && message.contains("gannet train --from RUN"), "{message}");
    }
}

#[test]
fn nearest_is_modest() {
    let words = ["mnist-gan", "mnist-dcgan", "mnist-lsgan", "shapes-dcgan"];
    let near = |word: &str| nearest(word, words.into_iter());
    assert_eq!(near("mnist-dcgan")[0], "mnist-dcgan");
    assert_eq!(near("MNST-dcgan"), ["mnist-dcgan"]);
    assert_eq!(near("mnist"), ["mnist-gan", "mnist-dcgan", "mnist-lsgan"]);
    assert!(near("cyclegan-horses").is_empty() && near("").is_empty());
    assert_eq!(did_you_mean(&near("mnist")), "; did you mean 'mnist-gan', 'mnist-dcgan' or 'mnist-lsgan'?");
}

#[test]
fn schedules_go_from_one_towards_zero() {
    for (kind, middle) in [(ScheduleKind::Constant, 1.0), (ScheduleKind::Linear, 0.5), (ScheduleKind::Cosine, 0.5)] {
        assert_eq!(kind.factor(1, 100), 1.0);
        assert!((kind.factor(51, 100) - middle).abs() < 1e-12);
        assert!(kind.factor(100, 100) > 0.0, "the last step moves, too");
    }
}
