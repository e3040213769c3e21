//! Numbers in a range.

/// A number from 0 to 1.
pub fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "give a number from 0 to 1".into())
}

/// A finite number of 0 or more.
pub fn not_negative(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "give a number of 0 or more".into())
}

/// A number of channels.
pub fn channels(text: &str) -> Result<u8, String> {
    text.parse().ok().filter(|channels| [1, 3].contains(channels)).ok_or_else(|| "give 1 or 3".to_owned())
}
