//! The repository's own commands: `cargo xtask check`, `docs`, `fuzz` and `crash`.

mod check;
mod crash;
mod docs;
mod layers;
mod modules;
mod sources;
mod syntax;
mod workspace;

use std::process::{Command, ExitCode};

use check::Extra;
use docs::Mode;

const HELP: &str = "\
The repository's own commands.

Usage: cargo xtask check [--own | --gpu | --sanitize]
       cargo xtask docs [--check]
       cargo xtask fuzz --minutes N
       cargo xtask crash --kills N

  check       format, layers, sources, prose, modules, clippy and docs, cheapest first
  --own       only the checks of the repository's own, which compile nothing
  --gpu       also clippy of the command with its vulkan feature (compiles, but needs no GPU)
  --sanitize  also the kernels' tests with every access to memory checked (x86-64 Linux)

  docs        writes the tables that are generated from the registries into README.md and docs/
  --check     only says which pages would change; cargo test does so too

  fuzz        reads mutated files by every reader; what breaks one goes to target/fuzz/ (docs/reliability.md)
  crash       kills trainings and lets their file-system calls fail, and compares what they leave

The tests are a command of their own: cargo test --workspace";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => finish(check::run(Extra::default())),
        ["check", "--own"] => finish(check::run_own()),
        ["check", "--gpu"] => finish(check::run(Extra { gpu: true, ..Extra::default() })),
        ["check", "--sanitize"] => finish(check::run(Extra { sanitize: true, ..Extra::default() })),
        ["docs"] => finish(docs::run(Mode::Write)),
        ["docs", "--check"] => finish(docs::run(Mode::Check)),
        ["fuzz", "--minutes", minutes] => finish(fuzz(minutes)),
        ["crash", "--kills", kills] => {
            finish(kills.parse().map_err(|_| format!("{kills} is no number")).and_then(crash::run))
        }
        ["help" | "--help" | "-h"] | ["check" | "docs" | "fuzz" | "crash", "--help" | "-h"] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{HELP}");
            ExitCode::from(2)
        }
    }
}

/// Built as tests are, so that arithmetic that overflows is a panic.
fn fuzz(minutes: &str) -> Result<(), String> {
    let run = ["run", "--quiet", "--package", "gannet-fuzz", "--", "--minutes", minutes];
    match Command::new("cargo").args(run).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("a reader failed".to_owned()),
        Err(error) => Err(format!("cannot run cargo: {error}")),
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
