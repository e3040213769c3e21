//! `gannet --help`, with the commands in groups.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error, FromArgMatches};
use gannet_data::is_misleading;

use crate::cli::Cli;
use crate::shown::shown;
use crate::stderr;

/// The commands in the groups and the order of the help.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Train", &["train", "resume", "runs"]),
    (
        "Use a trained network",
        &["sample", "interpolate", "reconstruct", "translate", "upscale", "inpaint", "stylize", "weights"],
    ),
    ("Evaluate", &["eval"]),
    ("Data and recipes", &["data", "recipes"]),
    ("Learn", &["lab"]),
    ("Shell", &["completions"]),
];

/// What the user gave, or an exit where that is no command or only asks for help.
pub fn parse() -> Cli {
    let matches = command().try_get_matches().unwrap_or_else(|error| exit(&with_tips(error)));
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| exit(&error.format(&mut command())))
}

/// With tips that help. The parser's own for an unknown option, to take it for a file's name, misleads; and a command that lacks
/// its run may have an option in its place, which the parser does not name.
fn with_tips(mut error: Error) -> Error {
    let lacks_run = || match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(lacking)) => {
            lacking.iter().any(|argument| ["<RUN>", "<SUBJECT>"].contains(&argument.as_str()))
        }
        _ => false,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            if let Some(ContextValue::StyledStrs(mut tips)) = error.remove(ContextKind::Suggested) {
                tips.retain(|tip| !tip.to_string().contains("as a value"));
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
            }
        }
        ErrorKind::MissingRequiredArgument if lacks_run() && given_command_has("weights") => {
            let tip = "or give a network of another project, with --weights FILE".into();
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
        }
        _ => {}
    }
    error
}

/// Whether the command that was given has this option.
fn given_command_has(option: &str) -> bool {
    let whole = command();
    let given = std::env::args_os().find_map(|word| whole.find_subcommand(word));
    given.is_some_and(|given| given.get_arguments().any(|argument| argument.get_long() == Some(option)))
}

/// Prints what the parser says and ends. It repeats arguments, such as file names that a shell's `*` put there: with
/// characters in them that a terminal would obey, it is printed without colors and with these escaped.
fn exit(error: &Error) -> ! {
    if let Some(help) = help_instead(error) {
        stderr::colored_lines(help.trim_end());
        std::process::exit(error.exit_code());
    }
    let is_dangerous = |argument: OsString| argument.to_string_lossy().contains(is_misleading);
    if std::env::args_os().any(is_dangerous) {
        stderr::colored_lines(shown(&error.render().to_string()).trim_end());
        std::process::exit(error.exit_code());
    }
    error.exit()
}

/// The help of a command that lacks its own command, as in `gannet --threads 2`.
fn help_instead(error: &Error) -> Option<String> {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    if error.kind() != ErrorKind::MissingSubcommand {
        return None;
    }
    let mut whole = command();
    whole.build();
    let names = given.split(' ').skip(1);
    let lacking = names.into_iter().try_fold(&mut whole, |command, name| command.find_subcommand_mut(name))?;
    Some(lacking.render_help().to_string())
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
