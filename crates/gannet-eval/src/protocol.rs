//! Everything that a number depends on; printed with it.

use serde::Serialize;

/// The images that were measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasuredImages {
    /// Where they are from.
    pub of: String,
    /// How many were measured: the first readable ones.
    pub count: usize,
    /// How many there are; `None` for a generator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<usize>,
    /// Their height and width; the most frequent one, where they differ.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub size: String,
    /// What reading changed, with the numbers of images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<String>,
    /// The first few errors of unreadable images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Protocol {
    /// The version of this program.
    pub gannet: String,
    /// The feature extractor, as the user named it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub features: String,
    /// The layer of the features.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub layer: String,
    /// SHA-256 of the extractor's weights.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub weights_sha256: String,
    /// How images were brought to the extractor's size.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resize: String,
    /// The perceptual distance and the hashes of its weights.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub perceptual: String,
    /// The images.
    pub images: MeasuredImages,
    /// The images that they were compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<MeasuredImages>,
    /// The package whose conventions were followed, and which; empty for Gannet's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub like: String,
    /// The seed of latents, subsets and orders.
    pub seed: u64,
    /// The constants that metrics were computed with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
}

impl Protocol {
    /// The protocol in one line.
    pub fn line(&self) -> String {
        let mut parts = vec![format!("gannet {}", self.gannet)];
        if !self.features.is_empty() {
            let hash = self.weights_sha256.get(..12).map_or("no weights".to_owned(), |hash| format!("sha256 {hash}"));
            parts.push(format!("{} ({}, {hash})", self.features, self.layer));
            parts.push(format!("resize {}", self.resize));
        }
        if !self.perceptual.is_empty() {
            parts.push(self.perceptual.clone());
        }
        parts.push(format!("images {}", self.images.line()));
        parts.extend(self.reference.as_ref().map(|reference| format!("reference {}", reference.line())));
        parts.extend(Some(self.like.clone()).filter(|like| !like.is_empty()));
        parts.push(format!("seed {}", self.seed));
        parts.extend(self.settings.iter().cloned());
        parts.join("; ")
    }
}

impl MeasuredImages {
    fn line(&self) -> String {
        let of = self.available.map_or(String::new(), |available| format!(" of {available}"));
        let read: String = self.read.iter().map(|change| format!(", {change}")).collect();
        format!("{} (first {}{of}{read})", self.of, self.count)
    }
}
