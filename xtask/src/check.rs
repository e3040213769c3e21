//! `cargo xtask check`: what a contributor runs, and CI.

use std::process::Command;
use std::time::Instant;

use crate::{layers, modules, sources, workspace};

/// One of the checks.
struct Step {
    name: &'static str,
    work: Work,
    /// What to do where it fails and its own output does not say.
    remedy: &'static str,
}

enum Work {
    /// A check of ours. Returns what is worth printing where it passes.
    Own(fn() -> Result<String, String>),
    /// Cargo with these arguments.
    Cargo(&'static [&'static str]),
    /// Cargo with these arguments, and with every access to memory checked. A stable compiler does so only by RUSTC_BOOTSTRAP.
    Sanitized(&'static [&'static str]),
}

/// The repository's own checks, which compile nothing. All are run, so that one run shows everything.
const OWN: [Step; 4] = [
    Step { name: "layers", work: Work::Own(layers::check), remedy: "" },
    Step { name: "sources", work: Work::Own(sources::check), remedy: "" },
    Step { name: "prose", work: Work::Own(sources::check_prose), remedy: "" },
    Step { name: "modules", work: Work::Own(modules::check), remedy: "" },
];

const FORMAT: Step = Step {
    name: "format",
    work: Work::Cargo(&["fmt", "--all", "--", "--check"]),
    remedy: "; cargo fmt --all mends it",
};

/// Cheapest first. Both share the artifacts of one profile, so that dependencies are checked once.
const COMPILED: [Step; 2] = [
    Step {
        name: "clippy",
        work: Work::Cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        remedy: "",
    },
    Step { name: "docs", work: Work::Cargo(&["doc", "--workspace", "--no-deps"]), remedy: "" },
];

const GPU: Step = Step {
    name: "gpu",
    work: Work::Cargo(&["clippy", "--package", "gannet-cli", "--features", "vulkan", "--", "-D", "warnings"]),
    remedy: "",
};

/// The kernels, the only ones with unsafe code. A target of its own keeps build scripts out of it.
const SANITIZE: Step = Step {
    name: "sanitize",
    work: Work::Sanitized(&["test", "--package", "gannet-ops", "--lib", "--target", "x86_64-unknown-linux-gnu"]),
    remedy: "",
};

/// Steps that are run only where they are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extra {
    /// Compiles what needs a feature.
    pub gpu: bool,
    /// Runs the kernels' tests under AddressSanitizer.
    pub sanitize: bool,
}

/// Runs all steps: format, the own checks together, and the others until one fails.
pub fn run(extra: Extra) -> Result<(), String> {
    let start = Instant::now();
    timed(&FORMAT)?;
    run_own()?;
    let steps = COMPILED.iter().chain(extra.gpu.then_some(&GPU)).chain(extra.sanitize.then_some(&SANITIZE));
    steps.into_iter().try_for_each(timed)?;
    println!("all checks passed in {:.1} s; the tests are: cargo test --workspace", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs each of the repository's own checks.
pub fn run_own() -> Result<(), String> {
    let failed: Vec<String> = OWN.iter().filter_map(|step| timed(step).err()).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

fn timed(step: &Step) -> Result<(), String> {
    println!("== {}", step.describe());
    let start = Instant::now();
    let outcome = step.run();
    let seconds = start.elapsed().as_secs_f64();
    outcome.map_err(|reason| format!("{} failed after {seconds:.1} s: {reason}{}", step.name, step.remedy))?;
    println!("== {} passed in {seconds:.1} s", step.name);
    Ok(())
}

impl Step {
    fn describe(&self) -> String {
        match self.work {
            Work::Own(_) => self.name.to_owned(),
            Work::Cargo(arguments) | Work::Sanitized(arguments) => {
                format!("{}: cargo {}", self.name, arguments.join(" "))
            }
        }
    }

    fn run(&self) -> Result<(), String> {
        match self.work {
            // Each violation on a line of its own, below the line that says what failed.
            Work::Own(check) => match check() {
                Ok(remarks) if remarks.is_empty() => Ok(()),
                Ok(remarks) => {
                    println!("{remarks}");
                    Ok(())
                }
                Err(found) => Err(format!("\n{found}")),
            },
            Work::Cargo(arguments) => cargo(arguments, &[]),
            Work::Sanitized(arguments) => {
                let target = workspace::root().join("target/sanitized");
                let target = target.to_string_lossy();
                let flags =
                    [("RUSTC_BOOTSTRAP", "1"), ("RUSTFLAGS", "-Zsanitizer=address"), ("CARGO_TARGET_DIR", &target)];
                cargo(arguments, &flags)
            }
        }
    }
}

fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    let mut command = Command::new(workspace::cargo());
    command.args(arguments).env("RUSTDOCFLAGS", "-D warnings").current_dir(workspace::root());
    command.envs(environment.iter().copied());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("cargo {}", arguments.join(" "))),
        Err(error) => Err(format!("cannot run cargo: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The line of a file at the root that starts with `command`, after an optional prompt.
    fn has_command(file: &str, command: &str) -> bool {
        let path = workspace::root().join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.lines()
            .any(|line| line.trim_start().trim_start_matches("$ ").trim_start_matches("run ").starts_with(command))
    }

    #[test]
    fn ci_runs_the_test_command_of_the_readme_and_these_checks() {
        for (file, command) in [
            ("README.md", "cargo test --workspace"),
            (".ci/run", "cargo test --workspace"),
            (".ci/run", "cargo xtask check"),
        ] {
            assert!(has_command(file, command), "{file} has no line `{command}`");
        }
    }
}
