//! All sinks of a run's folder as one.

use std::path::Path;

use super::{film, jsonl, plot, report, tensorboard};
use crate::events::{Event, Sink, SinkError};

/// Several sinks as one; each hears every event, in the order in which they were added.
#[derive(Default)]
pub struct Sinks(Vec<Box<dyn Sink>>);

impl Sinks {
    /// Everything that a run writes to `folder`, going on after `start_step` (0 for a new run), and a warning where
    /// the metrics had to be repaired.
    ///
    /// What an earlier start logged beyond `start_step` is dropped, since it will be logged again.
    pub fn of_run(folder: &Path, start_step: u64) -> Result<(Self, Option<String>), SinkError> {
        let (metrics, repaired) = jsonl::JsonLines::open(folder, start_step)?;
        let mut sinks = Self::default();
        sinks.add(metrics);
        sinks.add(tensorboard::TensorBoard::create(folder, start_step)?);
        // The report shows what the film and the plot left in the folder, so it comes last.
        sinks.add(film::Film::new(folder));
        sinks.add(plot::Plot::new(folder));
        sinks.add(report::Report::new(folder));
        Ok((sinks, repaired))
    }

    /// Adds a sink behind the others.
    pub fn add(&mut self, sink: impl Sink + 'static) {
        self.0.push(Box::new(sink));
    }
}

impl Sink for Sinks {
    /// Passes the event to every sink, even after one has failed, and returns the first failure. A sink that fails is asked
    /// once more: on a network drive, say, a single call may fail, and that should cost no picture.
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        let twice = |sink: &mut Box<dyn Sink>| sink.on(event).or_else(|_| sink.on(event));
        self.0.iter_mut().map(twice).fold(Ok(()), Result::and)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::events::{Finished, Started, Step};
    use gannet_apply::image_grid::ImageGrid;

    struct Failing;

    impl Sink for Failing {
        fn on(&mut self, _: &Event) -> Result<(), SinkError> {
            Err(SinkError::Damaged { path: "x".into(), what: "always".into() })
        }
    }

    /// Fails at its first event alone.
    struct FailingOnce(bool);

    impl Sink for FailingOnce {
        fn on(&mut self, _: &Event) -> Result<(), SinkError> {
            let first = !std::mem::replace(&mut self.0, true);
            if first { Failing.on(&Event::Step(Step::default())) } else { Ok(()) }
        }
    }

    struct Counting(mpsc::Sender<()>);

    impl Sink for Counting {
        fn on(&mut self, _: &Event) -> Result<(), SinkError> {
            let _ = self.0.send(());
            Ok(())
        }
    }

    #[test]
    fn a_failing_sink_does_not_silence_those_behind_it() {
        let (sender, receiver) = mpsc::channel();
        let mut sinks = Sinks::default();
        sinks.add(Failing);
        sinks.add(Counting(sender));
        assert!(sinks.on(&Event::Step(Step::default())).is_err());
        assert_eq!(receiver.try_iter().count(), 1);
    }

    #[test]
    fn a_sink_that_fails_once_is_asked_again() {
        let mut sinks = Sinks::default();
        sinks.add(FailingOnce(false));
        assert!(sinks.on(&Event::Step(Step::default())).is_ok());
    }

    /// The events of steps `from..=to`: samples every 5 steps, a checkpoint every 10.
    fn train(folder: &Path, from: u64, to: u64, finish: bool) {
        let (mut sinks, _) = Sinks::of_run(folder, from - 1).unwrap();
        let mut send = |event| sinks.on(&event).unwrap();
        send(Event::Started(Started { run: "toy".into(), steps: 40, start_step: from - 1, ..Started::default() }));
        for step in from..=to {
            let scalars = vec![("loss/generator".into(), (step as f64).sqrt())];
            send(Event::Step(Step { step, kimg: step as f64, scalars, ..Step::default() }));
            if step % 5 == 0 {
                let grid = ImageGrid::from_images(&[step as f32 / 40.0; 16], 1, 1, 4, 4, 1);
                send(Event::Samples { step, grid, path: film::sample_path(folder, step) });
            }
            if step % 10 == 0 {
                send(Event::Checkpoint { step, path: folder.join("checkpoints") });
            }
        }
        if finish {
            send(Event::Finished(Finished { step: to, seconds: 1.0, interrupted: false }));
        }
    }

    #[test]
    fn a_killed_and_resumed_run_leaves_the_files_of_an_uninterrupted_one() {
        let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        train(whole.path(), 1, 40, true);
        train(broken.path(), 1, 27, false);
        train(broken.path(), 21, 40, true);
        for name in ["metrics.jsonl", "film.gif", "plot.svg", "samples/step-00000025.png"] {
            let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join(name)).unwrap();
            assert!(read(&whole) == read(&broken), "{name} differs");
        }
        assert!(broken.path().join("report.html").exists());
    }
}
