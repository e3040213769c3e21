//! The columns of Hugging Face `datasets`: which has the images, which the labels, and what the classes are called.
//!
//! An image is a column of two fields, `image.bytes` and `image.path`. The names of the classes lie in the metadata of the
//! table: `{"info": {"features": {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}}}`.

use serde_json::Value;

use super::labels::{Label, MAX_CLASS, StoredLabels};
use super::positioned::Sections;
use super::table::image_name;
use crate::DataError;

/// Names of columns with labels, where the metadata name none.
const LABELS: [&str; 7] = ["label", "labels", "class", "cls", "target", "fine_label", "category"];
/// So many characters of a path are shown.
const SHOWN: usize = 120;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bytes,
    Text,
    /// whole numbers
    Number,
    Other,
}

/// A column, or a field of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedColumn {
    /// the names on the way to it, joined by points
    pub path: String,
    pub kind: Kind,
}

/// The columns of a table, and what its metadata say of them.
pub(crate) struct Columns {
    columns: Vec<NamedColumn>,
    features: Vec<(String, Value)>,
}

/// The columns that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub image: String,
    /// the column of the images' names
    pub name: Option<String>,
    pub label: Option<String>,
    /// the names of the classes by number
    names: Vec<String>,
    notes: Vec<String>,
}

impl Chosen {
    /// Whether a column is one of those.
    pub fn uses(&self, path: &str) -> bool {
        [Some(&self.image), self.name.as_ref(), self.label.as_ref()].into_iter().flatten().any(|used| used == path)
    }
}

impl Columns {
    /// The columns of a table; `metadata` is the JSON of Hugging Face, or empty.
    pub fn new(columns: Vec<NamedColumn>, metadata: &str) -> Self {
        let json: Value = serde_json::from_str(metadata).unwrap_or_default();
        let features = json.pointer("/info/features").and_then(Value::as_object);
        let features = features.map(|f| f.iter().map(|(name, value)| (name.clone(), value.clone())).collect());
        Self { columns, features: features.unwrap_or_default() }
    }

    fn has(&self, path: &str, kind: Kind) -> bool {
        self.columns.iter().any(|column| column.path == path && column.kind == kind)
    }

    /// Chooses the first column of images, and the first of labels.
    ///
    /// # Errors
    /// What the table is instead, if no column can have images.
    pub fn choose(&self) -> Result<Chosen, String> {
        let bytes = self.columns.iter().filter(|column| column.kind == Kind::Bytes);
        let mut images: Vec<&str> = bytes.map(|column| column.path.as_str()).collect();
        // Columns that the metadata call images come first, then `image.bytes` before other bytes.
        images.sort_by_key(|path| (!self.is_image(path), !path.ends_with(".bytes")));
        let Some((&image, others)) = images.split_first() else {
            let names: Vec<&str> = self.columns.iter().take(8).map(|column| column.path.as_str()).collect();
            return Err(format!("a table without a column of images; its columns are {}", names.join(", ")));
        };
        let name = image.strip_suffix("bytes").map(|column| format!("{column}path"));
        let name = name.filter(|path| self.has(path, Kind::Text));
        let (label, other_labels) = self.labels();
        let mut notes: Vec<String> = others
            .iter()
            .filter(|path| self.is_image(path))
            .map(|path| format!("the images of {path} are left out"))
            .collect();
        notes.extend(other_labels.iter().map(|path| format!("the labels of {path} are not used")));
        let names = label.as_ref().map(|label| self.names(label)).unwrap_or_default();
        Ok(Chosen { image: image.to_owned(), name, label, names, notes })
    }

    fn feature(&self, name: &str) -> Option<&Value> {
        self.features.iter().find(|(feature, _)| feature == name).map(|(_, value)| value)
    }

    fn is_image(&self, path: &str) -> bool {
        let column = path.strip_suffix(".bytes").unwrap_or(path);
        self.feature(column).is_some_and(|feature| feature["_type"] == "Image")
    }

    /// The column of the labels, and others that have labels, too.
    fn labels(&self) -> (Option<String>, Vec<String>) {
        let is_class = |name: &str| self.feature(name).is_some_and(|feature| feature["_type"] == "ClassLabel");
        let usable = |column: &&NamedColumn| matches!(column.kind, Kind::Number | Kind::Text);
        let all: Vec<&NamedColumn> = self.columns.iter().filter(usable).collect();
        let mut labels: Vec<String> =
            all.iter().filter(|column| is_class(&column.path)).map(|column| column.path.clone()).collect();
        if labels.is_empty() {
            let find = |name: &&str| all.iter().find(|column| column.path == **name).map(|column| column.path.clone());
            labels = LABELS.iter().find_map(find).into_iter().collect();
        }
        if labels.is_empty() { (None, Vec::new()) } else { (Some(labels.remove(0)), labels) }
    }

    fn names(&self, label: &str) -> Vec<String> {
        let names = self.feature(label).and_then(|feature| feature["names"].as_array());
        let names = names.map(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
        names.and_then(|names: Option<Vec<String>>| names).filter(|names| names.len() <= MAX_CLASS).unwrap_or_default()
    }
}

/// The rows of a table, as they are read.
pub(crate) struct Rows {
    pub columns: Chosen,
    labels: Vec<Option<Label>>,
    /// rows without an image, and the path of the first of them
    empty: usize,
    first_path: String,
    count: usize,
}

impl Rows {
    pub fn new(columns: Chosen) -> Self {
        Self { columns, labels: Vec::new(), empty: 0, first_path: String::new(), count: 0 }
    }

    /// A label by its number; nothing for -1, which stands for images without a label.
    pub fn number(number: i128) -> Option<Label> {
        usize::try_from(number).ok().filter(|number| *number <= MAX_CLASS).map(Label::Number)
    }

    /// Adds a row: its image's position and length, the first bytes of it, and its name, which may be empty.
    pub fn push(
        &mut self,
        place: Option<(u64, u64)>,
        head: &[u8],
        name: &str,
        label: Option<Label>,
        found: &mut Sections,
    ) {
        let row = self.count;
        self.count += 1;
        let Some((start, size)) = place else {
            if self.empty == 0 {
                name.clone_into(&mut self.first_path);
            }
            self.empty += 1;
            return;
        };
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = if last.is_empty() { format!("{row:06}") } else { format!("{row:06}-{last}") };
        found.push(image_name(&name, head), start, size);
        self.labels.push(label);
    }

    /// Completes the list of a table's images; `layout` says what kind of table it is.
    ///
    /// # Errors
    /// The table has paths instead of images.
    pub fn finish(self, layout: &'static str, found: &mut Sections) -> Result<(), DataError> {
        let Self { columns, labels, empty, first_path, count } = self;
        if empty > 0 && labels.is_empty() {
            let path: String = first_path.chars().take(SHOWN).collect();
            let of = if path.is_empty() { String::new() } else { format!(", only paths such as {path}") };
            let what = format!(
                "a table of {count} rows without images{of}; \
                 write it again with its images (embed_external_files)"
            );
            return Err(DataError::not_data(found.path.display().to_string(), what));
        }
        if empty > 0 {
            found.notes.push(format!("{empty} of {count} rows have no image"));
        }
        found.notes.extend(columns.notes);
        let mut reason = format!("its column {} has the images", columns.image);
        if let Some(label) = &columns.label {
            reason = format!("{reason}, {label} the labels");
        }
        found.labels = Some(StoredLabels { layout, reason, labels, names: columns.names });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(list: &[(&str, Kind)], metadata: &str) -> Columns {
        Columns::new(
            list.iter().map(|(path, kind)| NamedColumn { path: (*path).to_owned(), kind: *kind }).collect(),
            metadata,
        )
    }

    #[test]
    fn metadata_say_which_columns_are_images_and_labels() {
        let metadata = r#"{"info": {"features": {
            "photo": {"_type": "Image"}, "coarse": {"names": ["a"], "_type": "ClassLabel"},
            "fine": {"names": ["x", "y"], "_type": "ClassLabel"}, "mask": {"_type": "Image"}}}}"#;
        let list = [
            ("id.bytes", Kind::Bytes),
            ("photo.bytes", Kind::Bytes),
            ("photo.path", Kind::Text),
            ("mask.bytes", Kind::Bytes),
            ("fine", Kind::Number),
            ("coarse", Kind::Number),
        ];
        let chosen = columns(&list, metadata).choose().unwrap();
        assert_eq!((chosen.image.as_str(), chosen.name.as_deref()), ("photo.bytes", Some("photo.path")));
        assert_eq!(
            (chosen.label.as_deref(), chosen.names.as_slice()),
            (Some("fine"), &["x".to_owned(), "y".to_owned()][..])
        );
        assert_eq!(chosen.notes, ["the images of mask.bytes are left out", "the labels of coarse are not used"]);
    }

    #[test]
    fn without_metadata_names_decide() {
        let list = [("jpg", Kind::Bytes), ("caption", Kind::Text), ("label", Kind::Text)];
        let chosen = columns(&list, "").choose().unwrap();
        assert_eq!((chosen.image.as_str(), chosen.name, chosen.label.as_deref()), ("jpg", None, Some("label")));
        let error = columns(&[("text", Kind::Text), ("n", Kind::Number)], "").choose().unwrap_err();
        assert!(error.contains("its columns are text, n"), "{error}");
    }
}
