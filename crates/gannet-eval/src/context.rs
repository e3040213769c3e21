//! What one metric measures with: images, their statistics, settings; and where it leaves notes.

use gannet_apply::image_grid::ImageGrid;

use crate::EvalError;
use crate::images::EvaluationImages;
use crate::progress::Progress;
use crate::statistics::ImageStatistics;
use crate::subject::Subject;

/// What metrics leave besides their numbers.
#[derive(Default)]
pub struct Notes {
    /// Reasons why a number means less than it seems to.
    pub warnings: Vec<String>,
    /// The constants that a metric was computed with.
    pub settings: Vec<String>,
    /// Generated images beside their nearest neighbors.
    pub picture: Option<ImageGrid>,
}

/// A set with its statistics.
#[derive(Clone, Copy)]
pub struct MeasuredSet<'a> {
    /// The images.
    pub images: &'a EvaluationImages<'a>,
    /// Their statistics.
    pub statistics: &'a ImageStatistics,
}

/// One metric's view of an evaluation.
pub struct Context<'a> {
    /// The metric, the images and the settings.
    pub subject: Subject<'a>,
    /// The statistics of the images.
    pub statistics: &'a ImageStatistics,
    /// The statistics of the reference.
    pub reference_statistics: Option<&'a ImageStatistics>,
    /// Warnings, settings and picture of all metrics.
    pub notes: &'a mut Notes,
    /// Called while images are measured.
    pub progress: &'a Progress<'a>,
}

impl<'a> Context<'a> {
    /// The set to measure.
    pub fn set(&self) -> MeasuredSet<'a> {
        MeasuredSet { images: self.subject.images, statistics: self.statistics }
    }

    /// The set to compare with.
    ///
    /// # Errors
    /// There is none.
    pub fn reference(&self) -> Result<MeasuredSet<'a>, EvalError> {
        let images = self.subject.reference()?;
        let statistics = self.reference_statistics.ok_or_else(|| self.subject.refuse("has no reference statistics"))?;
        Ok(MeasuredSet { images, statistics })
    }

    /// Adds a warning that begins with the metric's word.
    pub fn warn(&mut self, text: &str) {
        self.notes.warnings.push(format!("{}: {text}", self.subject.metric));
    }

    /// Adds a setting that begins with the metric's word.
    pub fn note_setting(&mut self, text: &str) {
        self.notes.settings.push(format!("{}: {text}", self.subject.metric));
    }
}
