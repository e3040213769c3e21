//! Numbers of things in the descriptions of networks.

/// A number and its noun: "1 block", "16 blocks".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
