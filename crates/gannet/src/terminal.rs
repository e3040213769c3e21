//! The run as the person at the terminal sees it: a bar that moves, or a line now and then where there is no terminal.

use std::time::{Duration, Instant};

use gannet_train::events::{Event, Sink, SinkError, Started, Step, duration};
use gannet_train::grid::ImageGrid;
use gannet_train::memory::readable;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the bar moves, and how often a line appears where there is none.
const LINES_APART: Duration = Duration::from_secs(10);
/// Weight of the newest speed in the one shown.
const SMOOTHING: f64 = 0.05;
/// Columns and rows of the picture at the end, in images.
const SHOWN: (usize, usize) = (5, 2);
/// An image in the terminal is at most this many characters wide.
const CHARACTERS: usize = 15;

/// A sink that writes to standard error.
pub struct Terminal {
    bar: ProgressBar,
    last_line: Option<Instant>,
    speed: Option<f64>,
    steps: u64,
    grid: Option<ImageGrid>,
}

impl Terminal {
    /// A sink that has shown nothing.
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        Self { bar, last_line: None, speed: None, steps: 0, grid: None }
    }

    fn started(&mut self, started: &Started) {
        let count = |(name, count): &(String, usize)| format!("{name} {:.2} M", *count as f64 / 1e6);
        let parameters: Vec<String> = started.parameters.iter().map(count).collect();
        self.say(&format!("{}: {}", started.run, started.data));
        let memory = readable(started.memory);
        self.say(&format!("{} parameters, about {memory} of memory, on {}", parameters.join(", "), started.device));
        if let Some(seconds) = started.seconds {
            self.say(&format!("{} steps take about {}", started.steps - started.start_step, duration(seconds)));
        }
        if !started.score.is_empty() {
            self.say(&format!("D(x) and D(G(z)) are {}", started.score));
        }
        self.steps = started.steps;
        self.bar.set_length(started.steps);
        self.bar.set_position(started.start_step);
        self.bar.reset_eta();
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} · {eta} left");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }

    fn step(&mut self, step: &Step) {
        let speed = self.speed.map_or(step.images_per_second, |old| old + SMOOTHING * (step.images_per_second - old));
        self.speed = Some(speed);
        self.bar.set_position(step.step);
        self.bar.set_message(format!("{speed:.0} images/s · {}", values(step)));
        let due = self.last_line.is_none_or(|last| last.elapsed() >= LINES_APART) || step.step == self.steps;
        if self.bar.is_hidden() && due {
            self.last_line = Some(Instant::now());
            let left = (self.steps - step.step) as f64 * step.kimg * 1000.0 / step.step.max(1) as f64 / speed.max(1e-9);
            let left = duration(left);
            crate::tell(&format!("{}/{} {speed:.0} images/s · {} · {left} left", step.step, self.steps, values(step)));
        }
    }

    /// A line above the bar.
    fn say(&self, line: &str) {
        if self.bar.is_hidden() { crate::tell(line) } else { self.bar.println(line) }
    }
}

/// The values that tell how training goes, as far as the task has them.
fn values(step: &Step) -> String {
    let names = [
        ("loss/discriminator", "D"),
        ("loss/generator", "G"),
        ("score/real", "D(x)"),
        ("score/fake", "D(G(z))"),
        ("loss/classifier", "loss"),
        ("error/train", "error"),
    ];
    let value = |(key, name): (&str, &str)| Some(format!("{name} {:.3}", step.scalar(key)?));
    let judged =
        step.scalars.iter().filter_map(|(key, value)| Some(format!("{} {value:.2}", key.strip_prefix("metric/")?)));
    names.into_iter().filter_map(value).chain(judged).collect::<Vec<_>>().join(" ")
}

impl Sink for Terminal {
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        match event {
            Event::Started(started) => self.started(started),
            Event::Step(step) => self.step(step),
            Event::Warning { text, .. } => self.say(&format!("warning: {text}")),
            Event::Diagnosis { step, diagnosis } => self.say(&format!("doctor, step {step}: {diagnosis}")),
            Event::RolledBack { from, to, times, most } => {
                self.bar.set_position(*to);
                self.say(&format!("step {from}: back to step {to}, learning half as fast ({times} of {most} times)"));
            }
            Event::Samples { grid, .. } => self.grid = Some(grid.clone()),
            Event::Checkpoint { .. } => {}
            Event::Finished(_) => {
                self.bar.finish_and_clear();
                if let (false, Some(grid)) = (self.bar.is_hidden(), &self.grid) {
                    crate::tell(picture(grid).trim_end());
                }
            }
        }
        Ok(())
    }
}

/// The first images of a grid in coloured half blocks, two pixels a character.
fn picture(grid: &ImageGrid) -> String {
    let factor = grid.width.div_ceil(CHARACTERS);
    let (width, height) = (grid.width / factor, grid.height / factor);
    let shade = |image: usize, y: usize, x: usize| -> [u8; 3] {
        let pixel = |channel: usize| mean(grid, image, y * factor, x * factor, factor, channel);
        if grid.channels == 3 { [pixel(0), pixel(1), pixel(2)] } else { [pixel(0); 3] }
    };
    let count = grid.pixels.len() / (grid.width * grid.height * grid.channels).max(1);
    let (columns, rows) = SHOWN;
    let mut text = String::new();
    for first in (0..count.min(columns * rows)).step_by(columns) {
        for y in (0..height).step_by(2) {
            for image in first..(first + columns).min(count) {
                for x in 0..width {
                    let ([r, g, b], below) = (shade(image, y, x), shade(image, (y + 1).min(height - 1), x));
                    let [s, t, u] = below;
                    text.push_str(&format!("\x1b[38;2;{r};{g};{b}m\x1b[48;2;{s};{t};{u}m▀"));
                }
                text.push_str("\x1b[0m ");
            }
            text.push('\n');
        }
    }
    text
}

/// Mean of a square of pixels.
fn mean(grid: &ImageGrid, image: usize, top: usize, left: usize, side: usize, channel: usize) -> u8 {
    let at = |y: usize, x: usize| ((image * grid.height + y) * grid.width + x) * grid.channels + channel;
    let places = (0..side).flat_map(|y| (0..side).map(move |x| (top + y, left + x)));
    let sum: usize = places.map(|(y, x)| usize::from(grid.pixels[at(y, x)])).sum();
    (sum / (side * side)) as u8
}
