//! Numbers of things in the descriptions of networks.

/// Channels of an input and an output: "3 channels", or "from 4 to 3 channels".
pub(crate) fn counted_channels([from, to]: [usize; 2]) -> String {
    let counted = counted(to, "channel");
    if from == to { counted } else { format!("from {from} to {counted}") }
}

/// A number and its noun: "1 block", "16 blocks".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
