//! Evenly spread choices.

/// At most `limit` of `count` indices, evenly spread, the last always among them and the first if `limit` > 1.
pub fn evenly(count: usize, limit: usize) -> Vec<usize> {
    match (count, limit) {
        (0, _) | (_, 0) => Vec::new(),
        (_, 1) => vec![count - 1],
        _ if count <= limit => (0..count).collect(),
        _ => (0..limit).map(|i| i * (count - 1) / (limit - 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_keeps_both_ends() {
        assert_eq!(evenly(3, 8), [0, 1, 2]);
        assert_eq!(evenly(100, 4), [0, 33, 66, 99]);
        assert_eq!(evenly(5, 1), [4]);
        assert!(evenly(0, 3).is_empty());
    }
}
