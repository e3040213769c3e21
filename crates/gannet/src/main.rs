//! The `gannet` command.

mod cli;
mod commands;
mod terminal;

use std::error::Error;
use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::Parser;

/// Why a command failed; its `Display` is the one message for the user.
type Failure = Box<dyn Error>;

/// What a command leaves behind: its result for standard output, and whether somebody stopped it.
#[derive(Debug, Default)]
struct Outcome {
    text: String,
    interrupted: bool,
}

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        Self { text, interrupted: false }
    }
}

/// Exit codes: 0 done, 2 refused or failed, 130 interrupted (as shells have it), 101 a bug of ours.
fn main() -> ExitCode {
    static LAST_PANIC: Mutex<String> = Mutex::new(String::new());
    // A decoder's panic over a damaged image is caught where it happens, so the hook itself is silent.
    panic::set_hook(Box::new(|info| {
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    let cli = cli::Cli::parse();
    match panic::catch_unwind(|| commands::run(cli)) {
        Ok(Ok(outcome)) => finish(&outcome),
        Ok(Err(failure)) => {
            tell(&format!("error: {failure}"));
            ExitCode::from(2)
        }
        Err(_) => {
            let what = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).replace('\n', " ");
            tell(&format!("error: gannet has a bug, please report this line: {what}"));
            ExitCode::from(101)
        }
    }
}

/// A line on standard error; where nobody reads it any more, there is nobody to tell.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn finish(outcome: &Outcome) -> ExitCode {
    // A reader that has seen enough, such as `head`, is no error.
    match io::stdout().write_all(outcome.text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tell(&format!("error: cannot write the result: {error}"));
            ExitCode::from(2)
        }
        _ if outcome.interrupted => ExitCode::from(130),
        _ => ExitCode::SUCCESS,
    }
}
