//! Text as it may reach a terminal. Names of files, archives, classes and tensors may hold escape sequences, which would move
//! the cursor, change colors or overwrite what was printed before.

use std::borrow::Cow;

pub use gannet_data::shown_in_line;
use gannet_data::{escaped, is_misleading};

/// The text with line feeds and tabs, and every other character that a terminal would obey written as in `\u{1b}`.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| is_misleading(letter) && !matches!(letter, '\n' | '\t'))
}

/// JSON, which a terminal can show: serde leaves the characters from U+007F on as they are.
pub fn shown_json(json: &str) -> String {
    let harmless = |letter: char| letter.is_ascii_whitespace() || !is_misleading(letter);
    let code = |letter: char| format!("\\u{:04x}", u32::from(letter));
    json.chars().map(|letter| if harmless(letter) { letter.to_string() } else { code(letter) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_not_touched() {
        for text in ["photos/Zürich 日本.png: 3 × 4 · 5 µs …", "two\nlines\tand a tab"] {
            assert!(matches!(shown(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        assert_eq!(shown("a\u{1b}[2Jb\r\u{9b}c"), "a\\u{1b}[2Jb\\u{d}\\u{9b}c");
        assert_eq!(shown("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
        assert_eq!(shown_in_line("a\nerror: b"), "a\\u{a}error: b");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({ "a\u{7f}": "\u{1b}\u{9b}\u{202e}é" });
        for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let safe = shown_json(&json);
            assert_eq!(shown(&safe), safe);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
        }
    }
}
