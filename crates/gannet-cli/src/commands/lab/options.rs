//! Settings of an experiment: a loss, penalties and a seed.

use clap::Args;

use crate::failure::Failure;

/// The heading of a loss and its penalties.
pub const OBJECTIVE: &str = "Loss and penalties";

#[derive(Debug, Args)]
pub struct Seed {
    /// The seed of every random stream
    #[arg(long, default_value_t = 0, help_heading = "Settings")]
    pub seed: u64,
}

/// Changes of a recipe: a loss, penalties such as `r1=1,r2=1` or `none`, a seed, and the user's own changes, which win.
pub fn changes(loss: &str, penalty: &str, seed: u64, own: &[String]) -> Result<Vec<String>, Failure> {
    let mut all = vec![format!("loss.kind={loss}"), format!("seed={seed}")];
    for part in penalty.split(',').filter(|_| penalty != "none") {
        let (name, weight) =
            part.split_once('=').ok_or_else(|| format!("--penalty {part}: give a name and a weight, such as r1=1"))?;
        all.push(format!("penalty.{}={weight}", name.replace('-', "_")));
    }
    all.extend_from_slice(own);
    Ok(all)
}
