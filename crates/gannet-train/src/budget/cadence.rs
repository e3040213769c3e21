//! How many steps fit into a time, and after how many of them something is written.

use gannet_recipe::Recipe;

use super::costs::{Cadence, Costs};

/// Grids of samples in a run: enough for a film.
const PREVIEWS: f64 = 40.0;
/// Checkpoints in a run that is not long.
const CHECKPOINTS: f64 = 10.0;
/// The most seconds from one checkpoint to the next: no more is lost when a machine fails.
const LONGEST_GAP: f64 = 600.0;
/// The share of the time that grids may take, and that checkpoints may take.
const SHARE: f64 = 0.05;
/// The steps are rounded down to so many digits.
const DIGITS: u32 = 3;

impl Cadence {
    /// The most steps of `recipe` that take `seconds` at most, if one does. The keys in `fixed` stay as the recipe has them.
    pub fn within(recipe: &Recipe, fixed: &[&str], costs: &Costs, seconds: f64) -> Option<Self> {
        let of = |steps: usize| Self::of(recipe, fixed, costs, seconds, steps);
        let fits = |steps: usize| costs.of_run(recipe, of(steps)) <= seconds;
        if !fits(1) {
            return None;
        }
        // More steps than this take longer than there is time, whatever else happens.
        let (mut most, mut beyond) = (1, (seconds / costs.step.max(1e-6)) as usize + 2);
        while beyond - most > 1 {
            let middle = most.midpoint(beyond);
            if fits(middle) { most = middle } else { beyond = middle }
        }
        Some(of(rounded(most)))
    }

    /// `steps` steps with the intervals that suit a run of `seconds`.
    fn of(recipe: &Recipe, fixed: &[&str], costs: &Costs, seconds: f64, steps: usize) -> Self {
        let often = |most: f64, cost: f64| most.min(SHARE * seconds / cost.max(1e-9)).max(1.0) as usize;
        let checkpoints = CHECKPOINTS.max(seconds / LONGEST_GAP);
        let [sample, checkpoint] = [(PREVIEWS, costs.preview), (checkpoints, costs.checkpoint)]
            .map(|(most, cost)| steps.div_ceil(often(most, cost)));
        let kept = |key: &str, own: usize, chosen: usize| if fixed.contains(&key) { own } else { chosen };
        // Milestones are a multiple of the recipe's own interval.
        let own = recipe.checkpoint.every;
        let checkpoint = if recipe.checkpoint.milestone > 0 { own } else { kept("checkpoint.every", own, checkpoint) };
        Self { steps, sample: kept("sample.every", recipe.sample.every, sample), checkpoint }
    }

    /// The recipe's keys with these values.
    pub fn settings(&self, recipe: &Recipe, fixed: &[&str]) -> Vec<String> {
        let Self { steps, sample, checkpoint } = self;
        let mut settings = vec![
            format!("train.steps={steps}"),
            format!("sample.every={sample}"),
            format!("checkpoint.every={checkpoint}"),
        ];
        // The one schedule that counts in steps; all others are shares of the run.
        let noise = recipe.train.noise_steps;
        if noise > 0 && !fixed.contains(&"train.noise_steps") {
            let share = noise as f64 / recipe.train.steps as f64;
            settings.push(format!("train.noise_steps={}", ((share * *steps as f64) as usize).max(1)));
        }
        settings
    }
}

/// A number of steps without the digits after the first three.
fn rounded(steps: usize) -> usize {
    let unit = 10_usize.pow(steps.checked_ilog10().unwrap_or(0).saturating_sub(DIGITS - 1));
    steps / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(overrides: &[&str]) -> Recipe {
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
        Recipe::load("digits-dcgan", &overrides).unwrap()
    }

    fn costs() -> Costs {
        Costs { step: 0.13, preview: 0.1, checkpoint: 0.5, diagnosis: 0.2, ..Costs::default() }
    }

    #[test]
    fn the_steps_fill_the_time_and_no_more() {
        for seconds in [10.0, 120.0, 900.0, 36_000.0] {
            let found = Cadence::within(&recipe(&[]), &[], &costs(), seconds).unwrap();
            let taken = costs().of_run(&recipe(&[]), found);
            assert!(taken <= seconds && taken > 0.95 * seconds - 1.0, "{seconds}: {found:?} take {taken}");
        }
        assert_eq!(Cadence::within(&recipe(&[]), &[], &costs(), 1.0), None);
    }

    #[test]
    fn what_is_written_takes_a_small_share_and_is_never_ten_minutes_apart() {
        let within = |costs: &Costs, seconds: f64| Cadence::within(&recipe(&[]), &[], costs, seconds).unwrap();
        let usual = within(&costs(), 900.0);
        assert_eq!((usual.steps.div_ceil(usual.sample), usual.steps.div_ceil(usual.checkpoint)), (40, 10));
        let slow = within(&Costs { checkpoint: 20.0, preview: 20.0, ..costs() }, 900.0);
        assert_eq!((slow.steps.div_ceil(slow.sample), slow.steps.div_ceil(slow.checkpoint)), (2, 2));
        let long = within(&costs(), 36_000.0);
        assert!(long.checkpoint as f64 * costs().step <= LONGEST_GAP, "{long:?}");
    }

    #[test]
    fn the_user_s_intervals_stay_and_noise_ends_at_the_same_share() {
        let own = recipe(&["sample.every=7", "checkpoint.every=9"]);
        let found = Cadence::within(&own, &["sample.every", "checkpoint.every"], &costs(), 900.0).unwrap();
        assert_eq!((found.sample, found.checkpoint), (7, 9));
        let milestones = recipe(&["checkpoint.every=100", "checkpoint.milestone=300"]);
        assert_eq!(Cadence::within(&milestones, &[], &costs(), 900.0).unwrap().checkpoint, 100);
        let noisy = recipe(&["train.steps=1000", "train.instance_noise=0.1", "train.noise_steps=500"]);
        let cadence = Cadence { steps: 200, sample: 5, checkpoint: 20 };
        let settings = cadence.settings(&noisy, &[]);
        assert_eq!(settings[3], "train.noise_steps=100");
        assert_eq!(noisy.with(&settings).unwrap().train.steps, 200);
        assert_eq!(cadence.settings(&noisy, &["train.noise_steps"]).len(), 3);
    }

    #[test]
    fn steps_have_three_digits_at_most() {
        assert_eq!([7, 99, 1234, 67_891].map(rounded), [7, 99, 1230, 67_800]);
    }
}
