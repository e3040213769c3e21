//! How the code is spread over the crates.

/// The largest crate's share of all code lines, in percent.
const MAX_SHARE: f64 = 20.0;

/// Lines that hold more than white space and a comment.
pub fn code_lines(text: &str) -> usize {
    text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// The shares, largest first.
pub fn table(crates: &[(String, usize)]) -> String {
    let total = total(crates);
    let mut crates: Vec<_> = crates.iter().collect();
    crates.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    let rows = crates.iter().map(|(name, lines)| format!("  {:5.1} %  {lines:6}  {name}", share(*lines, total)));
    format!("{total} lines of code in crates/:\n{}", rows.collect::<Vec<_>>().join("\n"))
}

/// The crates whose share is too large.
pub fn violation(crates: &[(String, usize)]) -> Option<String> {
    let total = total(crates);
    let (name, lines) = crates.iter().max_by_key(|(_, lines)| *lines)?;
    let share = share(*lines, total);
    let is_large = share > MAX_SHARE;
    is_large
        .then(|| format!("{name} holds {share:.1} % of the code, more than {MAX_SHARE} %: split it\n{}", table(crates)))
}

fn total(crates: &[(String, usize)]) -> usize {
    crates.iter().map(|(_, lines)| lines).sum()
}

fn share(lines: usize, total: usize) -> f64 {
    100.0 * lines as f64 / total as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crates(lines: &[usize]) -> Vec<(String, usize)> {
        lines.iter().enumerate().map(|(number, lines)| (format!("c{number}"), *lines)).collect()
    }

    #[test]
    fn comments_and_empty_lines_are_no_code() {
        assert_eq!(code_lines("//! a\n\n    // b\nfn f() {} // c\n}\n"), 2);
    }

    #[test]
    fn a_crate_of_more_than_a_fifth_fails() {
        assert_eq!(violation(&crates(&[20, 20, 20, 20, 20])), None);
        let message = violation(&crates(&[20, 20, 21, 20, 19])).unwrap();
        assert!(message.starts_with("c2 holds 21.0 % of the code, more than 20 %: split it\n"), "{message}");
    }

    #[test]
    fn the_table_is_sorted() {
        let expected = "40 lines of code in crates/:\n   75.0 %      30  c1\n   25.0 %      10  c0";
        assert_eq!(table(&crates(&[10, 30])), expected);
    }
}
