//! The repository's own checks: `cargo xtask check`.

mod check;
mod layers;
mod sources;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
The repository's own checks.

Usage: cargo xtask check [--gpu]

  check    format, layers, sources, clippy and docs, cheapest first; stops at the first that fails
  --gpu    also clippy of the command with its vulkan feature (compiles, but needs no GPU)

The tests are a command of their own: cargo test --workspace";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => finish(check::run(false)),
        ["check", "--gpu"] => finish(check::run(true)),
        ["help" | "--help" | "-h"] | ["check", "--help" | "-h"] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{HELP}");
            ExitCode::from(2)
        }
    }
}

fn finish(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
