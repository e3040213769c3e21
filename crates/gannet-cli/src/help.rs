//! `gannet --help`, with the commands in groups.

use clap::{Command, CommandFactory, FromArgMatches};

use crate::cli::Cli;

/// The commands in the groups and the order of the help.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Train", &["train", "resume", "runs"]),
    ("Use a trained network", &["sample", "interpolate", "reconstruct", "translate", "upscale", "inpaint", "stylize"]),
    ("Evaluate", &["eval"]),
    ("Data and recipes", &["data", "recipes"]),
    ("Learn", &["lab"]),
    ("Shell", &["completions"]),
];

/// What the user gave, or an exit where that is no command or only asks for help.
pub fn parse() -> Cli {
    let matches = command().get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command()).exit())
}

/// The whole command line.
pub fn command() -> Command {
    let command = Cli::command();
    let header = command.get_styles().get_header();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{header}Options:{header:#}\n{{options}}{{after-help}}",
        groups(&command)
    );
    command.help_template(template)
}

/// A list of each group's commands with what they do.
fn groups(command: &Command) -> String {
    let (header, literal) = (command.get_styles().get_header(), command.get_styles().get_literal());
    let mut text = String::new();
    for (title, names) in GROUPS {
        text += &format!("{header}{title}:{header:#}\n");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
            text += &format!("  {literal}{name:<13}{literal:#}{}\n", about.unwrap_or_default());
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let command = command();
        let mut names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        names.sort_unstable();
        assert_eq!(grouped, names);
    }

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }
}
