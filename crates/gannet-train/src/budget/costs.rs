//! What the parts of a run take on this machine, and what they add up to.

use gannet_recipe::Recipe;

/// Seconds for the film, the plot and the report at the end of a run.
const END: f64 = 2.0;

/// Steps of a run, and from one grid and one checkpoint to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    pub steps: usize,
    pub sample: usize,
    pub checkpoint: usize,
}

impl Cadence {
    /// A single step.
    pub fn once() -> Self {
        Self { steps: 1, sample: 1, checkpoint: 1 }
    }
}

/// Seconds that the parts of a run take on this machine.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Costs {
    /// A step, gradient penalties that are not computed in every step included.
    pub step: f64,
    /// Reading the images of a step from their files.
    pub reading: f64,
    /// The steps that do: those of the first epoch where images stay in memory.
    pub reading_steps: usize,
    /// A grid of samples.
    pub preview: f64,
    /// A checkpoint and its score.
    pub checkpoint: f64,
    /// A diagnosis of the doctor.
    pub diagnosis: f64,
    /// An evaluation.
    pub evaluation: f64,
    /// What the first evaluation takes besides: the reference images.
    pub reference: f64,
}

impl Costs {
    /// Seconds of a run of `recipe` with these steps, samples and checkpoints.
    pub(super) fn of_run(&self, recipe: &Recipe, cadence: Cadence) -> f64 {
        let Cadence { steps, sample, checkpoint } = cadence;
        // What is due after every so many steps is due after the last step, too.
        let times = |every: usize| if every == 0 { 0.0 } else { steps.div_ceil(every) as f64 };
        let evaluated = times(recipe.eval.every);
        let reference = if evaluated > 0.0 { self.reference } else { 0.0 };
        let diagnoses = steps.checked_div(recipe.doctor.every).unwrap_or(0) as f64;
        steps as f64 * self.step
            + steps.min(self.reading_steps) as f64 * self.reading
            // One before the first step.
            + (1.0 + times(sample)) * self.preview
            + times(checkpoint) * self.checkpoint
            + diagnoses * self.diagnosis
            + evaluated * self.evaluation
            + reference
            + END
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_a_run_does_is_counted() {
        let costs = Costs {
            step: 1.0,
            reading: 1e2,
            reading_steps: 30,
            preview: 1e4,
            checkpoint: 1e6,
            diagnosis: 1e8,
            evaluation: 1e10,
            reference: 1e12,
        };
        let cadence = Cadence { steps: 250, sample: 100, checkpoint: 200 };
        let of = |settings: &[&str]| {
            let settings: Vec<String> = settings.iter().map(|text| (*text).to_owned()).collect();
            costs.of_run(&Recipe::load("digits-dcgan", &settings).unwrap(), cadence) - END
        };
        let always = 250.0 + 3e3 + 4e4 + 2e6;
        assert_eq!(of(&[]), always + 2e8);
        assert_eq!(of(&["doctor.every=0", "eval.every=100"]), always + 3e10 + 1e12);
        let fewer = Cadence { steps: 20, ..cadence };
        let short =
            costs.of_run(&Recipe::default(), fewer) - costs.of_run(&Recipe::default(), Cadence { steps: 10, ..fewer });
        assert_eq!(short, 10.0 + 1e3, "images are read in steps that there are");
    }
}
