//! `gannet completions`: completions for a shell.

use clap_complete::Shell;

use crate::failure::Failure;
use crate::help;

/// The script that completes the commands and options in `shell`.
pub fn completions(shell: Shell) -> Result<String, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "gannet", &mut script);
    Ok(String::from_utf8(script)?)
}
