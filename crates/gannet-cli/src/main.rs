//! The `gannet` command.
//!
//! `cli` lists the commands, `run` starts one. Each file of `commands` has the options of one command and what it does with
//! them; `args` has the options that several commands share. Results go to standard output, everything else to standard error.

mod args;
mod cli;
mod commands;
mod completions;
mod download;
mod failure;
mod files;
mod help;
mod images;
mod networks;
mod outcome;
mod progress;
mod run;
mod shown;
mod stderr;
mod table;
mod terminal;

use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use outcome::Outcome;
use shown::shown;

/// Exit codes: 0 success, 2 a refusal or a failure, 130 interrupted (as shells have it), 101 a bug in Gannet.
fn main() -> ExitCode {
    static LAST_PANIC: Mutex<String> = Mutex::new(String::new());
    // A decoder's panic over a damaged image is caught where it happens, so the hook itself is silent.
    panic::set_hook(Box::new(|info| {
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    let cli = help::parse();
    match panic::catch_unwind(|| run::run(cli)) {
        Ok(Ok(outcome)) => finish(&outcome),
        Ok(Err(failure)) => failed(&failure.to_string()),
        Err(_) => {
            let what = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).replace('\n', " ");
            stderr::line(&format!("error: this is a bug in gannet, please report this line: {what}"));
            ExitCode::from(101)
        }
    }
}

fn failed(failure: &str) -> ExitCode {
    stderr::line(&format!("error: {failure}"));
    ExitCode::from(2)
}

fn finish(outcome: &Outcome) -> ExitCode {
    // A reader that has closed the pipe, such as `head`, is no error.
    match io::stdout().write_all(shown(&outcome.text).as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => failed(&format!("cannot write the result: {error}")),
        _ if outcome.interrupted => ExitCode::from(130),
        _ => outcome.failures.iter().fold(ExitCode::SUCCESS, |_, failure| failed(failure)),
    }
}
