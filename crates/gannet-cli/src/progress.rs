//! Progress bars on standard error. They are invisible where that is no terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of `template` that is drawn a few times a second.
pub fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr_with_hz(8));
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The progress of an evaluation, which counts one thing after another.
pub struct StagedBar(ProgressBar);

impl StagedBar {
    /// A bar that shows nothing yet.
    pub fn new() -> Self {
        Self(bar(None, "{bar:24} {pos}/{len} {msg} · {eta} left"))
    }

    /// Shows that `done` of `total` are done of what `stage` names.
    pub fn show(&self, stage: &str, done: usize, total: usize) {
        if self.0.message() != stage {
            self.0.set_message(stage.to_owned());
            self.0.reset();
        }
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for StagedBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
