//! `gannet runs`: runs side by side.

use std::path::{Path, PathBuf};

use gannet_train::events::{Step, duration};
use gannet_train::run::RunFolder;
use gannet_train::sinks::jsonl;

use super::table;
use crate::Failure;
use crate::cli;

const HEAD: [&str; 9] = ["RUN", "RECIPE", "SEED", "STEP", "TIME", "LOSS D", "LOSS G", "BEST", "AT STEP"];

/// A row for each run in the folders.
pub fn runs(args: cli::Runs) -> Result<String, Failure> {
    let mut rows = vec![HEAD.map(String::from).to_vec()];
    for folder in &args.folders {
        for path in found(folder)? {
            rows.push(row(&path));
        }
    }
    Ok(table(&rows))
}

/// The run in `folder`, or those one level below.
fn found(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let is_run = |path: &Path| path.join("recipe.toml").is_file();
    if is_run(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let entries = std::fs::read_dir(folder);
    let entries = entries.map_err(|error| format!("no runs in {}: {error}; give folders of runs", folder.display()))?;
    let mut runs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_run(path)).collect();
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

/// The step with the lowest score, the newest of equals, the score's name and value.
fn best(lines: &[Step]) -> Option<(u64, String, f64)> {
    let scored = lines.iter().rev().filter_map(|line| {
        let (name, value) = line.scalars.iter().find(|(name, _)| name.starts_with("judge/"))?;
        Some((line.step, name.trim_start_matches("judge/").to_owned(), *value))
    });
    scored.min_by(|a, b| a.2.total_cmp(&b.2))
}
