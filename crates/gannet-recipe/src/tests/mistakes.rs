//! What a mistake is answered with.

use gannet_choice::{Choice, alternatives};

use super::{read, refusal};
use crate::LossKind;

#[test]
fn each_mistake_gets_its_message() {
    let cases = [
        ("train.step = 5", "unknown key 'train.step' in recipe mine.toml; did you mean 'train.steps'?"),
        ("[trian]\nsteps = 5", "unknown key 'trian.steps' in recipe mine.toml; did you mean 'train.steps'?"),
        ("batch = 5", "unknown key 'batch' in recipe mine.toml; did you mean 'train.batch'?"),
        ("optim.batch = 5", "unknown key 'optim.batch' in recipe mine.toml; did you mean 'train.batch'?"),
        ("samples.every = 5", "unknown key 'samples.every' in recipe mine.toml; did you mean 'sample.every'?"),
        ("sample.every = 0", "sample.every must be a whole number, at least 1, not 0 (in recipe mine.toml)"),
        ("[color]", "unknown key 'color' in recipe mine.toml; 'gannet recipes --keys' lists all keys"),
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
fn an_unknown_word_is_answered_with_all_words_and_the_nearest() {
    let message = refusal(read("loss.kind = 'least-square'"));
    assert!(message.starts_with("loss.kind must be minimax, non-saturating, least-squares, "), "{message}");
    assert!(message.contains(&alternatives(LossKind::WORDS)), "{message}");
    let end = ", not \"least-square\" (in recipe mine.toml); did you mean 'least-squares'?";
    assert!(message.ends_with(end), "{message}");
}

#[test]
fn tasks_and_their_keys_are_suggested() {
    for (text, end) in [
        ("task = 'pixtopix'", "(in recipe mine.toml); did you mean 'pix2pix'?"),
        ("stylize.style_wieght = 1", "did you mean 'stylize.style_weight'?"),
        ("pool = 1", "did you mean 'cyclegan.pool'?"),
    ] {
        let message = refusal(read(text));
        assert!(message.ends_with(end), "{text}: {message}");
    }
}
