//! Notes: what reading an image left out or changed, for a line to the user.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is left out or changed when an image is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Frames or pages after the first.
    Frames,
    /// Colors that were converted to sRGB.
    Converted,
    /// A color profile that cannot be used.
    Profile,
    /// Floating-point values outside `[0, 1]`, which are clipped.
    Clipped,
    /// CMYK, which is converted to RGB by a formula.
    Cmyk,
    /// A format that another program, whose reading is followed, decodes to slightly other values.
    Decoder,
}

/// What reading an image left out or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// the image's name
    pub name: String,
    /// what it is about
    pub kind: NoteKind,
    /// the rest of a sentence that starts with the name
    pub text: String,
}

/// Notes of many images: the first of each kind and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    found: BTreeMap<NoteKind, (Note, usize)>,
}

/// The notes of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoteCount {
    /// what they are about
    pub kind: NoteKind,
    /// how many images have such a note
    pub count: usize,
    /// the first of them, as a sentence
    pub first: String,
}

impl Notes {
    /// Adds a note; returns whether it is the first of its kind.
    pub fn add(&mut self, note: Note) -> bool {
        let entry = self.found.entry(note.kind);
        let (_, count) = entry.or_insert((note, 0));
        *count += 1;
        *count == 1
    }

    /// Adds the notes of later images.
    #[must_use]
    pub fn merged(mut self, later: Self) -> Self {
        for (kind, (note, count)) in later.found {
            self.found.entry(kind).or_insert((note, 0)).1 += count;
        }
        self
    }

    /// The notes of each kind.
    pub fn counts(&self) -> Vec<NoteCount> {
        let count = |(kind, (note, count)): (&NoteKind, &(Note, usize))| NoteCount {
            kind: *kind,
            count: *count,
            first: note.sentence(),
        };
        self.found.iter().map(count).collect()
    }

    /// A line for each kind: the first note, and how many others there are.
    pub fn lines(&self) -> Vec<String> {
        let line = |NoteCount { count, first, .. }: NoteCount| match count - 1 {
            0 => first,
            1 => format!("{first} (the same for 1 other image)"),
            others => format!("{first} (the same for {others} other images)"),
        };
        self.counts().into_iter().map(line).collect()
    }
}

impl Note {
    /// The note as a sentence.
    pub fn sentence(&self) -> String {
        format!("{} {}", self.name, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_line() {
        let note = |name: &str, kind, text: &str| Note { name: name.to_owned(), kind, text: text.to_owned() };
        let mut notes = Notes::default();
        assert!(notes.add(note("a.png", NoteKind::Frames, "has 5 frames")));
        let mut later = Notes::default();
        later.add(note("b.png", NoteKind::Frames, "has 2 frames"));
        later.add(note("b.png", NoteKind::Profile, "is odd"));
        let mut notes = notes.merged(later);
        assert!(!notes.add(note("c.png", NoteKind::Frames, "has 3 frames")));
        assert_eq!(notes.lines(), ["a.png has 5 frames (the same for 2 other images)", "b.png is odd"]);
        assert_eq!(notes.counts()[0].count, 3);
    }
}
