//! All that a number depends on; printed beside it.

use serde::Serialize;

/// Images that were measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Images {
    /// Where they are from.
    pub of: String,
    /// How many were measured, the first that can be read.
    pub count: usize,
    /// How many there are, if that is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<usize>,
    /// Their height and width; the commonest, where they differ.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub size: String,
    /// Why some could not be read, the first few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Protocol {
    /// The version of this program.
    pub gannet: String,
    /// The network, as it was named.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub features: String,
    /// Which of its layers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub layer: String,
    /// SHA-256 of its weights.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub weights_sha256: String,
    /// How images were brought to its size.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resize: String,
    /// The perceptual distance and the hashes of its weights.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub perceptual: String,
    /// The images.
    pub images: Images,
    /// What they were compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Images>,
    /// The seed of what is drawn: latents, subsets, orders.
    pub seed: u64,
    /// What a metric was computed with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
}

impl Protocol {
    /// One line for the table.
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
        parts.push(format!("seed {}", self.seed));
        parts.extend(self.settings.iter().cloned());
        parts.join("; ")
    }
}

impl Images {
    fn line(&self) -> String {
        let of = self.available.map_or(String::new(), |available| format!(" of {available}"));
        format!("{} (first {}{of})", self.of, self.count)
    }
}
