//! Tables of text.

use crate::shown::shown_in_line;

/// Rows as columns, each as wide as its widest cell; the last column is left as it is. A cell is in one line, whatever
/// characters it has.
pub fn table(rows: &[Vec<String>]) -> String {
    let shown = |row: &Vec<String>| row.iter().map(|cell| shown_in_line(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(shown).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A row in columns of these widths. A cell that is too long goes on in the line below.
pub fn row(cells: &[String], widths: &[usize]) -> String {
    let wrapped: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| lines(cell, *width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    let line = |at: usize| {
        let cell = |cell: &Vec<String>| cell.get(at).cloned().unwrap_or_default();
        let padded = wrapped.iter().zip(widths).map(|(lines, width)| format!("{:width$}", cell(lines)));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    (0..height).map(line).collect()
}

/// Text as lines of at most `limit` characters, cut between words.
pub fn lines(text: &str, limit: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is one from the start");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= limit {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(table(&[cells(&["a", "bcd", "x"]), cells(&["ef", "g", "yz"])]), "a   bcd  x\nef  g    yz\n");
    }

    #[test]
    fn a_cell_is_in_one_line() {
        assert_eq!(table(&[cells(&["a\nb", "x"])]), "a\\u{a}b  x\n");
    }

    #[test]
    fn long_cells_go_on_below() {
        assert_eq!(row(&cells(&["a", "one two three", "z"]), &[2, 7, 1]), "a   one two  z\n    three\n");
        assert_eq!(lines("indivisible", 7), ["indivisible"]);
    }
}
