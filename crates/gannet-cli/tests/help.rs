//! `--help` of every command: options under headings, examples, plain words, and a width that fits a terminal.

mod common;

use common::Place;

/// Every command, and commands of commands.
const COMMANDS: [&[&str]; 27] = [
    &["train"],
    &["resume"],
    &["runs"],
    &["sample"],
    &["interpolate"],
    &["reconstruct"],
    &["translate"],
    &["upscale"],
    &["inpaint"],
    &["stylize"],
    &["eval"],
    &["data"],
    &["data", "check"],
    &["data", "export"],
    &["data", "masks"],
    &["data", "list"],
    &["recipes"],
    &["lab"],
    &["lab", "ring"],
    &["lab", "grid"],
    &["lab", "spiral"],
    &["lab", "stacked"],
    &["lab", "compare"],
    &["lab", "saturation"],
    &["completions"],
    &["weights"],
    &["stylise"],
];

/// Lines that end with a colon and are not indented.
fn headings(help: &str) -> Vec<&str> {
    help.lines().filter(|line| !line.starts_with(' ') && line.ends_with(':')).collect()
}

#[test]
fn the_commands_are_in_groups() {
    let place = Place::new();
    let help = place.ok(&["--help"]);
    let expected =
        ["Train:", "Use a trained network:", "Evaluate:", "Data and recipes:", "Learn:", "Shell:", "Options:"];
    assert_eq!(headings(&help), expected, "{help}");
    for words in COMMANDS.iter().filter(|words| **words != ["stylise"]) {
        assert!(help.contains(&format!("\n  {} ", words[0])), "{words:?} is missing in {help}");
    }
    assert!(!help.contains("stylise"), "{help}");
    assert_eq!(place.ok(&["-h"]), help);
}

#[test]
fn every_command_has_headings_and_examples() {
    let place = Place::new();
    for words in COMMANDS {
        for flag in ["-h", "--help"] {
            let help = place.ok(&[words, &[flag]].concat());
            let headings = headings(&help);
            assert!(headings.contains(&"Examples:") && headings.contains(&"Other options:"), "{words:?}: {help}");
            // Options without a heading would stand under clap's own.
            assert!(!headings.contains(&"Options:"), "{words:?}: {help}");
            let name = if words == ["stylise"] { "stylize".to_owned() } else { words.join(" ") };
            let example = format!("\n  gannet {name}");
            assert!(help.split("Examples:").nth(1).is_some_and(|examples| examples.contains(&example)), "{help}");
            for line in help.lines() {
                assert!(line.chars().count() <= 100, "{words:?}: {line}");
            }
            // An example that is too long would be cut in two.
            let examples = help.split("Examples:\n").nth(1).unwrap().lines().take_while(|line| !line.is_empty());
            for example in examples {
                assert!(example.starts_with("  gannet ") || example.starts_with("  # "), "{words:?}: {example}");
            }
        }
    }
}

#[test]
fn the_many_options_of_eval_are_grouped() {
    let place = Place::new();
    let help = place.ok(&["eval", "--help"]);
    let headings = headings(&help);
    for heading in ["Images:", "Reference:", "Features and metrics:", "Output:", "Computation:", "Features:"] {
        assert!(headings.contains(&heading), "{heading} is missing in {help}");
    }
    assert!(headings.iter().any(|heading| heading.starts_with("Pairs")), "{help}");
    for word in ["fid ", "inception[:FILE]", "ms-ssim ", "ppl "] {
        assert!(help.contains(word), "{word} is missing in {help}");
    }
    assert!(place.ok(&["eval", "-h"]).len() < 2 * help.len() / 3);
}

#[test]
fn a_mistake_points_to_the_help() {
    let place = Place::new();
    assert!(place.refused(&["upscale", "--tiles", "3"]).contains("--help"));
    assert!(place.refused(&["upscael"]).contains("'upscale'"));
}
