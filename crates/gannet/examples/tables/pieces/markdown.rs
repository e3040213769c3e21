//! Markdown tables.

use gannet_choice::Choice;

/// A table; all rows are as long as `head`.
pub fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let head = line(&head.map(String::from));
    let rule = line(&[const { "---" }; N].map(String::from));
    let rows = rows.into_iter().map(|row| line(&row)).collect::<Vec<_>>();
    format!("{head}\n{rule}\n{}\n", rows.join("\n"))
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.trim().replace('|', "\\|").replace('\n', " ")).collect();
    format!("| {} |", cells.join(" | "))
}

/// The words of a choice, and what each means.
pub fn choices<C: Choice>(head: &str) -> String {
    table([head, "what it is"], C::ALL.iter().map(|choice| [code(choice.word()), choice.doc().to_owned()]))
}

/// A word as code.
pub fn code(word: impl std::fmt::Display) -> String {
    let word = word.to_string();
    if word.is_empty() { word } else { format!("`{word}`") }
}

/// Words as code, separated by commas.
pub fn codes<T: std::fmt::Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(code).collect::<Vec<_>>().join(", ")
}
