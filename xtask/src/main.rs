//! The repository's own checks: `cargo xtask check`.

mod check;
mod layers;
mod sources;
mod workspace;

use std::process::ExitCode;

use check::Extra;

const HELP: &str = "\
The repository's own checks.

Usage: cargo xtask check [--gpu | --sanitize]

  check    format, layers, sources, clippy and docs, cheapest first; stops at the first that fails
  --gpu    also clippy of the command with its vulkan feature (compiles, but needs no GPU)
  --sanitize  also the kernels' tests with every access to memory checked (x86-64 Linux)

The tests are a command of their own: cargo test --workspace";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => finish(check::run(Extra::default())),
        ["check", "--gpu"] => finish(check::run(Extra { gpu: true, ..Extra::default() })),
        ["check", "--sanitize"] => finish(check::run(Extra { sanitize: true, ..Extra::default() })),
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
