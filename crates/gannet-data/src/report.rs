//! Reports on data sets: `gannet data check` reads every image, `gannet data list` reads none.

use std::collections::BTreeMap;
use std::fmt;

use gannet_choice::Choice;
use rayon::prelude::*;
use serde::Serialize;

use crate::file_name::shown_in_line;
use crate::{
    DataError, ImageSpec, Inspected, Layout, LayoutChoice, NoteCount, Notes, Source, Split, inspect_image, open,
    open_as,
};

/// The most lines of a list in the table; JSON has all of them.
const MAX_LINES: usize = 10;

/// The contents of a data set: sizes, modes, classes and broken files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// the set as the user named it
    pub data: String,
    /// the split that was read
    pub split: Split,
    /// what the files were taken for, and why; `None` for built-in sets
    pub layout: Option<Layout>,
    /// images found, broken ones included
    pub count: usize,
    /// images that training can use
    pub usable: usize,
    /// images with a label, broken ones included
    pub labeled: usize,
    /// widths of the usable images
    pub width: Option<Range>,
    /// heights of the usable images
    pub height: Option<Range>,
    /// images by stored mode: `RGB8`, `L16`, `palette`, …
    pub modes: BTreeMap<String, usize>,
    /// the classes; empty for a set without labels
    pub classes: Vec<Class>,
    /// sizes and modes, most common first, and what training does with them
    pub kinds: Vec<ImageKind>,
    /// what reading leaves out or changes, by kind: further frames, color profiles, clipped values
    pub notes: Vec<NoteCount>,
    /// files that cannot be decoded
    pub broken: Vec<FileProblem>,
    /// files refused because of a limit
    pub refused: Vec<FileProblem>,
}

/// The range of a length, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Range {
    /// the smallest
    pub min: u32,
    /// the median
    pub median: u32,
    /// the largest
    pub max: u32,
}

/// A class, and how many usable images it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Class {
    /// its name
    pub name: String,
    /// its usable images
    pub count: usize,
}

/// The usable images of one size and mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageKind {
    /// pixels in a row
    pub width: u32,
    /// rows
    pub height: u32,
    /// the stored mode
    pub mode: String,
    /// how many there are
    pub count: usize,
    /// what training does with them
    pub training: String,
}

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileProblem {
    /// its name in the set
    pub name: String,
    /// why it cannot be used
    pub reason: String,
}

/// One image of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// its name in the set
    pub name: String,
    /// the name of its class, if it has a label
    pub label: Option<String>,
}

/// Lists the images of a data set by name and class, without reading them.
///
/// # Errors
/// There is no such data set, or it lacks the split.
pub fn list(spec: &str, split: Split) -> Result<Vec<Item>, DataError> {
    let source = open(spec, split, 0, 64)?;
    let label = |index| source.label(index).and_then(|label| source.classes().get(label).cloned());
    Ok((0..source.len()).map(|index| Item { name: source.name(index), label: label(index) }).collect())
}

/// Reads every image of a data set, on all cores with one image in memory each.
///
/// Broken images are part of the report, not errors.
///
/// # Errors
/// There is no such data set, it lacks the split, or `image` is out of range.
pub fn check(spec: &str, layout: LayoutChoice, split: Split, image: &ImageSpec) -> Result<Report, DataError> {
    image.validate()?;
    let source = open_as(spec, layout, split, 0, image.size)?;
    let found = (0..source.len())
        .into_par_iter()
        .fold(Found::default, |found, index| found.with(source.as_ref(), index, image))
        .reduce(Found::default, Found::merged);
    Ok(found.report(spec, split, source.as_ref()))
}

/// Counts over some of the images; counts of parts can be merged in any order.
#[derive(Default)]
struct Found {
    /// how many, and what training does with them, by width, height and mode
    kinds: BTreeMap<(u32, u32, String), (usize, String)>,
    /// how many by class
    classes: BTreeMap<usize, usize>,
    /// what reading leaves out or changes
    notes: Notes,
    /// errors by index
    broken: BTreeMap<usize, DataError>,
}

impl Found {
    fn with(mut self, source: &dyn Source, index: usize, spec: &ImageSpec) -> Self {
        match inspect_image(source, index) {
            Ok(Inspected { image, mode, notes, .. }) => {
                notes.into_iter().for_each(|note| _ = self.notes.add(note));
                let kind = self.kinds.entry((image.width(), image.height(), mode));
                kind.or_insert_with(|| (0, spec.describe(&image))).0 += 1;
                *self.classes.entry(source.label(index).unwrap_or_default()).or_default() += 1;
            }
            Err(error) => {
                self.broken.insert(index, error);
            }
        }
        self
    }

    fn merged(mut self, other: Self) -> Self {
        for (kind, (count, training)) in other.kinds {
            self.kinds.entry(kind).or_insert((0, training)).0 += count;
        }
        for (class, count) in other.classes {
            *self.classes.entry(class).or_default() += count;
        }
        self.notes = self.notes.merged(other.notes);
        self.broken.extend(other.broken);
        self
    }

    fn report(self, spec: &str, split: Split, source: &dyn Source) -> Report {
        let mut modes = BTreeMap::<String, usize>::new();
        for ((_, _, mode), (count, _)) in &self.kinds {
            *modes.entry(mode.clone()).or_default() += count;
        }
        let class = |(label, name): (usize, &String)| Class {
            name: name.clone(),
            count: self.classes.get(&label).copied().unwrap_or(0),
        };
        let problems = |refused: bool| {
            let wanted = self.broken.iter().filter(|(_, e)| matches!(e, DataError::TooLarge { .. }) == refused);
            wanted.map(|(&index, e)| FileProblem { name: source.name(index), reason: e.reason() }).collect()
        };
        Report {
            data: spec.to_owned(),
            split,
            layout: source.layout().cloned(),
            labeled: (0..source.len()).filter(|index| source.label(*index).is_some()).count(),
            count: source.len(),
            usable: source.len() - self.broken.len(),
            width: range(self.kinds.iter().map(|((width, _, _), (count, _))| (*width, *count))),
            height: range(self.kinds.iter().map(|((_, height, _), (count, _))| (*height, *count))),
            modes,
            classes: source.classes().iter().enumerate().map(class).collect(),
            notes: self.notes.counts(),
            broken: problems(false),
            refused: problems(true),
            kinds: kinds(self.kinds),
        }
    }
}

fn kinds(found: BTreeMap<(u32, u32, String), (usize, String)>) -> Vec<ImageKind> {
    let kind = |((width, height, mode), (count, training))| ImageKind { width, height, mode, count, training };
    let mut kinds: Vec<ImageKind> = found.into_iter().map(kind).collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.count));
    kinds
}

/// The range of lengths, each given with how often it occurs.
fn range(lengths: impl Iterator<Item = (u32, usize)>) -> Option<Range> {
    let mut counts = BTreeMap::<u32, usize>::new();
    for (length, count) in lengths {
        *counts.entry(length).or_default() += count;
    }
    let total: usize = counts.values().sum();
    let mut passed = 0;
    let median = counts.iter().find(|(_, count)| {
        passed += **count;
        2 * passed >= total
    });
    Some(Range { min: *counts.first_key_value()?.0, median: *median?.0, max: *counts.last_key_value()?.0 })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", shown_in_line(&self.data), self.split.word())?;
        let layout = self.layout.clone().unwrap_or_default();
        if self.layout.is_some() {
            writeln!(f, "  layout    {}: {}", layout.name, shown_in_line(&layout.reason))?;
        }
        writeln!(f, "  images    {} found, {} usable, {} labeled", self.count, self.usable, self.labeled)?;
        for (name, range) in [("width", self.width), ("height", self.height)] {
            if let Some(Range { min, median, max }) = range {
                writeln!(f, "  {name:<9} {min} to {max}, median {median}")?;
            }
        }
        let modes: Vec<String> = self.modes.iter().map(|(mode, count)| format!("{mode} {count}")).collect();
        if !modes.is_empty() {
            writeln!(f, "  modes     {}", modes.join(", "))?;
        }
        lines(f, &format!("classes ({})", self.classes.len()), &self.classes, |c| {
            format!("{:>8}  {}", c.count, c.name)
        })?;
        lines(f, "what training does", &self.kinds, |kind| {
            format!("{:>8}  {}×{} {}: {}", kind.count, kind.width, kind.height, kind.mode, kind.training)
        })?;
        lines(f, "left out", &layout.left_out, |left_out| match left_out.reason.as_str() {
            "" => format!("{:>8}  {}", left_out.count, left_out.what),
            reason => format!("{:>8}  {}: {reason}", left_out.count, left_out.what),
        })?;
        lines(f, "notes", &layout.notes, Clone::clone)?;
        lines(f, "what reading changes", &self.notes, |note| format!("{:>8}  {}", note.count, note.first))?;
        lines(f, &format!("broken ({})", self.broken.len()), &self.broken, |p| format!("{}: {}", p.name, p.reason))?;
        lines(f, &format!("refused ({})", self.refused.len()), &self.refused, |p| format!("{}: {}", p.name, p.reason))
    }
}

/// Writes a title and a list, cut off after [`MAX_LINES`] lines.
fn lines<T>(f: &mut fmt::Formatter<'_>, title: &str, items: &[T], line: impl Fn(&T) -> String) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(f, "  {title}")?;
    for item in items.iter().take(MAX_LINES) {
        writeln!(f, "    {}", shown_in_line(&line(item)))?;
    }
    if items.len() > MAX_LINES {
        writeln!(f, "    … and {} more (--json lists all)", items.len() - MAX_LINES)?;
    }
    Ok(())
}
