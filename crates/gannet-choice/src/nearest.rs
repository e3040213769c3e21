//! The nearest known word to a mistyped one.

/// How many candidates [`nearest`] returns at most.
const MOST: usize = 3;

/// The candidates that somebody who typed `word` may have meant, best first, three at most.
///
/// A candidate counts if few letters separate the two (at most a third of the longer word, Damerau–Levenshtein, upper
/// and lower case being alike) or if it contains `word`; one much further away than the best is left out.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut found: Vec<(usize, &str)> =
        candidates.filter_map(|candidate| reasonable(&word, candidate).map(|distance| (distance, candidate))).collect();
    found.sort_by_key(|&(distance, _)| distance);
    let best = found.first().map_or(0, |&(distance, _)| distance);
    found.into_iter().filter(|&(distance, _)| 2 * distance <= 3 * best).take(MOST).map(|(_, word)| word).collect()
}

/// The distance between the two, if near enough to be worth naming.
fn reasonable(word: &str, candidate: &str) -> Option<usize> {
    let lower = candidate.to_lowercase();
    let distance = strsim::damerau_levenshtein(word, &lower);
    let letters = word.chars().count();
    let allowed = (letters.max(lower.chars().count()) / 3).max(1);
    let contains = letters >= 2 && lower.contains(word);
    (distance <= allowed || contains).then_some(distance)
}

/// `"; did you mean 'a' or 'b'?"` for the end of a message, or nothing where `words` is empty.
pub fn did_you_mean(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_are_near_are_suggested() {
        let words = ["mnist-gan", "mnist-dcgan", "mnist-lsgan", "shapes-dcgan"];
        let near = |word: &str| nearest(word, words.into_iter());
        assert_eq!(near("mnist-dcgan")[0], "mnist-dcgan");
        assert_eq!(near("MNST-dcgan"), ["mnist-dcgan"]);
        assert_eq!(near("mnist"), ["mnist-gan", "mnist-dcgan", "mnist-lsgan"]);
        assert!(near("cyclegan-horses").is_empty() && near("").is_empty());
        assert_eq!(did_you_mean(&near("mnist")), "; did you mean 'mnist-gan', 'mnist-dcgan' or 'mnist-lsgan'?");
    }
}
