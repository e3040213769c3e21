//! `gannet runs`: runs in a table.

use std::path::{Path, PathBuf};

use clap::Args;
use gannet_apply::run::RunFolder;
use gannet_train::events::{Step, duration};
use gannet_train::sinks::jsonl;

use crate::failure::Failure;
use crate::table::table;

const HEAD: [&str; 9] = ["RUN", "RECIPE", "SEED", "STEP", "TIME", "LOSS D", "LOSS G", "BEST", "AT STEP"];
/// The group of scalars that hold the score of checkpoints.
const SCORE: &str = "checkpoint_score/";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet runs
  gannet runs runs/digits-dcgan runs/wide")]
pub struct Runs {
    /// Runs, or folders of runs
    #[arg(default_value = "runs")]
    folders: Vec<PathBuf>,
}

/// A row for each run in the folders.
pub fn runs(args: &Runs) -> Result<String, Failure> {
    let mut rows = vec![HEAD.map(String::from).to_vec()];
    for folder in &args.folders {
        rows.extend(find(folder)?.iter().map(|path| row(path)));
    }
    Ok(table(&rows))
}

/// The run in `folder`, or the runs one level below.
fn find(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if RunFolder::is_run(folder)? {
        return Ok(vec![folder.to_owned()]);
    }
    let entries = std::fs::read_dir(folder);
    let entries = entries.map_err(|error| format!("no runs in {}: {error}; give folders of runs", folder.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    // One that cannot be read is listed with the reason.
    let mut runs: Vec<PathBuf> = paths.filter(|path| RunFolder::is_run(path).unwrap_or(true)).collect();
    if runs.is_empty() {
        return Err(format!("no runs in {}: start one with 'gannet train'", folder.display()).into());
    }
    runs.sort();
    Ok(runs)
}

fn row(path: &Path) -> Vec<String> {
    let name = path.display().to_string();
    let recipe = match RunFolder::open(path).and_then(|run| run.recipe(&[])) {
        Ok(recipe) => recipe,
        Err(error) => return vec![name, error.to_string()],
    };
    let lines = jsonl::read(&jsonl::metrics_path(path)).unwrap_or_default();
    let last = lines.last().cloned().unwrap_or_default();
    let best = best(&lines);
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.3}"));
    vec![
        name,
        recipe.name,
        recipe.seed.to_string(),
        format!("{}/{}", last.step, recipe.train.steps),
        duration(last.seconds),
        number(last.scalar("loss/discriminator").or(last.scalar("loss/classifier"))),
        number(last.scalar("loss/generator")),
        best.as_ref().map_or("–".to_owned(), |(_, name, value)| format!("{value:.3} {name}")),
        best.map_or("–".to_owned(), |(step, ..)| step.to_string()),
    ]
}

/// The step with the lowest score (of equal ones the newest), the score's name and its value.
fn best(lines: &[Step]) -> Option<(u64, String, f64)> {
    let scored = lines.iter().rev().filter_map(|line| {
        let named = |(name, value): &(String, f64)| Some((name.strip_prefix(SCORE)?.to_owned(), *value));
        let (name, value) = line.scalars.iter().find_map(named)?;
        Some((line.step, name, value))
    });
    scored.min_by(|a, b| a.2.total_cmp(&b.2))
}
